"""Figures: general windows, kiosks and appointments.

One window (一窗通办) is counted by the windows' book: what general windows take in on the day. The guides' flag is a
claim; it counts only until the book begins, and `/halls/window-differences` names where the two disagree.
"""

from sqlalchemy import func, select

from catalog.domain import measures
from catalog.queries import halls as queries
from catalog.queries.appointments import appointment_days
from catalog.queries.history import departments_with, measured
from chassis.clock import local_date
from chassis.indicators import Figure, Indicator, Period, count_figure, ratio_figure
from chassis.transaction import Transaction


async def _one_window_items(tx: Transaction, period: Period) -> Figure:
    day = period.day(tx.now)
    if not await queries.has_window_book(tx, day):
        return count_figure((await measured(tx, period, measures.ONE_WINDOW))[measures.ONE_WINDOW])
    listed = queries.one_window(day, period, booked=True).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(listed)) or 0))


async def _one_window_departments(tx: Transaction, period: Period) -> Figure:
    day = period.day(tx.now)
    if not await queries.has_window_book(tx, day):
        return count_figure(await departments_with(tx, period, measures.ONE_WINDOW))
    listed = queries.one_window_departments(day, period, booked=True).subquery()
    return count_figure(int(await tx.scalar(select(func.count()).select_from(listed)) or 0))


async def _towns_with_kiosk(tx: Transaction, period: Period) -> Figure:
    day = period.day(tx.now)
    listed = queries.kiosk_coverage(period.division, "town", day).subquery()
    having = func.count().filter(listed.c.kiosks > 0).label("having")
    row = (await tx.all(select(func.count().label("all"), having).select_from(listed)))[0]
    return ratio_figure(row.having, row.all)


async def _appointments_kept(tx: Transaction, period: Period) -> Figure:
    listed = appointment_days(period, local_date(tx.now)).subquery()
    row = (
        await tx.all(
            select(
                func.coalesce(func.sum(listed.c.kept), 0).label("kept"),
                func.coalesce(func.sum(listed.c.missed), 0).label("missed"),
            )
        )
    )[0]
    return ratio_figure(int(row.kept), int(row.kept) + int(row.missed))


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="one_window_departments",
        name_zh="一窗通办部门数",
        definition_zh="当日有事项由综合窗口受理的部门数，以大厅窗口台账为准；台账建立前以办事指南所写为准",
        definition_en="Departments with items taken in at general windows, by the windows' book; before it, by the guides",
        unit="个",
        compute=_one_window_departments,
        records="/catalog/v1/halls/one-window-departments",
    ),
    Indicator(
        code="one_window_items",
        name_zh="一窗通办事项数",
        definition_zh="当日在办且由综合窗口受理的事项，以大厅窗口台账为准；台账建立前以办事指南所写为准",
        definition_en="Items in force taken in at general windows, by the windows' book; before it, by the guides",
        unit="项",
        compute=_one_window_items,
        records="/catalog/v1/halls/one-window-items",
    ),
    Indicator(
        code="towns_with_kiosk_share",
        name_zh="自助终端镇街覆盖率",
        definition_zh="有自助终端的镇街 / 全部镇街",
        definition_en="Towns with a kiosk / towns",
        unit="%",
        compute=_towns_with_kiosk,
        records="/catalog/v1/kiosks/coverage",
    ),
    Indicator(
        code="appointments_kept_share",
        name_zh="预约到场率",
        definition_zh="期内预约中已签到的 /（已签到的 + 未到的），不含取消的",
        definition_en="Appointments of the period that were kept / kept or missed; cancelled ones count in neither",
        unit="%",
        compute=_appointments_kept,
        records="/catalog/v1/appointment-days",
    ),
)
