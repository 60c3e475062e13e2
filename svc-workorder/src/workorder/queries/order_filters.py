"""What a list of work orders may be narrowed by, beside who and what: days, outcomes, and what a figure counts."""

from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Select, false, func, or_, select

from chassis.clock import CITY_ZONE
from chassis.errors import InvalidError
from chassis.indicators import FIRST_DAY, LAST_DAY, Period
from workorder.queries.measures import MEASURES, RATES, orders_of, returned_orders
from workorder.tables import work_order_returns, work_orders

RETURN_SHARE = "return_share"
"""退单率: of the orders that were dispatched or returned in the period, those returned."""
NOBODY = "-"
"""In place of a department's code: orders that are with none."""
_RATES = {rate.code: rate for rate in RATES}
_KNOWN = (*MEASURES, *_RATES, RETURN_SHARE)
_t = work_orders.c
_DAYS: dict[str, Column[Any]] = {
    "opened": _t.opened_at,
    "dispatched": _t.dispatched_at,
    "due": _t.due_on,
    "visited": _t.visited_at,
    "closed": _t.closed_at,
}
_EQUALS = (
    "on_time",
    "solved",
    "satisfied",
    "type",
    "source",
    "urgency",
    "process",
    "place",
    "waits_for",
)


class UnknownFigureError(InvalidError):
    code = "unknown-figure"
    title_zh = f"没有这个统计口径；可用：{'、'.join(_KNOWN)}"
    title_en = f"There is no such figure; known are {', '.join(_KNOWN)}"


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """Named as in the query. Days are of Asia/Shanghai, both ends included."""

    period: Period = Period()  # noqa: RUF009  frozen
    opened_from: date | None = None
    opened_to: date | None = None
    dispatched_from: date | None = None
    dispatched_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    visited_from: date | None = None
    visited_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    on_time: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    repeat: bool | None = None
    returned: bool | None = None
    type: str | None = None
    source: str | None = None
    urgency: str | None = None
    process: str | None = None
    place: str | None = None
    title_has: str | None = None
    waits_for: str | None = None
    act_overdue: bool | None = None
    """Past the time by which whoever it waits for has to act."""
    figure: str | None = None
    part: Literal["numerator", "denominator"] = "denominator"

    @property
    def words(self) -> str:
        """The same for the same filter: part of a list's name in its cursors."""
        stated = ((each.name, getattr(self, each.name)) for each in fields(self))
        return " ".join(f"{name}={value}" for name, value in stated if value is not None)


def narrowed(statement: Select[Any], asked: OrderFilter, now: datetime) -> Select[Any]:
    """The statement with these filters; raises UnknownFigureError."""
    found, period = [*_days(asked), *_marks(asked)], asked.period
    if period.department == NOBODY:
        period = replace(period, department="")
        found.append(_t.department == "")
    if asked.act_overdue is not None:
        is_over = func.coalesce(_t.act_by <= now, false())
        found.append(is_over if asked.act_overdue else ~is_over)
    if asked.figure is None:
        found += period.conditions(at=_t.opened_at, division=_t.division, department=_t.department)
    else:
        found += figure_orders(asked.figure, part=asked.part, period=period, now=now)
    return statement.where(*found)


def figure_orders(
    figure: str, *, part: str, period: Period, now: datetime
) -> list[ColumnElement[bool]]:
    """The orders that a figure counts: a measure's, or the part or the whole of a rate; raises UnknownFigureError."""
    if figure in MEASURES:
        return orders_of(MEASURES[figure], period, now)
    if figure == RETURN_SHARE:
        came_back = returned_orders(period)
        if part == "numerator":
            return [came_back]
        sent = orders_of(MEASURES["dispatched"], period, now)
        return [or_(came_back, _all(sent))]
    rate = _RATES.get(figure)
    if rate is None:
        raise UnknownFigureError
    whole = orders_of(MEASURES[rate.whole], period, now)
    if part != "numerator":
        return whole
    return [*whole, *orders_of(MEASURES[rate.part], period, now)]


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *others = conditions
    for each in others:
        first = first & each
    return first


def _days(asked: OrderFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name, column in _DAYS.items():
        first, last = getattr(asked, f"{name}_from"), getattr(asked, f"{name}_to")
        if first is not None:
            found.append(column >= _begin(first, column))
        if last is not None:
            found.append(column < _begin(min(last, LAST_DAY) + timedelta(days=1), column))
    return found


def _begin(day: date, column: Column[Any]) -> date | datetime:
    day = min(max(day, FIRST_DAY), LAST_DAY + timedelta(days=1))
    return day if column is _t.due_on else datetime.combine(day, time(), CITY_ZONE)


def _marks(asked: OrderFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        _t[name] == getattr(asked, name) for name in _EQUALS if getattr(asked, name) is not None
    ]
    if asked.title_has is not None:
        found.append(_t.title.contains(asked.title_has, autoescape=True))
    if asked.repeat is not None:
        found.append(_t.repeat_of.is_not(None) if asked.repeat else _t.repeat_of.is_(None))
    if asked.returned is not None:
        came_back = _t.id.in_(select(work_order_returns.c.work_order_id))
        found.append(came_back if asked.returned else ~came_back)
    return found
