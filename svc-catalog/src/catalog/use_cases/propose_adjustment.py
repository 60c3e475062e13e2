from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.domain.adjustment_plans import Plan, check_plan
from catalog.domain.adjustments import (
    NEW_POWER,
    REVERSIBLE,
    Adjustment,
    AdjustmentFaultyError,
    AdjustmentState,
    AdjustmentStateError,
    Kind,
    NotTheGiverError,
    Party,
    Receiver,
    Terms,
)
from catalog.domain.faults import field_fault
from catalog.domain.powers import ENTRUSTED, Power, PowerContent
from catalog.repository.adjustments import (
    add_adjustment,
    add_step,
    adjustment_rules,
    due_after,
    get_adjustment,
)
from catalog.repository.power_cuts import contents_faults, cut_faults
from catalog.repository.powers import get_power, powers_at
from chassis.clock import local_date
from chassis.errors import ConflictError
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.vocabulary import Role

NUMBER_PREFIX = "TZ"


@dataclass(frozen=True, kw_only=True)
class ProposeAdjustment:
    kind: Kind
    power_id: UUID | None
    terms: Terms
    receivers: Sequence[Receiver]
    effective_at: datetime


async def propose_adjustment(command: ProposeAdjustment, tx: Transaction) -> Adjustment:
    """Propose a change of powers (提出职权调整), by the department that exercises it; every broken rule is named."""
    power, terms = await _power_of(command, tx)
    content = terms.content if power is None else power.content
    if content is None:
        raise AdjustmentFaultyError(
            "须写明职权（power_id 或 terms.content）", "Name the power: power_id or terms.content"
        )
    if (
        Role.SYSTEM_ADMIN not in tx.principal.roles
        and content.department != tx.principal.department
    ):
        raise NotTheGiverError
    receivers = await _receivers(command, tx)
    today = local_date(tx.now)
    plan = Plan(
        kind=command.kind,
        power=power.content if power else None,
        terms=terms,
        receivers=() if command.kind == "take-back" else command.receivers,
        effective_at=command.effective_at,
        is_holder_entrusted=content.power_source in ENTRUSTED,
    )
    check_plan(plan, await adjustment_rules(tx), at=tx.now, today=today)
    faults = [
        *await contents_faults(tx, terms),
        *await cut_faults(tx, command.kind, power, terms),
    ]
    if faults:
        raise AdjustmentFaultyError(faults=tuple(faults))
    adjustment = Adjustment(
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, today),
        kind=command.kind,
        state=AdjustmentState.PROPOSED,
        power_id=power.id if power else None,
        power_code=content.code,
        power_name=content.name,
        division=content.division,
        department=content.department,
        terms=terms,
        parties=[_giver(content), *receivers],
        effective_at=command.effective_at,
        propose_by=await due_after(tx, terms.trigger_on, "adjustment-propose-days"),
        opinions_due_on=(
            await due_after(tx, today, "adjustment-opinion-days") if receivers else None
        ),
        proposed_by=tx.principal.subject,
        proposed_at=tx.now,
    )
    add_adjustment(tx, adjustment)
    add_step(tx, adjustment, step="proposed", reason=terms.reason)
    return adjustment


async def _power_of(command: ProposeAdjustment, tx: Transaction) -> tuple[Power | None, Terms]:
    """The power as it is listed; one that is new must not be there yet."""
    if command.kind in NEW_POWER:
        content = command.terms.content
        if content is not None and await powers_at(tx, [content.line]):
            raise ConflictError(
                "该职权已在清单中，请改用“变更”调整",
                "This power is on the list already; propose a change",
                code="power-listed",
            )
        return None, command.terms
    if command.power_id is None:
        raise AdjustmentFaultyError("须写明 power_id", "power_id is missing")
    power = await get_power(tx, command.power_id)
    if command.kind != "take-back":
        power.check_in_force()
    return power, command.terms


async def _receivers(command: ProposeAdjustment, tx: Transaction) -> list[Party]:
    """Those named; a taking back is from those of them who hold what was moved, or from all who do."""
    receivers = list(command.receivers)
    if command.kind == "take-back" and command.terms.takes_back is not None:
        earlier = await get_adjustment(tx, command.terms.takes_back)
        is_of_this = earlier.power_id == command.power_id and earlier.kind in REVERSIBLE
        if earlier.state is not AdjustmentState.IN_FORCE or not is_of_this:
            raise AdjustmentStateError(
                "被收回的须是该职权已生效的下放、委托或代实施，请核对 takes_back",
                "takes_back names no move of this power that is in force",
            )
        receivers = _taken_from(earlier, command.receivers)
    return [
        Party(place=place, role="receiver", receiver=receiver)
        for place, receiver in enumerate(receivers, start=1)
    ]


def _taken_from(earlier: Adjustment, named: Sequence[Receiver]) -> list[Receiver]:
    """The holders that are named, or all of them; raises AdjustmentFaultyError for whoever holds nothing of it."""
    holders = {party.receiver.department: party.receiver for party in earlier.holders}
    faults = tuple(
        field_fault(
            f"/receivers/{place}",
            "not-a-holder",
            f"{receiver.department_name}不是该调整的承接方，或已被收回",
            "received nothing by this adjustment, or it was taken back already",
        )
        for place, receiver in enumerate(named)
        if receiver.department not in holders
    )
    if faults:
        raise AdjustmentFaultyError(faults=faults)
    wanted = {receiver.department for receiver in named} or set(holders)
    return [receiver for department, receiver in holders.items() if department in wanted]


def _giver(content: PowerContent) -> Party:
    receiver = Receiver(
        division=content.division,
        department=content.department,
        department_name=content.department_name,
        level=content.level,
    )
    return Party(place=0, role="giver", receiver=receiver)
