"""What is counted of work orders: one definition each, for figures, monthly sheets and the lists they open down to.

A measure counts the orders whose day (opened, dispatched, due, visited, closed) lies in the period and for which its
condition holds. What happened after the period's last day does not count, so that a past figure stays as it was
while the dates in the books do. Formulas: domain.md 3.5.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, func, or_, select, true

from chassis.clock import local_date
from chassis.indicators import Period
from contracts.vocabulary import ClosingOutcome
from workorder.domain.clock import day_end
from workorder.tables import work_order_returns, work_orders

Condition = Callable[[datetime], ColumnElement[bool]]
"""Given the instant up to which things count."""

SATISFIED_MIN = 3
"""非常满意, 满意, 基本满意."""

_t = work_orders.c


def _always(_: datetime) -> ColumnElement[bool]:
    return true()


def _closed(at: datetime) -> ColumnElement[bool]:
    return and_(_t.closed_at < at, _counts())


def _counts() -> ColumnElement[bool]:
    """Neither taken back nor merged into another."""
    withdrawn = _t.outcome == ClosingOutcome.WITHDRAWN.value
    return and_(_t.merged_into.is_(None), func.coalesce(~withdrawn, true()))


def _answered_at_once(at: datetime) -> ColumnElement[bool]:
    return and_(_t.dispatched_at.is_(None), _closed(at))


_reacted_at = func.least(_t.signed_at, _t.replied_at)


def _is_known(happened: ColumnElement[Any]) -> Condition:
    """It happened, or its time is over."""
    return lambda at: and_(_t.sign_by.is_not(None), or_(happened < at, _t.sign_by <= at))


def _rated(_: datetime) -> ColumnElement[bool]:
    return and_(_t.satisfied.is_not(None), ~_t.exclude_from_satisfaction)


def _satisfied(at: datetime) -> ColumnElement[bool]:
    return and_(_rated(at), func.coalesce(_t.satisfaction >= SATISFIED_MIN, _t.satisfied))


def _on_time(at: datetime) -> ColumnElement[bool]:
    return and_(_closed(at), _t.on_time)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One column of a monthly sheet. `day` is the column that says in which period an order counts."""

    code: str
    name: str
    name_en: str
    day: Column[Any]
    holds: Condition = _always


def _measure(
    code: str, name: str, name_en: str, day: Column[Any], holds: Condition = _always
) -> Measure:
    return Measure(code=code, name=name, name_en=name_en, day=day, holds=holds)


MEASURES: dict[str, Measure] = {
    each.code: each
    for each in (
        _measure("opened", "登记", "Opened", _t.opened_at),
        _measure("repeat", "重复诉求", "Raised again", _t.opened_at, lambda _: _t.repeat_of.is_not(None)),
        _measure("answered_at_once", "直接答复", "Answered at once", _t.opened_at, _answered_at_once),
        _measure("closed_of_opened", "登记中已办结", "Closed of those opened", _t.opened_at, _closed),
        _measure("dispatched", "派单", "Dispatched", _t.dispatched_at),
        _measure("reaction_due", "应响应", "Reaction due", _t.dispatched_at, _is_known(_reacted_at)),
        _measure("reacted", "按时响应", "Reacted in time", _t.dispatched_at, lambda _: _reacted_at < _t.sign_by),
        _measure("signature_due", "应签收", "Signature due", _t.dispatched_at, _is_known(_t.signed_at)),
        _measure("signed", "按时签收", "Signed in time", _t.dispatched_at, lambda _: _t.signed_at < _t.sign_by),
        _measure("closed_of_dispatched", "派单中已办结", "Closed of those dispatched", _t.dispatched_at, _closed),
        _measure("extended", "延期", "Extended", _t.dispatched_at, lambda _: _t.extended_days > 0),
        _measure("due", "应办结", "Due for closing", _t.due_on, lambda _: _counts()),
        _measure("closed_of_due", "应办结中已办结", "Closed of those due", _t.due_on, _closed),
        _measure("on_time", "按时办结", "Closed in time", _t.due_on, _on_time),
        _measure("closed", "办结", "Closed", _t.closed_at, lambda _: _counts()),
        _measure("visited", "回访", "Visited", _t.visited_at),
        _measure("redone", "重办", "Done again", _t.visited_at, lambda _: _t.round > 1),
        _measure("solved_known", "有解决结论", "Known whether solved", _t.visited_at, lambda _: _t.solved.is_not(None)),
        _measure("solved", "已解决", "Solved", _t.visited_at, lambda _: _t.solved.is_(True)),
        _measure("rated", "有效评价", "Valid ratings", _t.visited_at, _rated),
        _measure("satisfied", "满意", "Satisfied", _t.visited_at, _satisfied),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of two measures."""

    code: str
    name: str
    name_en: str
    part: str
    whole: str


RATES: tuple[Rate, ...] = (
    Rate(code="response_rate", name="响应率", name_en="Reacted in time", part="reacted", whole="reaction_due"),
    Rate(code="sign_in_time_share", name="签收及时率", name_en="Signed in time", part="signed", whole="signature_due"),
    Rate(code="on_time_share", name="按时办结率", name_en="Closed in time", part="on_time", whole="due"),
    Rate(code="completion_rate", name="办结率", name_en="Closed of those due", part="closed_of_due", whole="due"),
    Rate(code="completion_of_dispatched", name="派单办结率", name_en="Closed of those dispatched", part="closed_of_dispatched", whole="dispatched"),
    Rate(code="completion_of_all", name="总办结率", name_en="Closed of all", part="closed_of_opened", whole="opened"),
    Rate(code="direct_answer_share", name="直接答复率", name_en="Answered at once", part="answered_at_once", whole="opened"),
    Rate(code="repeat_share", name="重复诉求率", name_en="Raised again", part="repeat", whole="opened"),
    Rate(code="extension_share", name="延期率", name_en="Extended", part="extended", whole="dispatched"),
    Rate(code="redo_share", name="重办率", name_en="Done again", part="redone", whole="visited"),
    Rate(code="solved_share", name="解决率", name_en="Solved", part="solved", whole="solved_known"),
    Rate(code="satisfied_share", name="满意率", name_en="Satisfied", part="satisfied", whole="rated"),
)  # fmt: skip


def end_of(period: Period, now: datetime) -> datetime:
    """The instant up to which things count: the end of the period's last day, or now."""
    if period.last_day is None:
        return now + timedelta(microseconds=1)
    return min(day_end(period.last_day), now + timedelta(microseconds=1))


def in_period(measure: Measure, period: Period, now: datetime) -> list[ColumnElement[bool]]:
    """Its orders' day lies in the period."""
    place = period.conditions(division=_t.division, department=_t.department)
    if measure.day is not _t.due_on:
        within = period.conditions(at=measure.day)
        return [measure.day.is_not(None) if not within else and_(*within), *place]
    return [*_due_within(period, now), *place]


def orders_of(measure: Measure, period: Period, now: datetime) -> list[ColumnElement[bool]]:
    """The orders that it counts."""
    return [*in_period(measure, period, now), measure.holds(end_of(period, now))]


def _due_within(period: Period, now: datetime) -> list[ColumnElement[bool]]:
    """Due in the period, and their due date is behind us or they are closed already."""
    end = end_of(period, now)
    last = min(period.last_day or date.max, local_date(now) - timedelta(days=1))
    found: list[ColumnElement[bool]] = [
        _t.due_on.is_not(None),
        or_(_t.due_on <= last, _t.closed_at < end),
    ]
    if period.last_day is not None:
        found.append(_t.due_on <= period.last_day)
    if period.first_day is not None:
        found.append(_t.due_on >= period.first_day)
    return found


def returns_in(period: Period) -> list[ColumnElement[bool]]:
    """Returns asked for in a period, of orders or of parts, by the departments that asked and did not take it back."""
    t = work_order_returns.c
    asked = period.conditions(at=t.asked_at, division=t.division, department=t.department)
    return [*asked, t.withdrawn_at.is_(None)]


def returned_orders(period: Period) -> ColumnElement[bool]:
    """Orders that were returned in a period, wherever they are now."""
    t = work_order_returns.c
    return _t.id.in_(select(t.work_order_id).where(*returns_in(period)))


def measures_by_day(codes: Sequence[str] = tuple(MEASURES)) -> dict[str, list[Measure]]:
    """The measures that one pass over the orders of a day column counts together."""
    found: dict[str, list[Measure]] = {}
    for code in codes:
        found.setdefault(MEASURES[code].day.name, []).append(MEASURES[code])
    return found
