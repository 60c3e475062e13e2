"""Reads of clocks across applications and work orders."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    Table,
    bindparam,
    cast,
    column,
    false,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.transaction import Transaction
from workorder.domain.application import PROMISED_STATES
from workorder.domain.clock import day_end
from workorder.repository.waits import entered_at_of_application
from workorder.tables import (
    applications,
    work_order_returns,
    work_order_stops,
    work_orders,
)

DAY = timedelta(days=1)
CITY_ZONE_NAME = "Asia/Shanghai"
LEDGER_CHECKS = "ledger-checks"
"""The kind of the job that counts every open due date, wait and ruling again and names what differs."""


class Work(NamedTuple):
    kind: Literal["application", "work-order"]
    id: UUID
    number: str


async def affected_works(
    tx: Transaction, days: Sequence[date], *, everything: bool = False
) -> list[Work]:
    """Open work whose clock, whose wait in its present state, or a ruling that is asked for has one of these days on its
    way, or whose clock was counted beyond the published calendar.

    On its way: from the day it counts from up to its due day, or to the next alarm that lies after it.
    """
    a, o = applications.c, work_orders.c
    started = func.coalesce(
        a.clock_started_on, cast(func.timezone(CITY_ZONE_NAME, a.submitted_at), Date)
    )
    of_applications = select(a.id, a.number).where(
        a.ended_at.is_(None),
        a.state.in_(PROMISED_STATES),
        true() if everything else _bears(days, started, a.due_on, a.alarm_at, a.due_is_provisional),
    )
    of_orders = select(o.id, o.number).where(
        o.is_clock_running,
        o.due_on.is_not(None),
        true()
        if everything
        else _bears(days, o.clock_started_on, o.due_on, o.alarm_at, o.due_is_provisional),
    )
    entered = func.coalesce(entered_at_of_application(), a.submitted_at)
    waiting_applications = select(a.id, a.number).where(
        a.ended_at.is_(None), *_waits_over(days, entered, a, everything=everything)
    )
    waiting_orders = select(o.id, o.number).where(
        *_waits_over(days, o.entered_at, o, everything=everything)
    )
    from_applications = await _by_id(tx, of_applications, waiting_applications)
    asked_orders = _asked_over(days, everything=everything)
    from_orders = await _by_id(tx, of_orders, waiting_orders, asked_orders)
    return [
        *(Work("application", row.id, row.number) for row in from_applications),
        *(Work("work-order", row.id, row.number) for row in from_orders),
    ]


def _waits_over(
    days: Sequence[date], entered: Any, work: Any, *, everything: bool
) -> list[ColumnElement[bool]]:
    """Waits that are not over, with one of these days on their way."""
    found = [work.wait_until.is_not(None), ~work.wait_limit_told]
    if everything:
        return found
    if not days:
        return [*found, false()]
    first = cast(func.timezone(CITY_ZONE_NAME, entered), Date)
    last = cast(func.timezone(CITY_ZONE_NAME, work.wait_until), Date)
    # The index knows instants: what ends before the first of these days is passed over by it.
    return [*found, work.wait_until >= day_end(min(days) - DAY), _lies_between(days, first, last)]


def _asked_over(days: Sequence[date], *, everything: bool) -> Select[Any]:
    """Orders with an open return of a part whose ruling is not late, with one of these days on the way to it."""
    o, r = work_orders.c, work_order_returns.c
    statement = (
        select(o.id, o.number)
        .join(work_order_returns, r.work_order_id == o.id)
        .where(r.task_id.is_not(None), r.ruled_at.is_(None), r.withdrawn_at.is_(None))
    )
    if everything:
        return statement
    if not days:
        return statement.where(false())
    first = cast(func.timezone(CITY_ZONE_NAME, r.asked_at), Date)
    last = cast(func.timezone(CITY_ZONE_NAME, r.rule_by), Date)
    ahead = r.alarm_at >= day_end(min(days) - DAY)
    return statement.where(ahead, _lies_between(days, first, last))


def open_works() -> Select[Any]:
    """How much work is open: each piece waits for somebody, and may have a date promised."""
    a, o = applications.c, work_orders.c
    of_applications = select(func.count()).where(a.ended_at.is_(None))
    of_orders = select(func.count()).where(o.waits_for.is_not(None))
    return select(of_applications.scalar_subquery() + of_orders.scalar_subquery())


def checks(jobs: Table) -> Select[Any]:
    """Checks of the ledgers, whoever started them; those of the night were started by the system."""
    return select(jobs).where(jobs.c.kind == LEDGER_CHECKS)


def differences_of(job_id: UUID, rows: Table) -> Select[Any]:
    """What a check found."""
    return select(rows).where(rows.c.job_id == job_id)


def stops_of_order(work_order_id: UUID) -> Select[Any]:
    """The ledger of an order's clock."""
    return select(work_order_stops).where(work_order_stops.c.work_order_id == work_order_id)


async def _by_id(tx: Transaction, *statements: Select[Any]) -> Sequence[Row[Any]]:
    """Each piece of work once; a union, because an OR over both would read the table."""
    both = union(*statements).subquery()
    return await tx.all(select(both).order_by(both.c.id))


def _bears(
    days: Sequence[date],
    started_on: ColumnElement[date],
    due_on: ColumnElement[date],
    alarm_at: ColumnElement[object],
    is_provisional: ColumnElement[bool],
) -> ColumnElement[bool]:
    if not days:
        return is_provisional
    last = func.greatest(due_on, cast(func.timezone(CITY_ZONE_NAME, alarm_at), Date))
    return or_(is_provisional, _lies_between(days, started_on, last))


def _lies_between(
    days: Sequence[date], first: ColumnElement[date], last: ColumnElement[date]
) -> ColumnElement[bool]:
    changed = (
        func.unnest(bindparam("days", list(days), ARRAY(Date), unique=True))
        .table_valued(column("day", Date))
        .render_derived(name="changed")
    )
    return select(changed.c.day).where(changed.c.day >= first, changed.c.day <= last).exists()
