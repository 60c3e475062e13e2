"""Figures of applications (办件)."""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    func,
    select,
)

from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction
from workorder.figures.counting import count_of
from workorder.tables import (
    applications,
)


def _applications_in(instant: Column[Any], period: Period) -> list[ColumnElement[bool]]:
    t = applications.c
    within = period.conditions(at=instant, division=t.division, department=t.department)
    return [instant.is_not(None), *within]


async def applications_count(tx: Transaction, period: Period) -> Figure:
    return count_figure(await count_of(tx, _applications_in(applications.c.submitted_at, period)))


async def applications_on_time_share(tx: Transaction, period: Period) -> Figure:
    decided = _applications_in(applications.c.decided_at, period)
    on_time = await count_of(tx, [*decided, applications.c.on_time])
    return ratio_figure(on_time, await count_of(tx, decided))


async def business_setup_days(tx: Transaction, period: Period) -> Figure:
    codes = await tx.rule("business-setup-item-codes")
    if not codes:
        return Figure(value=None)
    conditions = [
        *_applications_in(applications.c.decided_at, period),
        applications.c.item_code.in_(codes),
    ]
    median = func.percentile_cont(0.5).within_group(applications.c.working_days_used)
    found = await tx.scalar(select(median).where(*conditions))
    count = await count_of(tx, conditions)
    return Figure(value=None if found is None else round(found), denominator=count)


INDICATORS = (
    Indicator(
        code="applications",
        name_zh="办件量",
        definition_zh="期内收到的办件申请",
        definition_en="Applications handed in in the period",
        unit="件",
        compute=applications_count,
        records="/workorder/v1/applications",
    ),
    Indicator(
        code="applications_on_time_share",
        name_zh="办件按时办结率",
        definition_zh="期内作出决定的办件中，在到期日当日或之前决定的占比",
        definition_en="Applications decided in the period on or before their due date / applications decided in it",
        unit="%",
        compute=applications_on_time_share,
        records="/workorder/v1/applications?state=delivered",
    ),
    Indicator(
        code="business_setup_days",
        name_zh="开办企业办理时间",
        definition_zh="期内决定的开办企业事项自受理至决定的工作日中位数（扣除停表日）；事项见规则 business-setup-item-codes，未填写时为空",
        definition_en="Median working days from acceptance to decision of the items in rule business-setup-item-codes; null while it is empty",
        unit="工作日",
        compute=business_setup_days,
        records="/workorder/v1/applications",
    ),
)
