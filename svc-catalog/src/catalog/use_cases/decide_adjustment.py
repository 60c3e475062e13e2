from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from catalog.domain.adjustments import Adjustment
from catalog.repository.adjustments import (
    add_step,
    adjustment_rules,
    check_government,
    get_adjustment,
    store_adjustment,
)
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class DecideAdjustment:
    adjustment_id: UUID
    outcome: Literal["approved", "rejected"]
    reason: str


async def decide_adjustment(command: DecideAdjustment, tx: Transaction) -> Adjustment:
    """The government approves or refuses (批准、不予批准): somebody else than proposed or reviewed it."""
    adjustment = await get_adjustment(tx, command.adjustment_id)
    check_government(tx, adjustment)
    by = tx.principal.subject
    if command.outcome == "approved":
        adjustment.approve(by=by, at=tx.now, rules=await adjustment_rules(tx))
    else:
        adjustment.reject(by=by, at=tx.now)
    store_adjustment(tx, adjustment)
    add_step(tx, adjustment, step=command.outcome, reason=command.reason)
    return adjustment
