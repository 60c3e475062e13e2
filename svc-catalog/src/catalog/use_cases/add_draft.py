from uuid import UUID

from catalog.domain.item import Item, ItemVersion
from catalog.repository.items import add_step, add_version, get_item, store_item
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.guide import Guide


async def add_draft(item_id: UUID, guide: Guide, tx: Transaction) -> tuple[Item, ItemVersion]:
    """Draft the next version of an item (起草); the one in force stays in force."""
    item = await get_item(tx, item_id)
    draft = item.draft(guide, id=new_id(), by=tx.principal.subject, at=tx.now)
    store_item(tx, item)
    add_version(tx, item, draft)
    add_step(tx, item, step="drafted", reason="起草新版本", number=draft.number)
    return item, draft
