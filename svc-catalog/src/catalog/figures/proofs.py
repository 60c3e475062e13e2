"""Figures: the list of proofs (证明), retained and cancelled."""

from catalog.queries.proofs import cancelled_on
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction


async def _cancelled(tx: Transaction, period: Period) -> Figure:
    return count_figure(await cancelled_on(tx, period, period.day(tx.now)))


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="proofs_cancelled",
        name_zh="取消证明数",
        definition_zh="证明清单中在该日已取消的证明",
        definition_en="Proofs of the list that are cancelled on that day",
        unit="项",
        compute=_cancelled,
        records="/catalog/v1/proofs?status=cancelled",
    ),
)
