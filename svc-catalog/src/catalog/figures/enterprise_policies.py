"""The figures of policies for enterprises."""

from sqlalchemy import func, select

from catalog.queries.enterprise_policies import PolicyFilter, policies_on
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction


async def _open(tx: Transaction, period: Period) -> Figure:
    day = period.day(tx.now)
    listed = policies_on(PolicyFilter(period=period, is_open=True), day).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(listed)) or 0))


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="enterprise_policies_open",
        name_zh="可申报惠企政策数",
        definition_zh="已发布、在申报期内且资金未用完的惠企政策",
        definition_en="Published policies for enterprises that may be applied for, with budget left",
        unit="项",
        compute=_open,
        records="/catalog/v1/enterprise-policies?open=true",
    ),
)
