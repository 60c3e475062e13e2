"""Reads of supervision items, reports and coverage; they never write."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
)

from catalog.domain.supervision import month_of
from catalog.tables.items import departments
from catalog.tables.supervision import (
    supervision_counts,
    supervision_items,
    supervision_reminders,
    supervision_reports,
)
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Months:
    """Behaviour data of these months, as it was known at the end of a day."""

    first: str
    last: str
    known_on: date


def months_of(period: Period, day: date) -> Months:
    """The months of a period: from the beginning when no first day is named, to the month of the last day."""
    first = month_of(period.first_day) if period.first_day is not None else "0000-00"
    return Months(first=first, last=month_of(day), known_on=day)


@dataclass(frozen=True, kw_only=True)
class SupervisionFilter:
    """Which supervision items; what is left out filters nothing."""

    period: Period
    kind: str = ""
    words: str = ""
    is_covered: bool | None = None
    is_reported: bool | None = None
    counts_without_object: bool = True


async def counts_without_object(tx: Transaction) -> bool:
    """Whether items that have no object to supervise are counted among those to be covered (a rule of the city)."""
    return bool(await tx.rule("supervision-items-without-object-count"))


def listed_on(day: date) -> list[ColumnElement[bool]]:
    """On the list at the end of a day."""
    t = supervision_items.c
    return [t.listed_from <= day, or_(t.listed_until.is_(None), t.listed_until > day)]


def is_reported(months: Months) -> ColumnElement[bool]:
    """Something was said of the item for one of these months, be it none."""
    return _count_exists(months, at_least=0)


def is_covered(months: Months) -> ColumnElement[bool]:
    """At least one behaviour was reported of the item for one of these months."""
    return _count_exists(months, at_least=1)


def _count_exists(months: Months, *, at_least: int) -> ColumnElement[bool]:
    t = supervision_counts.c
    return exists().where(
        t.item_id == supervision_items.c.id,
        t.month >= months.first,
        t.month <= months.last,
        t.behaviours >= at_least,
        t.reported_on <= months.known_on,
        or_(t.superseded_on.is_(None), t.superseded_on > months.known_on),
    )


def items_on(wanted: SupervisionFilter, day: date, months: Months) -> Select[Any]:
    """Items on the list at the end of a day, with what was reported of them for these months."""
    t = supervision_items.c
    found = [*listed_on(day), *_within(wanted.period)]
    if wanted.kind:
        found.append(t.kind == wanted.kind)
    if wanted.words:
        found.append(t.name.contains(wanted.words, autoescape=True))
    if wanted.is_covered is not None:
        found.append(is_covered(months) == wanted.is_covered)
    if wanted.is_reported is not None:
        found.append(is_reported(months) == wanted.is_reported)
    if not wanted.counts_without_object:
        found.append(t.no_object_confirmed.is_(False))
    return select(
        supervision_items,
        is_reported(months).label("is_reported"),
        is_covered(months).label("is_covered"),
    ).where(*found)


def _within(period: Period) -> list[ColumnElement[bool]]:
    t = supervision_items.c
    found: list[ColumnElement[bool]] = []
    if period.division:
        prefix = subtree_prefix(period.division)
        found.append(t.division.startswith(prefix, autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    return found


def coverage(wanted: SupervisionFilter, day: date, months: tuple[Months, Months]) -> Select[Any]:
    """By department: items, reported and covered in the month, and covered so far."""
    month, so_far = months
    t = supervision_items.c
    found = [*listed_on(day), *_within(wanted.period)]
    if not wanted.counts_without_object:
        found.append(t.no_object_confirmed.is_(False))
    marked = (
        select(
            t.department,
            t.department_name,
            is_reported(month).label("reported"),
            is_covered(month).label("covered"),
            is_covered(so_far).label("covered_so_far"),
            t.no_object_confirmed,
        )
        .where(*found)
        .subquery()
    )
    m = marked.c
    name = func.coalesce(departments.c.name, func.max(m.department_name))
    return (
        select(
            m.department.label("code"),
            name.label("name"),
            func.count().label("items"),
            func.count().filter(m.reported).label("reported"),
            func.count().filter(m.covered).label("covered"),
            func.count().filter(m.covered_so_far).label("covered_so_far"),
            func.count().filter(m.no_object_confirmed).label("without_object"),
        )
        .select_from(marked.outerjoin(departments, departments.c.code == m.department))
        .group_by(m.department, departments.c.name)
    )


def report_columns(period: Period, month: str, late: bool | None) -> Select[Any]:
    """Reports, newest first."""
    t = supervision_reports.c
    found: list[ColumnElement[bool]] = []
    if month:
        found.append(t.month == month)
    if late is not None:
        found.append(t.is_late.is_(late))
    found += period.conditions(at=t.reported_at, department=t.department)
    if period.division:
        prefix = subtree_prefix(period.division)
        found.append(t.division.startswith(prefix, autoescape=True))
    return select(supervision_reports).where(*found)


def counts_of(report_id: UUID) -> Select[Any]:
    """The rows of one report, each with the number that it replaced."""
    t, i = supervision_counts.c, supervision_items.c
    earlier = supervision_counts.alias("earlier")
    return (
        select(
            supervision_counts,
            i.code,
            i.name,
            earlier.c.behaviours.label("before"),
        )
        .join(supervision_items, i.id == t.item_id)
        .outerjoin(
            earlier,
            and_(
                earlier.c.item_id == t.item_id,
                earlier.c.month == t.month,
                earlier.c.number == t.number - 1,
            ),
        )
        .where(t.report_id == report_id)
    )


def counts_reported(period: Period, month: str, late: bool | None) -> Select[Any]:
    """Every number that reports brought, one row an item, month and report."""
    t, i = supervision_counts.c, supervision_items.c
    listed = report_columns(period, month, late).subquery()
    r = listed.c
    return (
        select(
            supervision_counts,
            i.code,
            i.name,
            i.department,
            i.division,
            r.is_late,
            r.reason,
            r.reported_at,
        )
        .join(listed, r.id == t.report_id)
        .join(supervision_items, i.id == t.item_id)
    )


def counts_by_item(item_id: UUID) -> Select[Any]:
    """Everything that was reported of one item, corrections and what they corrected included."""
    t, r = supervision_counts.c, supervision_reports.c
    return (
        select(supervision_counts, r.reason, r.is_late, r.reporter_kind, r.reported_at)
        .join(supervision_reports, r.id == t.report_id)
        .where(t.item_id == item_id)
    )


def reminders(period: Period, month: str, is_open: bool | None) -> Select[Any]:
    """Reminders by month and department."""
    t = supervision_reminders.c
    found: list[ColumnElement[bool]] = []
    if month:
        found.append(t.month == month)
    if is_open is not None:
        found.append(t.closed_at.is_(None) == is_open)
    if period.division:
        prefix = subtree_prefix(period.division)
        found.append(t.division.startswith(prefix, autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    state = case((t.closed_at.is_(None), "open"), else_="closed")
    return select(supervision_reminders, state.label("state")).where(*found)
