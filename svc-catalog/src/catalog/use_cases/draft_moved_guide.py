from dataclasses import dataclass
from uuid import UUID

from catalog.domain.adjustments import (
    Adjustment,
    AdjustmentState,
    AdjustmentStateError,
    NotAReceiverError,
)
from catalog.domain.item import GuideInconsistentError, check_consistent
from catalog.repository.adjustments import (
    MovedGuide,
    add_guide,
    add_step,
    get_adjustment,
    guides_of,
    store_adjustment,
    store_guide,
)
from catalog.repository.checks import publishing_faults
from catalog.repository.moving import linked_items, published_on_line
from catalog.repository.powers import get_power
from chassis.errors import InvalidError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.guide import Guide

_OPEN = frozenset(
    {
        AdjustmentState.PROPOSED,
        AdjustmentState.LEGALITY_REVIEW,
        AdjustmentState.PASSED,
        AdjustmentState.PASSED_WITH_CHANGES,
        AdjustmentState.APPROVED,
    }
)


@dataclass(frozen=True, kw_only=True)
class DraftMovedGuide:
    adjustment_id: UUID
    from_item_id: UUID | None
    """The giver's item that this guide takes over from; None for a power that is new."""
    guide: Guide


async def draft_moved_guide(command: DraftMovedGuide, tx: Transaction) -> Adjustment:
    """A receiver writes the guide under which it will take applications (起草承接指南), until it is published."""
    adjustment = await get_adjustment(tx, command.adjustment_id)
    if adjustment.state not in _OPEN:
        raise AdjustmentStateError
    department, guide = tx.principal.department, command.guide
    places = {
        party.receiver.department: party.receiver.division
        for party in adjustment.receivers or adjustment.parties
    }
    if department not in places:
        raise NotAReceiverError
    if (guide.department, guide.division) != (department, places[department]):
        raise InvalidError(
            "指南的部门和区划须为承接方自己的",
            "The guide's department and division are those of the receiver",
            code="not-the-receivers-guide",
        )
    await _check_origin(command.from_item_id, adjustment, tx)
    check_consistent(guide)
    faults = (await publishing_faults(tx, [guide]))[0]
    if faults:
        raise GuideInconsistentError(faults=faults)
    await _keep(command, adjustment, department, tx)
    adjustment.version += 1
    store_adjustment(tx, adjustment)
    add_step(tx, adjustment, step="guide-drafted", reason=f"起草承接指南 {guide.item_code}")
    return adjustment


async def _check_origin(from_item_id: UUID | None, adjustment: Adjustment, tx: Transaction) -> None:
    """Only an item of the power that moves is taken over: at the effective minute the one that is named closes."""
    if from_item_id is None:
        return
    linked: list[UUID] = []
    if adjustment.power_id is not None:
        linked = await linked_items(tx, (await get_power(tx, adjustment.power_id)).content)
    if from_item_id not in linked:
        raise InvalidError(
            "from_item_id 须为本次调整职权下的在办事项，请从承接指南列表中选取",
            "from_item_id is an item in force of the power that moves; choose one of those",
            code="not-an-item-of-the-power",
        )


async def _keep(
    command: DraftMovedGuide, adjustment: Adjustment, department: str, tx: Transaction
) -> None:
    guide = command.guide
    known = [
        moved
        for moved in await guides_of(tx, adjustment.id)
        if (moved.from_item_id, moved.department) == (command.from_item_id, department)
        and (command.from_item_id is not None or moved.to_item_code == guide.item_code)
    ]
    to_item_id = await published_on_line(tx, guide.item_code, guide.division, guide.department)
    if known:
        moved = known[0]
        moved.guide, moved.to_item_code = guide, guide.item_code
        moved.to_item_id = to_item_id or moved.to_item_id
        store_guide(tx, moved, by=tx.principal.subject)
        return
    moved = MovedGuide(
        id=new_id(),
        from_item_id=command.from_item_id,
        division=guide.division,
        department=guide.department,
        to_item_id=to_item_id or new_id(),
        to_item_code=guide.item_code,
        guide=guide,
    )
    add_guide(tx, adjustment.id, moved, by=tx.principal.subject)
