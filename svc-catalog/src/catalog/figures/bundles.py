"""Figures: bundles (一件事)."""

from catalog.queries.bundles import bundles_on
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction


async def _published(tx: Transaction, period: Period) -> Figure:
    return count_figure(await bundles_on(tx, period))


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="bundles_published",
        name_zh="“一件事”数",
        definition_zh="在该日开放办理的“一件事”",
        definition_en="Bundles open to applications on that day",
        unit="件",
        compute=_published,
        records="/catalog/v1/bundles",
    ),
)
