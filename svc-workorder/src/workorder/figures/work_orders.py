"""Figures of work orders (工单): the hotline and rectifications."""

from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    or_,
)

from chassis.clock import local_date
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.work_order import CLOSED
from workorder.figures.counting import count_of
from workorder.queries.measures import MEASURES, orders_of
from workorder.tables import (
    work_orders,
)


async def hotline_orders(tx: Transaction, period: Period) -> Figure:
    return count_figure(await _count("opened", tx, period))


async def hotline_dispatched(tx: Transaction, period: Period) -> Figure:
    return count_figure(await _count("dispatched", tx, period))


async def hotline_completion_rate(tx: Transaction, period: Period) -> Figure:
    closed = await _count("closed_of_due", tx, period)
    return ratio_figure(closed, await _count("due", tx, period))


async def _count(measure: str, tx: Transaction, period: Period) -> int:
    is_hotline = work_orders.c.kind == WorkOrderKind.HOTLINE
    return await count_of(tx, [is_hotline, *orders_of(MEASURES[measure], period, tx.now)])


async def rectifications_on_time_share(tx: Transaction, period: Period) -> Figure:
    due = _due_in(WorkOrderKind.RECTIFICATION, tx, period)
    in_time = [*due, work_orders.c.on_time, work_orders.c.replied_at.is_not(None)]
    return ratio_figure(await count_of(tx, in_time), await count_of(tx, due))


def _due_in(kind: WorkOrderKind, tx: Transaction, period: Period) -> list[ColumnElement[bool]]:
    """Due in the period: closed already, or its due date is behind us."""
    t = work_orders.c
    due_on, state = t.due_on, t.state
    last = min(period.last_day or date.max, local_date(tx.now) - timedelta(days=1))
    conditions: list[ColumnElement[bool]] = [
        t.kind == kind,
        due_on.is_not(None),
        or_(due_on <= last, state == CLOSED),
        *period.conditions(division=t.division, department=t.department),
    ]
    if period.last_day is not None:
        conditions.append(due_on <= period.last_day)
    if period.first_day is not None:
        conditions.append(due_on >= period.first_day)
    return conditions


INDICATORS = (
    Indicator(
        code="hotline_orders",
        name_zh="热线工单量",
        definition_zh="期内登记的 12345 热线工单",
        definition_en="Hotline orders opened in the period",
        unit="件",
        compute=hotline_orders,
        records="/workorder/v1/work-orders?kind=hotline&figure=opened",
    ),
    Indicator(
        code="hotline_dispatched",
        name_zh="热线派单量",
        definition_zh="期内派往承办单位的热线工单",
        definition_en="Hotline orders sent to a department in the period",
        unit="件",
        compute=hotline_dispatched,
        records="/workorder/v1/work-orders?kind=hotline&figure=dispatched",
    ),
    Indicator(
        code="hotline_completion_rate",
        name_zh="热线工单办结率",
        definition_zh="期内应办结（到期日在期内且已过，或已办结）的热线派单中已办结的占比",
        definition_en="Closed orders / dispatched hotline orders due in the period (due date past, or closed already)",
        unit="%",
        compute=hotline_completion_rate,
        records="/workorder/v1/work-orders?kind=hotline&figure=completion_rate",
        numerator="/workorder/v1/work-orders?kind=hotline&figure=completion_rate&part=numerator",
    ),
    Indicator(
        code="rectifications_on_time_share",
        name_zh="差评整改按时率",
        definition_zh="期内应办结的差评整改工单中，每轮均按期回复的占比",
        definition_en="Rectifications due in the period replied to in time in every round / rectifications due in it",
        unit="%",
        compute=rectifications_on_time_share,
        records="/workorder/v1/work-orders?kind=rectification",
    ),
)
