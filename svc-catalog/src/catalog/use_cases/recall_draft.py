from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import ItemVersion
from catalog.repository.items import add_step, get_item, get_version, store_item, store_version
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class RecallDraft:
    item_id: UUID
    number: int
    reason: str


async def recall_draft(command: RecallDraft, tx: Transaction) -> ItemVersion:
    """Take back what is not in force yet (撤回): submitted, checked or scheduled, it is a draft again."""
    item = await get_item(tx, command.item_id)
    draft = await get_version(tx, command.item_id, command.number)
    tx.expect(draft.version)
    draft.recall()
    item.take_step()
    store_item(tx, item)
    store_version(tx, draft)
    add_step(tx, item, step="draft-recalled", reason=command.reason, number=draft.number)
    return draft
