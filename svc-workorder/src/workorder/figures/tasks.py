"""Figures of the desks (工作台): what waits for whom now, what of it is over, how long it has waited.

For each who may have to act: the hotline, departments, their heads, the coordinators. As things stand when asked; a
period narrows them to orders opened in it, as it does the list that they open down to.
"""

from collections.abc import Awaitable, Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, extract, func, select

from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from workorder.figures.counting import count_of
from workorder.tables import work_order_steps, work_orders

Compute = Callable[[Transaction, Period], Awaitable[Figure]]
DESKS = {
    "hotline": ("热线", "the hotline"),
    "department": ("承办单位", "departments"),
    "head": ("承办单位负责人", "heads of departments"),
    "coordinator": ("督办员", "coordinators"),
}
"""Who has to act, by the owner of a state in its process."""
HOUR_SECONDS = 3_600
TENTH = Decimal("0.1")

_t = work_orders.c
_s = work_order_steps.c


def _waiting(desk: str, period: Period) -> list[ColumnElement[bool]]:
    within = period.conditions(at=_t.opened_at, division=_t.division, department=_t.department)
    return [_t.waits_for == desk, *within]


def _open(desk: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        return count_figure(await count_of(tx, _waiting(desk, period)))

    return compute


def _overdue_share(desk: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        over = func.count().filter(_t.act_by <= tx.now)
        statement = select(over, func.count()).where(*_waiting(desk, period))
        row: Any = (await tx.execute(statement)).one()
        return ratio_figure(row[0], row[1])

    return compute


def _median_wait(desk: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        waited = extract("epoch", tx.now - _entered_at()) / HOUR_SECONDS
        median = func.percentile_cont(0.5).within_group(waited)
        hours = await tx.scalar(select(median).where(*_waiting(desk, period)))
        if hours is None:
            return Figure(value=None)
        return Figure(value=Decimal(str(hours)).quantize(TENTH, ROUND_HALF_UP))

    return compute


def _entered_at() -> ColumnElement[Any]:
    """When an order came into its present state: its first step there after its last one elsewhere."""
    elsewhere = (
        select(_s.id)
        .where(_s.work_order_id == _t.id, _s.state != _t.state)
        .order_by(_s.id.desc())
        .limit(1)
        .correlate(work_orders)
        .scalar_subquery()
    )
    here = work_order_steps.alias("here").c
    return (
        select(here.taken_at)
        .where(here.work_order_id == _t.id, (elsewhere.is_(None)) | (here.id > elsewhere))
        .order_by(here.id)
        .limit(1)
        .correlate(work_orders)
        .scalar_subquery()
    )


def _of(desk: str, name_zh: str, name_en: str) -> tuple[Indicator, ...]:
    records = f"/workorder/v1/work-orders?waits_for={desk}"
    return (
        Indicator(
            code=f"desk_open_{desk}",
            name_zh=f"{name_zh}待办量",
            definition_zh=f"当前等待{name_zh}办理的工单",
            definition_en=f"Work orders that wait for {name_en} now",
            unit="件",
            compute=_open(desk),
            records=records,
        ),
        Indicator(
            code=f"desk_overdue_share_{desk}",
            name_zh=f"{name_zh}待办超时率",
            definition_zh=f"当前等待{name_zh}办理的工单中，已超过应办时间（环节时限与承诺期限中较早者）的占比",
            definition_en=f"Of the work orders that wait for {name_en} now, those past the time to act",
            unit="%",
            compute=_overdue_share(desk),
            records=records,
            numerator=f"{records}&act_overdue=true",
        ),
        Indicator(
            code=f"desk_median_wait_hours_{desk}",
            name_zh=f"{name_zh}待办等待时长中位数",
            definition_zh=f"当前等待{name_zh}办理的工单自进入本环节以来的小时数的中位数",
            definition_en=f"Median hours since the work orders that wait for {name_en} came to where they are",
            unit="小时",
            compute=_median_wait(desk),
            records=records,
        ),
    )


INDICATORS = tuple(indicator for desk, names in DESKS.items() for indicator in _of(desk, *names))
