"""Figures: powers carried out for a functional district, and powers moved down, at the end of any day."""

from collections.abc import Awaitable, Callable

from sqlalchemy import func, select

from catalog.domain.powers import Standing
from catalog.queries.powers import PowerFilter, delegated, powers_where
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction


async def _proxied(tx: Transaction, period: Period) -> Figure:
    wanted = PowerFilter(
        proxied=True,
        standing=Standing.IN_FORCE,
        division=period.division,
        department=period.department,
        on=period.last_day,
    )
    found = powers_where(wanted, now=tx.now).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(found)) or 0))


def _delegated(level: str) -> Callable[[Transaction, Period], Awaitable[Figure]]:
    async def compute(tx: Transaction, period: Period) -> Figure:
        found = delegated(
            level,
            division=period.division,
            department=period.department,
            on=period.last_day,
            now=tx.now,
        )
        return count_figure(int(await tx.scalar(select(func.count()).select_from(found)) or 0))

    return compute


_BY_DIVISION = "按承接方所在区划统计；同一移交方的同一职权下放或委托给多个承接方只计一项"
_BY_DIVISION_EN = "by receiving division; one code of one giving division counts once"

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="powers_proxied",
        name_zh="代实施职权数",
        definition_zh="由市直部门代功能区（如枫溪区）实施的在行职权",
        definition_en="Powers in force that are carried out for a functional district",
        unit="项",
        compute=_proxied,
        records="/catalog/v1/powers?proxied=true&standing=in-force",
    ),
    Indicator(
        code="powers_delegated_to_county",
        name_zh="下放县级职权数",
        definition_zh=f"由县级部门承接的下放、委托职权，{_BY_DIVISION}",
        definition_en=f"Powers moved down to counties, {_BY_DIVISION_EN}",
        unit="项",
        compute=_delegated("county"),
        records="/catalog/v1/delegated-powers?level=county",
    ),
    Indicator(
        code="powers_delegated_to_town",
        name_zh="下放镇街职权数",
        definition_zh=f"由镇街承接的下放、委托职权，{_BY_DIVISION}",
        definition_en=f"Powers moved down to towns, {_BY_DIVISION_EN}",
        unit="项",
        compute=_delegated("town"),
        records="/catalog/v1/delegated-powers?level=town",
    ),
)
