from catalog.domain.codes import item_code_faults
from catalog.domain.item import CodeUnsoundError, DepartmentNotYoursError, Item, ItemVersion
from catalog.repository.items import (
    add_item,
    add_step,
    add_version,
    discarded_item,
    store_item,
)
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.guide import Guide


async def create_item(guide: Guide, tx: Transaction) -> tuple[Item, ItemVersion]:
    """Write a new item with its first draft, or take one up again whose drafts were all discarded; raises DepartmentNotYoursError for another department's.

    CodeUnsoundError says what is wrong with a code that claims to be national: it could never be changed later.
    """
    if guide.department != tx.principal.department:
        raise DepartmentNotYoursError
    faults = item_code_faults(guide.item_code)
    if faults:
        raise CodeUnsoundError(faults=tuple(faults))
    given_up = await discarded_item(tx, guide)
    item = given_up or Item.create(guide, id=new_id(), at=tx.now)
    draft = item.draft(guide, id=new_id(), by=tx.principal.subject, at=tx.now)
    if given_up is None:
        add_item(tx, item)
    else:
        store_item(tx, item)
    add_version(tx, item, draft)
    add_step(tx, item, step="created", reason="新建事项", number=draft.number)
    return item, draft
