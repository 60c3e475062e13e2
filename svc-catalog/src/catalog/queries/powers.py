"""Reads of the list of powers, of adjustments and of the directory, for screens and lists; they never write."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select

from catalog.domain.adjustments import AdjustmentState
from catalog.domain.powers import Standing
from catalog.tables.powers import (
    item_moves,
    movable_powers,
    power_adjustments,
    power_drafts,
    power_types,
    power_uptakes,
    power_versions,
)
from chassis.clock import CITY_ZONE
from chassis.identity import subtree_prefix
from chassis.indicators import LAST_DAY

PUBLIC_STATES = (AdjustmentState.PUBLISHED, AdjustmentState.IN_FORCE, AdjustmentState.SUPERSEDED)
MOVED_DOWN = ("delegated-from-above", "entrusted-from-above")
"""下放和委托; what a law gives to a level, or a statute authorizes, was not moved."""


@dataclass(frozen=True, kw_only=True)
class PowerFilter:
    """Which powers; what is left out filters nothing, except that cancelled ones are asked for by name."""

    kind: str = ""
    code: str = ""
    department: str = ""
    division: str = ""
    """With everything below it."""
    level: str = ""
    managing_area: str = ""
    power_source: str = ""
    standing: str = ""
    proxied: bool | None = None
    on: date | None = None
    """As the list was at the end of this day; None: now."""


def powers_where(wanted: PowerFilter, *, now: datetime) -> Select[Any]:
    """The list as it is, or as it was at the end of a day."""
    return select(power_versions).where(*_standing_at(wanted.on, now), *_filters(wanted))


def _standing_at(on: date | None, now: datetime) -> list[ColumnElement[bool]]:
    t = power_versions.c
    if on is None:
        return [t.in_force_from <= now, or_(t.in_force_until.is_(None), t.in_force_until > now)]
    end = datetime.combine(min(on, LAST_DAY) + timedelta(days=1), time(), CITY_ZONE)
    return [t.in_force_from < end, or_(t.in_force_until.is_(None), t.in_force_until >= end)]


def _filters(wanted: PowerFilter) -> list[ColumnElement[bool]]:
    t = power_versions.c
    found: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (t.kind, wanted.kind),
            (t.code, wanted.code),
            (t.department, wanted.department),
            (t.level, wanted.level),
            (t.managing_area, wanted.managing_area),
            (t.power_source, wanted.power_source),
        )
        if value
    ]
    if wanted.standing:
        found.append(t.standing == wanted.standing)
    else:
        found.append(t.standing != Standing.CANCELLED)
    if wanted.division:
        found.append(t.division.startswith(subtree_prefix(wanted.division), autoescape=True))
    if wanted.proxied is not None:
        found.append(t.managing_area.is_not(None) == wanted.proxied)
    return found


def delegated(
    level: str, *, division: str, department: str, on: date | None, now: datetime
) -> Subquery:
    """Powers moved down to this level, one for each code and giving division, with who received it."""
    t = power_versions.c
    conditions = [
        *_standing_at(on, now),
        t.level == level,
        t.standing == Standing.IN_FORCE,
        t.power_source.in_(MOVED_DOWN),
    ]
    if division:
        conditions.append(t.division.startswith(subtree_prefix(division), autoescape=True))
    if department:
        conditions.append(t.department == department)
    giver = func.coalesce(t.from_division, "").label("from_division")
    return (
        select(
            t.code,
            giver,
            func.min(t.name).label("name"),
            func.min(t.kind).label("kind"),
            func.array_agg(t.division.distinct()).label("divisions"),
            func.count().label("receivers"),
        )
        .where(*conditions)
        .group_by(t.code, giver)
        .subquery()
    )


def versions_of(power_id: UUID) -> Select[Any]:
    """Every version of a power with the adjustment that made it."""
    return (
        select(
            power_versions,
            power_adjustments.c.number.label("adjustment_number"),
            power_adjustments.c.kind.label("adjustment_kind"),
            power_adjustments.c.terms.label("adjustment_terms"),
        )
        .outerjoin(power_adjustments, power_adjustments.c.id == power_versions.c.adjustment_id)
        .where(power_versions.c.power_id == power_id)
    )


def power_version(power_id: UUID, number: int | None) -> Select[Any]:
    t = power_versions.c
    which = t.in_force_until.is_(None) if number is None else t.number == number
    return select(power_versions).where(t.power_id == power_id, which)


def types() -> Select[Any]:
    return select(power_types)


def open_drafts(draft_id: UUID | None = None) -> Select[Any]:
    found = select(power_drafts).where(power_drafts.c.listed_at.is_(None))
    return found if draft_id is None else found.where(power_drafts.c.id == draft_id)


@dataclass(frozen=True, kw_only=True)
class AdjustmentFilter:
    kind: str = ""
    state: str = ""
    department: str = ""
    division: str = ""
    power_id: UUID | None = None
    document_number: str = ""
    late: bool | None = None
    """Proposed after the working days that the trigger leaves."""
    public: bool = False


def adjustments_where(wanted: AdjustmentFilter) -> Select[Any]:
    t = power_adjustments.c
    found: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (t.kind, wanted.kind),
            (t.state, wanted.state),
            (t.department, wanted.department),
            (t.power_id, wanted.power_id),
            (t.terms["document_number"].astext, wanted.document_number),
        )
        if value
    ]
    if wanted.division:
        found.append(t.division.startswith(subtree_prefix(wanted.division), autoescape=True))
    if wanted.public:
        found.append(t.state.in_(PUBLIC_STATES))
    if wanted.late is not None:
        proposed_on = func.date(func.timezone("Asia/Shanghai", t.proposed_at))
        found.append((proposed_on > t.propose_by) == wanted.late)
    return select(power_adjustments).where(*found)


def adjustment(adjustment_id: UUID, *, public: bool = False) -> Select[Any]:
    found = select(power_adjustments).where(power_adjustments.c.id == adjustment_id)
    return found.where(power_adjustments.c.state.in_(PUBLIC_STATES)) if public else found


def moves_of(item_id: UUID) -> Select[Any]:
    return select(item_moves).where(
        or_(item_moves.c.from_item_id == item_id, item_moves.c.to_item_id == item_id)
    )


def movable(*, kind: str = "", mode: str = "", department: str = "") -> Select[Any]:
    t = movable_powers.c
    given = ((t.kind, kind), (t.mode, mode), (t.giving_department, department))
    return select(movable_powers).where(*(column == value for column, value in given if value))


def _taken_at(on: date) -> list[ColumnElement[bool]]:
    t = power_uptakes.c
    return [t.taken_on <= on, or_(t.ended_on.is_(None), t.ended_on > on)]


def uptakes(*, on: date, division: str = "", movable_id: UUID | None = None) -> Select[Any]:
    """What was taken up at the end of a day, with its entry of the directory."""
    conditions = _taken_at(on)
    if division:
        conditions.append(power_uptakes.c.division == division)
    if movable_id is not None:
        conditions.append(power_uptakes.c.movable_id == movable_id)
    return (
        select(power_uptakes, movable_powers.c.serial, movable_powers.c.code, movable_powers.c.name)
        .join(movable_powers, movable_powers.c.id == power_uptakes.c.movable_id)
        .where(*conditions)
    )


def uptake(uptake_id: UUID) -> Select[Any]:
    return (
        select(power_uptakes, movable_powers.c.serial, movable_powers.c.code, movable_powers.c.name)
        .join(movable_powers, movable_powers.c.id == power_uptakes.c.movable_id)
        .where(power_uptakes.c.id == uptake_id)
    )


def uptake_counts(*, on: date) -> Select[Any]:
    """By county: how many entries it took up."""
    return (
        select(power_uptakes.c.division, func.count().label("taken_up"))
        .where(and_(*_taken_at(on)))
        .group_by(power_uptakes.c.division)
        .order_by(power_uptakes.c.division)
    )
