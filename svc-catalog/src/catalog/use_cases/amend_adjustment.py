from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.domain.adjustment_plans import Plan, check_plan
from catalog.domain.adjustments import (
    Adjustment,
    AdjustmentFaultyError,
    NotTheGiverError,
    Terms,
)
from catalog.repository.adjustments import (
    add_step,
    adjustment_rules,
    get_adjustment,
    store_adjustment,
    store_parties,
)
from catalog.repository.power_cuts import contents_faults, cut_faults
from catalog.repository.powers import get_power
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class AmendAdjustment:
    adjustment_id: UUID
    terms: Terms
    effective_at: datetime
    reason: str


async def amend_adjustment(command: AmendAdjustment, tx: Transaction) -> Adjustment:
    """Change a proposal (修改方案), by its department; opinions given on the old one are asked for again."""
    adjustment = await get_adjustment(tx, command.adjustment_id)
    is_admin = Role.SYSTEM_ADMIN in tx.principal.roles
    if not is_admin and adjustment.department != tx.principal.department:
        raise NotTheGiverError
    _check_same(adjustment, command.terms)
    power = None
    if adjustment.power_id is not None:
        power = await get_power(tx, adjustment.power_id)
    plan = Plan(
        kind=adjustment.kind,
        power=power.content if power is not None else None,
        terms=command.terms,
        receivers=()
        if adjustment.kind == "take-back"
        else [party.receiver for party in adjustment.receivers],
        effective_at=command.effective_at,
    )
    check_plan(plan, await adjustment_rules(tx), at=tx.now, today=local_date(tx.now))
    faults = [
        *await contents_faults(tx, command.terms),
        *await cut_faults(tx, adjustment.kind, power, command.terms),
    ]
    if faults:
        raise AdjustmentFaultyError(faults=tuple(faults))
    adjustment.amend(command.terms, command.effective_at, at=tx.now)
    store_adjustment(tx, adjustment)
    store_parties(tx, adjustment)
    add_step(tx, adjustment, step="amended", reason=command.reason)
    return adjustment


def _check_same(adjustment: Adjustment, terms: Terms) -> None:
    """What the adjustment is about stays; another power, or another taking back, is another proposal."""
    before, after = adjustment.terms.content, terms.content
    is_other_line = before is not None and after is not None and before.line != after.line
    is_other = (terms.takes_back, terms.merges) != (
        adjustment.terms.takes_back,
        adjustment.terms.merges,
    )
    if is_other or is_other_line:
        raise AdjustmentFaultyError(
            "调整的职权或被收回的调整不能更改，请撤回后重新提出",
            "What is adjusted stays; withdraw this one and propose another",
        )
