from uuid import UUID

from catalog.domain.adjustments import Adjustment, NotTheGiverError
from catalog.repository.adjustments import (
    add_step,
    check_government,
    get_adjustment,
    store_adjustment,
)
from catalog.repository.moving_facts import announced_items
from catalog.repository.powers import get_power
from catalog.tellings_of_powers import tell_announced
from chassis.transaction import Transaction
from contracts.vocabulary import Role

_DECIDERS = {Role.COORDINATOR, Role.SYSTEM_ADMIN}


async def withdraw_adjustment(adjustment_id: UUID, reason: str, tx: Transaction) -> Adjustment:
    """撤回 before it is in force: by its department until it is approved, then by who may approve."""
    adjustment = await get_adjustment(tx, adjustment_id)
    may_decide = bool(_DECIDERS & tx.principal.roles)
    is_theirs = adjustment.department == tx.principal.department
    if not may_decide and (not is_theirs or adjustment.approved_at is not None):
        raise NotTheGiverError(
            "批准后的调整由批准机关撤回；批准前由提出部门撤回",
            "After its approval an adjustment is withdrawn by who may approve; before, by who proposed it",
        )
    if not is_theirs or adjustment.approved_at is not None:
        check_government(tx, adjustment)
    was_published = adjustment.withdraw(at=tx.now)
    store_adjustment(tx, adjustment)
    add_step(tx, adjustment, step="withdrawn", reason=reason)
    if was_published:
        power = await get_power(tx, adjustment.power_id) if adjustment.power_id else None
        items = await announced_items(tx, adjustment, power)
        tell_announced(tx, adjustment, items, called_off=True)
    return adjustment
