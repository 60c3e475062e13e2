"""Monthly sheets (月报台账): every measure by kind, department, division and type, straight from the books.

One pass over the orders of each day column (opened, dispatched, due, visited, closed), found by the summary of that
column (tables/work_orders.py): a month costs what its own orders cost, however many stand in the books.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from chassis.indicators import Period, ratio_figure
from chassis.transaction import Transaction
from workorder.queries.measures import (
    MEASURES,
    RATES,
    end_of,
    in_period,
    measures_by_day,
    returns_in,
)
from workorder.tables import work_order_returns, work_orders

RETURNED = "returned"
"""Orders that a department asked to return: its own, wherever they are now."""
COLUMNS: tuple[tuple[str, str, str], ...] = (
    *((each.code, each.name, each.name_en) for each in MEASURES.values()),
    (RETURNED, "退单", "Returned"),
)
_CODES = tuple(code for code, _, _ in COLUMNS)
_t = work_orders.c


@dataclass(kw_only=True)
class Line:
    """What is counted of one kind, department, division and type; of all types together when `type` is empty."""

    kind: str
    department: str
    division: str
    type: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_CODES, 0))

    def add(self, other: "Line") -> None:
        for code, count in other.counts.items():
            self.counts[code] += count

    def rates(self) -> dict[str, float | None]:
        """Every rate of these counts, null where there is nothing to divide by."""
        found = {}
        for rate in RATES:
            value = ratio_figure(self.counts[rate.part], self.counts[rate.whole]).value
            found[rate.code] = None if value is None else float(value)
        return found


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A month's sheet: its lines by kind, department, division, type, and what they come to."""

    lines: Sequence[Line]
    total: Line


def month_of(month: str, *, division: str = "", department: str = "") -> Period:
    """The days of a month written 2026-03."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(
        first_day=first,
        last_day=following - timedelta(days=1),
        division=division,
        department=department,
    )


async def ledger_of(tx: Transaction, period: Period, *, kind: str) -> Ledger:
    """The sheet of a period within the caller's reach; every kind when `kind` is empty."""
    lines: dict[tuple[str, ...], Line] = {}
    end = end_of(period, tx.now)
    keys = (_t.kind, _t.department, _t.division, _t.type)
    of_kind = [_t.kind == kind] if kind else []
    for measures in measures_by_day().values():
        counts = [func.count().filter(each.holds(end)).label(each.code) for each in measures]
        where = [*in_period(measures[0], period, tx.now), *of_kind]
        statement = select(*keys, *counts).where(*where).group_by(*keys)
        _put(lines, await tx.all(statement), [each.code for each in measures])
    _put(lines, await tx.all(_returned(period, of_kind)), [RETURNED])
    found = [lines[key] for key in sorted(lines)]
    total = Line(kind=kind, department="", division="", type="")
    for line in found:
        total.add(line)
    return Ledger(lines=found, total=total)


def _returned(period: Period, of_kind: list[Any]) -> Any:
    r = work_order_returns.c
    keys = (_t.kind, r.department, r.division, _t.type)
    joined = work_order_returns.join(work_orders, _t.id == r.work_order_id)
    count = func.count(r.work_order_id.distinct()).label(RETURNED)
    return (
        select(*keys, count)
        .select_from(joined)
        .where(*returns_in(period), *of_kind)
        .group_by(*keys)
    )


def _put(lines: dict[tuple[str, ...], Line], rows: Sequence[Any], codes: Sequence[str]) -> None:
    for row in rows:
        key = (row.kind, row.department, row.division, row.type)
        line = lines.get(key)
        if line is None:
            line = lines[key] = Line(
                kind=row.kind, department=row.department, division=row.division, type=row.type
            )
        for code in codes:
            line.counts[code] += getattr(row, code)


def by_department(lines: Sequence[Line]) -> list[tuple[Line, list[Line]]]:
    """Each kind's departments with what they come to, and their own lines."""
    found: dict[tuple[str, str], tuple[Line, list[Line]]] = {}
    for line in lines:
        whole, parts = found.setdefault(
            (line.kind, line.department),
            (Line(kind=line.kind, department=line.department, division="", type=""), []),
        )
        whole.add(line)
        parts.append(line)
    return list(found.values())
