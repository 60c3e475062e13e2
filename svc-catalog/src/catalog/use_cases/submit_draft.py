from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import ItemVersion
from catalog.repository.drafts import check_publishable
from catalog.repository.items import add_step, get_item, get_version, store_item, store_version
from catalog.tellings import tell_draft_submitted
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class SubmitDraft:
    item_id: UUID
    number: int


async def submit_draft(command: SubmitDraft, tx: Transaction) -> ItemVersion:
    """Hand a draft in for its check (提交复核); raises GuideNotPublishableError with every fault at once."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    tx.expect(draft.version)
    draft.submit(at=tx.now)
    await check_publishable(tx, draft.guide)
    item.take_step()
    store_item(tx, item)
    store_version(tx, draft)
    add_step(tx, item, step="draft-submitted", reason="提交复核", number=draft.number)
    tell_draft_submitted(tx, item, draft)
    return draft
