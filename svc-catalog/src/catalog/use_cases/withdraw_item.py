from dataclasses import dataclass
from uuid import UUID

from catalog.domain.item import Item
from catalog.repository.in_force import leave_force
from catalog.repository.items import add_step, get_item, get_version, store_item
from catalog.tellings import tell_withdrawn
from chassis.errors import PreconditionError
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class WithdrawItem:
    item_id: UUID
    reason: str
    seen: str
    """The item's version that the caller saw, or `*`."""


async def withdraw_item(command: WithdrawItem, tx: Transaction) -> Item:
    """Take no new applications for an item (停办); those in flight finish on the version they began with."""
    item = await get_item(tx, command.item_id)
    if command.seen not in {"*", str(item.version)}:
        raise PreconditionError
    item.withdraw()
    number = item.published_number
    assert number is not None, "an item that can be withdrawn was published"
    version = await get_version(tx, item.id, number)
    store_item(tx, item)
    await leave_force(tx, item)
    add_step(tx, item, step="withdrawn", reason=command.reason, number=number)
    tell_withdrawn(tx, item, version)
    return item
