from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import ItemVersion
from catalog.repository.items import (
    add_step,
    get_item,
    get_version,
    has_other_drafts,
    store_item,
    store_version,
)
from catalog.tellings import tell_draft_discarded
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class DiscardDraft:
    item_id: UUID
    number: int
    reason: str


async def discard_draft(command: DiscardDraft, tx: Transaction) -> ItemVersion:
    """End a draft that nobody will publish (作废), by any publisher of its department; it stays in the history."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    tx.expect(draft.version)
    item.discard(draft, is_last=not await has_other_drafts(tx, draft))
    store_item(tx, item)
    store_version(tx, draft)
    add_step(tx, item, step="draft-discarded", reason=command.reason, number=draft.number)
    tell_draft_discarded(tx, item, draft)
    return draft
