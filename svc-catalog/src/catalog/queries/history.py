"""What was in force at the end of a day, and sums over it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Table, and_, func, or_, select, union_all

from catalog.domain.measures import DAY, DIVISION_DAY, DIVISION_MONTH, MONTH
from catalog.tables.history import item_measure_changes, item_measures, item_spans
from chassis.identity import subtree_prefix
from chassis.indicators import LAST_DAY, Period
from chassis.transaction import Transaction


def open_on(begin: ColumnElement[Any], end: ColumnElement[Any], day: date) -> ColumnElement[bool]:
    """From the end of `begin` until the end of the day before `end`; no `end`: still."""
    day = min(day, LAST_DAY)
    return and_(begin <= day, or_(end.is_(None), end > day))


def in_force_on(day: date) -> ColumnElement[bool]:
    """The spans of items in force at the end of a day."""
    return open_on(item_spans.c.valid_from, item_spans.c.valid_to, day)


async def measured(tx: Transaction, period: Period, *names: str) -> dict[str, int]:
    """Each measure at the end of the period's last day, or now; within its division and department."""
    all_parts = _parts(period, names, by_department=bool(period.department))
    statement = select(all_parts.c.measure, func.sum(all_parts.c.amount).label("amount"))
    rows = await tx.all(statement.group_by(all_parts.c.measure))
    found = {row.measure: int(row.amount) for row in rows}
    return {name: found.get(name, 0) for name in names}


async def departments_with(tx: Transaction, period: Period, name: str) -> int:
    """Departments for which a measure was more than nothing at the end of the period's last day, or is now."""
    all_parts = _parts(period, [name], by_department=True)
    counted = (
        select(all_parts.c.department)
        .group_by(all_parts.c.department)
        .having(func.sum(all_parts.c.amount) > 0)
        .subquery()
    )
    return int(await tx.scalar(select(func.count()).select_from(counted)) or 0)


def _parts(period: Period, names: Sequence[str], *, by_department: bool) -> Subquery:
    """Whole months, the days of the last one, and what is not folded yet."""
    t = item_measures.c
    month, day = (MONTH, DAY) if by_department else (DIVISION_MONTH, DIVISION_DAY)
    if period.last_day is None:
        folded = [_amounts(item_measures, period, names, t.grain == month)]
        fresh = _amounts(item_measure_changes, period, names)
        return union_all(*folded, fresh).subquery()
    last = min(period.last_day, LAST_DAY)
    first = last.replace(day=1)
    return union_all(
        _amounts(item_measures, period, names, t.grain == month, t.day < first),
        _amounts(item_measures, period, names, t.grain == day, t.day.between(first, last)),
        _amounts(item_measure_changes, period, names, item_measure_changes.c.day <= last),
    ).subquery()


def _amounts(
    table: Table, period: Period, names: Sequence[str], *conditions: ColumnElement[bool]
) -> Select[Any]:
    t = table.c
    found = [t.measure.in_(names), *conditions]
    if period.division:
        prefix = subtree_prefix(period.division)
        found.append(t.division.startswith(prefix, autoescape=True))
    if period.department:
        found.append(t.department == period.department)
    columns = [t.measure, t.department]
    return select(*columns, func.sum(t.amount).label("amount")).where(*found).group_by(*columns)
