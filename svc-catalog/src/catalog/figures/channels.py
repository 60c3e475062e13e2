"""The figures of channels and of handling elsewhere, at the end of a day; each opens to the records it counts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import select

from catalog.domain import measures
from catalog.domain.channels import days_between, figure_of_days
from catalog.queries import channels as queries
from catalog.queries.cross_region import count_with_scope
from catalog.queries.history import departments_with, measured
from catalog.tables.channels import channels
from chassis.clock import local_date
from chassis.indicators import Figure, Indicator, Period, count_figure
from chassis.transaction import Transaction

Compute = Callable[[Transaction, Period], Awaitable[Figure]]

MISSING_NAMED_MAX = 100
DAYS_MAX = 4_000
"""Days that a sum goes back at most when it is asked for without `from`."""

_NAMES = {
    "yue-sheng-shi": "粤省事",
    "yue-shang-tong": "粤商通",
    "yue-zhi-zhu": "粤智助",
    "i-chaozhou": "i潮州",
}
_REPORTED = {
    "users": ("注册用户", "registered users", "人"),
    "visits": ("访问量", "visits", "次"),
    "cases": ("办件量", "cases handled", "件"),
}
_SCOPES = {"same-city": "同城", "cross-city": "跨市", "cross-province": "跨省"}


def _items(channel: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        if not _has_book(booked, channel):
            measure = measures.on_channel(channel) if channel else measures.ANY_CHANNEL
            return count_figure((await measured(tx, period, measure))[measure])
        items, _ = await queries.count_live(tx, booked, channel, period, day)
        return count_figure(items)

    return compute


def _departments(channel: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        day = period.day(tx.now)
        booked = await queries.booked_by(tx, day)
        if not _has_book(booked, channel):
            measure = measures.on_channel(channel) if channel else measures.ANY_CHANNEL
            return count_figure(await departments_with(tx, period, measure))
        _, departments = await queries.count_live(tx, booked, channel, period, day)
        return count_figure(departments)

    return compute


def _has_book(booked: queries.Booked, channel: str) -> bool:
    return booked.get(channel, False) if channel else any(booked.values())


def _reported(measure: str, channel: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        if period.department:
            return Figure(value=None, missing=("channels report by division, not by department",))
        kind = (await tx.rule("channel-measures"))[measure]
        last = period.last_day or local_date(tx.now) - timedelta(days=1)
        statement = select(channels).where(
            channels.c.figures_from.is_not(None), channels.c.figures_from <= last
        )
        if channel:
            statement = statement.where(channels.c.code == channel)
        due = {row.code: row for row in await tx.all(statement.order_by(channels.c.code))}
        if not due:
            return Figure(value=None, missing=("no channel reports this yet",))
        begin = max(
            period.first_day or min(row.figures_from for row in due.values()),
            last - timedelta(days=DAYS_MAX - 1),
        )
        found = await queries.figures_by_day(tx, list(due), begin, last, period.division)
        total = 0
        missing: list[str] = []
        for code, row in due.items():
            end = min(last, row.until - timedelta(days=1)) if row.until is not None else last
            days = days_between(max(begin, row.figures_from), end)
            value, lost = figure_of_days({day: found[code].get(day) for day in days}, measure, kind)
            total += value or 0
            missing.extend(f"{code} {day}" for day in lost)
        if missing:
            return Figure(value=None, missing=tuple(missing[:MISSING_NAMED_MAX]))
        return count_figure(total)

    return compute


def _elsewhere(scope: str) -> Compute:
    async def compute(tx: Transaction, period: Period) -> Figure:
        day = period.day(tx.now)
        return count_figure(await count_with_scope(tx, period, day, scope))

    return compute


def _live_indicators(channel: str) -> tuple[Indicator, ...]:
    suffix = f"_{channel.replace('-', '_')}" if channel else ""
    zh = _NAMES.get(channel, "任一渠道")
    en = channel or "at least one channel"
    records = "/catalog/v1/channel-items" + (f"?channel={channel}" if channel else "")
    return (
        Indicator(
            code=f"channel_items{suffix}",
            name_zh=f"{zh}上线事项数" if channel else "上线渠道事项数",
            definition_zh=f"在办且已在{zh}上线的事项，以渠道自报上线清单为准；渠道尚未报过清单的，以办事指南所写为准",
            definition_en=f"Items in force and live on {en}, by the channel's own list; by the guides where it never gave one",
            unit="项",
            compute=_items(channel),
            records=records,
        ),
        Indicator(
            code=f"channel_departments{suffix}",
            name_zh=f"{zh}上线部门数" if channel else "上线渠道部门数",
            definition_zh=f"有事项在{zh}上线的部门数，口径同上线事项数",
            definition_en=f"Departments with items live on {en}, counted as channel_items",
            unit="个",
            compute=_departments(channel),
            records=records.replace("/channel-items", "/channel-departments"),
        ),
    )


def _reported_indicators(channel: str) -> tuple[Indicator, ...]:
    suffix = f"_{channel.replace('-', '_')}" if channel else ""
    zh = _NAMES.get(channel, "各渠道合计")
    return tuple(
        Indicator(
            code=f"channel_{measure}{suffix}",
            name_zh=f"{zh}{word}",
            definition_zh=(
                f"{zh}逐日自报的{word}；累计口径取期末日，当日口径按日求和（规则 channel-measures）；"
                "缺任一日即为空，并列出缺报日"
            ),
            definition_en=(
                f"{english.capitalize()} as reported daily by the channel; cumulative: at the last day, daily: summed "
                "(rule channel-measures); null with a day missing, and the days are named"
            ),
            unit=unit,
            compute=_reported(measure, channel),
            records="/catalog/v1/channel-figures" + (f"?channel={channel}" if channel else ""),
        )
        for measure, (word, english, unit) in _REPORTED.items()
    )


INDICATORS: tuple[Indicator, ...] = (
    *(one for channel in ("", *_NAMES) for one in _live_indicators(channel)),
    *(one for channel in ("", *_NAMES) for one in _reported_indicators(channel)),
    *(
        Indicator(
            code=f"cross_region_items_{scope.replace('-', '_')}",
            name_zh=f"{word}通办事项数",
            definition_zh=f"在办且写明{word}通办方式的事项",
            definition_en=f"Items in force that declare a {scope} mode of handling elsewhere",
            unit="项",
            compute=_elsewhere(scope),
            records=f"/catalog/v1/cross-region/items?scope={scope}",
        )
        for scope, word in _SCOPES.items()
    ),
)
