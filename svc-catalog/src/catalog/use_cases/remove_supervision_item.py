from datetime import date
from uuid import UUID

from catalog.domain.supervision import SupervisionDepartmentError, SupervisionRemovedError
from catalog.repository.supervision import (
    add_supervision_steps,
    get_supervision_item,
    store_supervision_item,
)
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.vocabulary import Role


async def remove_supervision_item(
    item_id: UUID, tx: Transaction, *, on: date | None, reason: str
) -> None:
    """Take an item off the list from a day on (today); its reports stay.

    Raises SupervisionDepartmentError, SupervisionRemovedError.
    """
    item = await get_supervision_item(tx, item_id)
    tx.expect(item.version)
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    if not is_admin and item.department != tx.principal.department:
        raise SupervisionDepartmentError
    if item.listed_until is not None:
        raise SupervisionRemovedError
    day = max(on or local_date(tx.now), item.listed_from)
    await store_supervision_item(tx, item, listed_until=day)
    await add_supervision_steps(tx, [(item_id, "removed", f"自 {day} 起移出清单")], reason=reason)
