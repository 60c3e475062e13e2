"""The answered-call rates of the hotline (domain.md 3.5). Calls belong to the whole city: no division, no department."""

from collections.abc import Awaitable, Callable

from chassis.indicators import Figure, Indicator, Period, ratio_figure
from chassis.transaction import Transaction
from workorder.figures.counting import count_of
from workorder.queries.call_measures import RING_SECONDS_MAX, CallFigure, calls_of

RECORDS = "/workorder/v1/calls?figure="


def _share_of(figure: CallFigure) -> Callable[[Transaction, Period], Awaitable[Figure]]:
    async def compute(tx: Transaction, period: Period) -> Figure:
        answered = await count_of(tx, calls_of(figure, period))
        return ratio_figure(answered, await count_of(tx, calls_of("offered", period)))

    return compute


INDICATORS = (
    Indicator(
        code="hotline_answered_share",
        name_zh="热线接通率",
        definition_zh="期内呼入且已有结果的来电中，由坐席接听的占比",
        definition_en="Calls answered / calls offered in the period that were answered or given up",
        unit="%",
        compute=_share_of("answered"),
        records=f"{RECORDS}offered",
        numerator=f"{RECORDS}answered",
    ),
    Indicator(
        code="hotline_answered_in_time_share",
        name_zh=f"热线{RING_SECONDS_MAX}秒接通率",
        definition_zh=f"期内呼入且已有结果的来电中，{RING_SECONDS_MAX} 秒内由坐席接听的占比",
        definition_en=f"Calls answered within {RING_SECONDS_MAX} seconds / calls offered in the period, answered or given up",
        unit="%",
        compute=_share_of("answered_in_time"),
        records=f"{RECORDS}offered",
        numerator=f"{RECORDS}answered_in_time",
    ),
)
