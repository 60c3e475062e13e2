"""The coverage of supervision items by behaviour data, as it was known at the end of a day."""

from sqlalchemy import func, select

from catalog.queries.supervision import (
    SupervisionFilter,
    counts_without_object,
    items_on,
    months_of,
)
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction


async def _covered_share(tx: Transaction, period: Period) -> Figure:
    covered, items = await _counted(tx, period)
    return ratio_figure(covered, items)


async def _items(tx: Transaction, period: Period) -> Figure:
    return count_figure((await _counted(tx, period))[1])


async def _counted(tx: Transaction, period: Period) -> tuple[int, int]:
    """Items covered, and items, at the end of the period's last day."""
    day = period.day(tx.now)
    wanted = SupervisionFilter(period=period, counts_without_object=await counts_without_object(tx))
    listed = items_on(wanted, day, months_of(period, day)).subquery()
    statement = select(
        func.count().filter(listed.c.is_covered).label("covered"), func.count().label("items")
    )
    row = (await tx.all(statement.select_from(listed)))[0]
    return int(row.covered), int(row.items)


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="supervision_items_covered_share",
        name_zh="监管行为数据覆盖率",
        definition_zh="清单内监管事项中，已报送监管行为数据（至少一次行为）的占比；指定 from 时只计其后的月份",
        definition_en="Supervision items with at least one behaviour reported / supervision items on the list",
        unit="%",
        compute=_covered_share,
        records="/catalog/v1/supervision-items",
    ),
    Indicator(
        code="supervision_items",
        name_zh="监管事项数",
        definition_zh="清单内的监管事项",
        definition_en="Supervision items on the list",
        unit="项",
        compute=_items,
        records="/catalog/v1/supervision-items",
    ),
)
