from uuid import UUID

from catalog.domain.adjustments import Adjustment, NotTheGiverError
from catalog.repository.adjustments import (
    add_step,
    due_after,
    get_adjustment,
    store_adjustment,
)
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.vocabulary import Role


async def request_legal_review(adjustment_id: UUID, reason: str, tx: Transaction) -> Adjustment:
    """提请合法性审查, by the proposing department; due after the working days of its rule."""
    adjustment = await get_adjustment(tx, adjustment_id)
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    if not is_admin and adjustment.department != tx.principal.department:
        raise NotTheGiverError
    today = local_date(tx.now)
    due_on = await due_after(tx, today, "adjustment-review-days")
    adjustment.request_review(at=tx.now, today=today, due_on=due_on)
    store_adjustment(tx, adjustment)
    add_step(tx, adjustment, step="review-requested", reason=reason)
    return adjustment
