"""The hotline's rates (domain.md 3.5): each is a share of two measures, and opens down to their orders."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, func, select

from chassis.indicators import Figure, Indicator, Period, ratio_figure
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.queries.measures import MEASURES, RATES, Rate, in_period, orders_of
from workorder.queries.order_filters import RETURN_SHARE, figure_orders
from workorder.tables import work_orders

RECORDS = "/workorder/v1/work-orders?kind=hotline&figure="
_IS_HOTLINE = work_orders.c.kind == WorkOrderKind.HOTLINE.value


def _compute(rate: Rate) -> Callable[[Transaction, Period], Awaitable[Figure]]:
    part, whole = MEASURES[rate.part], MEASURES[rate.whole]

    async def compute(tx: Transaction, period: Period) -> Figure:
        # Both in one pass where the whole's days are the part's.
        both = orders_of(whole, period, tx.now)
        if part.day is whole.day:
            counted = orders_of(part, period, tx.now)[-1]
            return await _ratio(tx, both, counted)
        return await _ratio(tx, both, _all(in_period(part, period, tx.now)))

    return compute


async def return_share(tx: Transaction, period: Period) -> Figure:
    both = figure_orders(RETURN_SHARE, part="denominator", period=period, now=tx.now)
    [came_back] = figure_orders(RETURN_SHARE, part="numerator", period=period, now=tx.now)
    return await _ratio(tx, both, came_back)


async def _ratio(
    tx: Transaction, whole: list[ColumnElement[bool]], part: ColumnElement[bool]
) -> Figure:
    statement = select(func.count(), func.count().filter(part)).select_from(work_orders)
    row: Any = (await tx.execute(statement.where(_IS_HOTLINE, *whole))).one()
    return ratio_figure(row[1], row[0])


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *others = conditions
    for each in others:
        first = first & each
    return first


_DEFINITIONS = {
    "response_rate": "期内派单、承办单位应作出响应的工单中，在签收期限内签收或回复的占比",
    "sign_in_time_share": "期内派单、应签收的工单中，在签收期限内签收的占比",
    "on_time_share": "期内应办结的工单中，已办结且每轮均按期回复的占比",
    "completion_of_dispatched": "期内派单的工单中，截至期末已办结的占比",
    "completion_of_all": "期内登记的工单中，截至期末已办结的占比",
    "direct_answer_share": "期内登记的工单中，未派单即由热线直接答复办结的占比",
    "repeat_share": "期内登记的工单中，重复反映同一诉求的占比",
    "extension_share": "期内派单的工单中，获准延期的占比",
    "redo_share": "期内回访的工单中，经过重办的占比",
    "solved_share": "期内回访且有结论的工单中，诉求人表示已解决的占比",
    "satisfied_share": "期内回访且有有效评价的工单中，基本满意及以上的占比；行政调解、执法办案类不计入",
}


def _indicator(rate: Rate) -> Indicator:
    part, whole = MEASURES[rate.part].name_en.lower(), MEASURES[rate.whole].name_en.lower()
    return Indicator(
        code=f"hotline_{rate.code}",
        name_zh=f"热线{rate.name}",
        definition_zh=_DEFINITIONS[rate.code],
        definition_en=f"Hotline orders {part} / hotline orders {whole}, in the period",
        unit="%",
        compute=_compute(rate),
        records=f"{RECORDS}{rate.code}",
        numerator=f"{RECORDS}{rate.code}&part=numerator",
    )


INDICATORS = (
    # The completion rate of orders due stands in figures/work_orders.py since the first city.
    *(_indicator(rate) for rate in RATES if rate.code in _DEFINITIONS),
    Indicator(
        code="hotline_return_share",
        name_zh="热线退单率",
        definition_zh="期内派单或被申请退单的工单中，被申请退单的占比；退单计在提出退单的单位",
        definition_en="Orders that a department asked to return in the period / orders dispatched or returned in it",
        unit="%",
        compute=return_share,
        records=f"{RECORDS}{RETURN_SHARE}",
        numerator=f"{RECORDS}{RETURN_SHARE}&part=numerator",
    ),
)
