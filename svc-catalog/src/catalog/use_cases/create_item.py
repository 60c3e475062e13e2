from catalog.domain.item import DepartmentNotYoursError, Item, ItemVersion
from catalog.repository.items import add_item, add_step, add_version
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.guide import Guide


async def create_item(guide: Guide, tx: Transaction) -> tuple[Item, ItemVersion]:
    """Write a new item with its first draft; raises DepartmentNotYoursError for another department's."""
    if guide.department != tx.principal.department:
        raise DepartmentNotYoursError
    item = Item.create(guide, id=new_id(), at=tx.now)
    draft = item.draft(guide, id=new_id(), by=tx.principal.subject, at=tx.now)
    add_item(tx, item)
    add_version(tx, item, draft)
    add_step(tx, item, step="created", reason="新建事项", number=draft.number)
    return item, draft
