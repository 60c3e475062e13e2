"""Adjustments of powers, their parties and drafted guides in and out of PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from catalog.domain.adjustments import (
    Adjustment,
    AdjustmentRules,
    AdjustmentState,
    NotTheGovernmentError,
    Party,
    Receiver,
    Review,
    Terms,
)
from catalog.tables.powers import (
    item_moves,
    power_adjustment_guides,
    power_adjustment_parties,
    power_adjustment_reach,
    power_adjustment_steps,
    power_adjustments,
)
from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.ids import new_id
from chassis.steps import add_step as add_history
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from contracts.guide import Guide
from contracts.vocabulary import Role


@dataclass(kw_only=True)
class MovedGuide:
    """The item that takes over at one receiver; no guide: derived from the giver's when the minute comes."""

    id: UUID
    from_item_id: UUID | None
    division: str
    department: str
    to_item_id: UUID
    to_item_code: str
    guide: Guide | None


async def adjustment_rules(tx: Transaction) -> AdjustmentRules:
    return AdjustmentRules(
        kinds_reviewed=frozenset(await tx.rule("adjustment-kinds-reviewed")),
        towns_need_decision=bool(await tx.rule("town-moves-need-provincial-decision")),
    )


async def due_after(tx: Transaction, start: date, rule: str) -> date:
    """The last day of a limit in working days that began on `start`."""
    return WorkingDays().add(start, int(await tx.rule(rule))).on


def add_adjustment(tx: Transaction, adjustment: Adjustment) -> None:
    tx.insert(
        power_adjustments,
        id=adjustment.id,
        number=adjustment.number,
        kind=adjustment.kind,
        power_id=adjustment.power_id,
        power_code=adjustment.power_code,
        power_name=adjustment.power_name,
        division=adjustment.division,
        department=adjustment.department,
        propose_by=adjustment.propose_by,
        opinions_due_on=adjustment.opinions_due_on,
        proposed_by=adjustment.proposed_by,
        proposed_at=adjustment.proposed_at,
        **_changing(adjustment),
    )
    reach = {party.receiver.department: party.receiver.division for party in adjustment.parties}
    for department, division in reach.items():
        tx.insert(
            power_adjustment_reach, id=adjustment.id, department=department, division=division
        )
    for party in adjustment.parties:
        receiver = party.receiver
        tx.insert(
            power_adjustment_parties,
            adjustment_id=adjustment.id,
            place=party.place,
            role=party.role,
            division=receiver.division,
            department=receiver.department,
            department_name=receiver.department_name,
            level=receiver.level,
            agency_kind=receiver.agency_kind,
            agrees=party.agrees,
            opinion=party.opinion,
            answered_by=party.answered_by,
            answered_at=party.answered_at,
        )


def store_adjustment(tx: Transaction, adjustment: Adjustment) -> None:
    """Keep a changed adjustment; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        power_adjustments,
        match={"id": adjustment.id, "version": adjustment.version - 1},
        power_id=adjustment.power_id,
        **_changing(adjustment),
    )


def store_parties(tx: Transaction, adjustment: Adjustment) -> None:
    for party in adjustment.receivers:
        tx.update(
            power_adjustment_parties,
            match={"adjustment_id": adjustment.id, "place": party.place},
            agrees=party.agrees,
            opinion=party.opinion,
            answered_by=party.answered_by,
            answered_at=party.answered_at,
            taken_back_by=party.taken_back_by,
        )


def _changing(adjustment: Adjustment) -> dict[str, Any]:
    review = adjustment.review
    return {
        "state": adjustment.state,
        "terms": adjustment.terms.model_dump(mode="json"),
        "effective_at": adjustment.effective_at,
        "amended_at": adjustment.amended_at,
        "review_requested_at": adjustment.review_requested_at,
        "review_due_on": adjustment.review_due_on,
        "review": review.model_dump(mode="json") if review else None,
        "reviewed_by": adjustment.reviewed_by,
        "reviewed_at": adjustment.reviewed_at,
        "approved_by": adjustment.approved_by,
        "approved_at": adjustment.approved_at,
        "published_at": adjustment.published_at,
        "in_force_at": adjustment.in_force_at,
        "ended_at": adjustment.ended_at,
        "superseded_by": adjustment.superseded_by,
        "fault": adjustment.fault,
        "version": adjustment.version,
    }


async def get_adjustment(tx: Transaction, adjustment_id: UUID) -> Adjustment:
    """An adjustment within reach, locked until the end, at the version the caller saw; raises NotFoundError."""
    found = select(power_adjustments).where(power_adjustments.c.id == adjustment_id)
    row = await tx.one_or_none(found.with_for_update())
    if row is None:
        raise NotFoundError
    adjustment = adjustment_of(row, await parties_of(tx, adjustment_id))
    tx.expect(adjustment.version)
    return adjustment


def check_government(tx: Transaction, adjustment: Adjustment) -> None:
    """Who may decide: the giver's government, or one above; a receiver's sees the adjustment and decides nothing."""
    if Role.SYSTEM_ADMIN in tx.principal.roles:
        return
    own = tx.principal.division
    if not own or not adjustment.division.startswith(subtree_prefix(own)):
        raise NotTheGovernmentError


async def parties_of(tx: Transaction, adjustment_id: UUID) -> list[Party]:
    """Giver and receivers in their order; who sees an adjustment sees it whole."""
    parties = power_adjustment_parties
    rows = await tx.all(
        select(parties).where(parties.c.adjustment_id == adjustment_id).order_by(parties.c.place)
    )
    return [_party(row) for row in rows]


def _party(row: Row[Any]) -> Party:
    return Party(
        place=row.place,
        role=row.role,
        receiver=Receiver(
            division=row.division,
            department=row.department,
            department_name=row.department_name,
            level=row.level,
            agency_kind=row.agency_kind,
        ),
        agrees=row.agrees,
        opinion=row.opinion,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        taken_back_by=row.taken_back_by,
    )


_SAME = (
    "id",
    "number",
    "kind",
    "power_id",
    "power_code",
    "power_name",
    "division",
    "department",
    "effective_at",
    "propose_by",
    "opinions_due_on",
    "proposed_by",
    "proposed_at",
    "amended_at",
    "review_requested_at",
    "review_due_on",
    "reviewed_by",
    "reviewed_at",
    "approved_by",
    "approved_at",
    "published_at",
    "in_force_at",
    "ended_at",
    "superseded_by",
    "fault",
    "version",
)


def adjustment_of(row: Row[Any], parties: list[Party]) -> Adjustment:
    return Adjustment(
        **{name: getattr(row, name) for name in _SAME},
        state=AdjustmentState(row.state),
        terms=Terms.model_validate(row.terms),
        review=Review.model_validate(row.review) if row.review is not None else None,
        parties=parties,
    )


def add_step(tx: Transaction, adjustment: Adjustment, *, step: str, reason: str) -> None:
    add_history(
        tx,
        power_adjustment_steps,
        of={"adjustment_id": adjustment.id},
        step=step,
        state=adjustment.state,
        reason=reason,
    )


async def guides_of(tx: Transaction, adjustment_id: UUID) -> list[MovedGuide]:
    guides = power_adjustment_guides
    rows = await tx.all(
        select(guides).where(guides.c.adjustment_id == adjustment_id).order_by(guides.c.id)
    )
    return [
        MovedGuide(
            id=row.id,
            from_item_id=row.from_item_id,
            division=row.division,
            department=row.department,
            to_item_id=row.to_item_id,
            to_item_code=row.to_item_code,
            guide=Guide.model_validate(row.guide) if row.guide is not None else None,
        )
        for row in rows
    ]


def add_guide(tx: Transaction, adjustment_id: UUID, moved: MovedGuide, *, by: str | None) -> None:
    tx.insert(
        power_adjustment_guides,
        id=moved.id,
        adjustment_id=adjustment_id,
        from_item_id=moved.from_item_id,
        division=moved.division,
        department=moved.department,
        to_item_id=moved.to_item_id,
        to_item_code=moved.to_item_code,
        guide=moved.guide.model_dump(mode="json") if moved.guide is not None else None,
        drafted_by=by,
        drafted_at=tx.now if by is not None else None,
    )


def store_guide(tx: Transaction, moved: MovedGuide, *, by: str) -> None:
    assert moved.guide is not None, "only a drafted guide is stored again"
    tx.update(
        power_adjustment_guides,
        match={"id": moved.id},
        to_item_id=moved.to_item_id,
        to_item_code=moved.to_item_code,
        guide=moved.guide.model_dump(mode="json"),
        drafted_by=by,
        drafted_at=tx.now,
    )


def add_moves(
    tx: Transaction, adjustment_id: UUID, moves: Sequence[tuple[UUID | None, UUID | None]]
) -> None:
    for from_item_id, to_item_id in moves:
        tx.insert(
            item_moves,
            id=new_id(),
            adjustment_id=adjustment_id,
            from_item_id=from_item_id,
            to_item_id=to_item_id,
            moved_at=tx.now,
        )


async def next_due(tx: Transaction, *, at: datetime, retried_before: datetime) -> Adjustment | None:
    """A published adjustment whose minute has come and that nobody else works on, locked; the earliest first."""
    t = power_adjustments.c
    found = (
        select(power_adjustments)
        .where(
            t.state == AdjustmentState.PUBLISHED,
            t.effective_at <= at,
            t.tried_at.is_(None) | (t.tried_at < retried_before),
        )
        .order_by(t.effective_at, t.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    rows = await tx.all(found)
    return adjustment_of(rows[0], await parties_of(tx, rows[0].id)) if rows else None


async def note_fault(tx: Transaction, adjustment_id: UUID, fault: str) -> None:
    """Why an adjustment could not take effect; it is tried again, and the fault is shown meanwhile."""
    await tx.execute(
        power_adjustments.update()
        .where(power_adjustments.c.id == adjustment_id)
        .values(fault=fault, tried_at=tx.now)
    )
