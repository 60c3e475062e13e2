from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from catalog.domain.item import ItemVersion
from catalog.repository.drafts import check_publishable
from catalog.repository.items import add_step, get_item, get_version, store_item, store_version
from catalog.tellings import tell_draft_checked, tell_draft_returned
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class CheckDraft:
    item_id: UUID
    number: int
    outcome: Literal["passed", "returned"]
    reason: str


async def check_draft(command: CheckDraft, tx: Transaction) -> ItemVersion:
    """A second person's check (复核): passed, or returned to who wrote it with the reason; either is told."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    tx.expect(draft.version)
    item.take_step()
    if command.outcome == "passed":
        draft.check(by=tx.principal.subject)
        await check_publishable(tx, draft.guide)
        add_step(tx, item, step="draft-checked", reason=command.reason, number=draft.number)
        tell_draft_checked(tx, item, draft)
    else:
        draft.send_back(by=tx.principal.subject)
        add_step(tx, item, step="draft-returned", reason=command.reason, number=draft.number)
        tell_draft_returned(tx, item, draft)
    store_item(tx, item)
    store_version(tx, draft)
    return draft
