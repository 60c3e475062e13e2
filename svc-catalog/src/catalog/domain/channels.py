"""Channels (渠道): what one is, whose it is to report for, and what a day's figures may say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from chassis.clock import CITY_ZONE
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError

MEASURES = ("users", "visits", "cases")
SCOPE_PREFIX = "channel:"
"""A partner's grant names its channel as a scope: `channel:yue-sheng-shi`."""

_DAY = timedelta(days=1)


class ChannelNotYoursError(ForbiddenError):
    code = "channel-not-yours"
    title_zh = "合作方只能报送授权范围内的渠道；如需报送此渠道，请由系统管理员在授权中加入"
    title_en = "A partner reports for the channels of its grant only; ask for a grant that names it"


class FutureDayError(InvalidError):
    code = "future-day"
    title_zh = "不能报送未来日期的数据，请核对 day"
    title_en = "A day that has not come yet cannot be reported; check `day`"


class NothingReportedError(InvalidError):
    code = "nothing-reported"
    title_zh = "users、visits、cases 至少填一项；未统计的不要填 0"
    title_en = "Give at least one of users, visits, cases; leave out what was not counted, never 0"


class CorrectionReasonError(InvalidError):
    code = "correction-needs-reason"
    title_zh = "该日数据已报送，更正须填写 reason 说明原因；原报数据保留"
    title_en = "This day is reported already; a correction says why in `reason`, and the earlier report stays"


class CumulativeFallsError(InvalidError):
    code = "cumulative-falls"
    title_zh = "累计数与前后日期不一致，请核对；确属更正的请填写 reason"
    title_en = (
        "A cumulative figure does not fit the days around it; check it, or say why in `reason`"
    )


class RowTwiceError(InvalidError):
    code = "row-twice"
    title_zh = "同一渠道、日期和区划重复，请只保留一行"
    title_en = "The same channel, day and division stand twice; keep one row"


class ChannelNotThereError(ConflictError):
    code = "channel-not-there"
    title_zh = "该渠道在这一天尚未启用或已停用，请核对日期，或由系统管理员更正渠道的起止日期"
    title_en = "The channel was not there on this day; check the day, or have its dates corrected"


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when until when a channel is there; `until` is the first day on which it is not."""

    since: date | None
    until: date | None

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )


@dataclass(frozen=True, kw_only=True)
class FiguresSaid:
    """What is said of a day of a channel: as a whole, or in a division."""

    day: date
    division: str
    """Empty: the channel as a whole."""
    figures: Mapping[str, int | None]
    """By measure; what was not counted is None or left out."""
    reason: str = ""

    @property
    def key(self) -> tuple[date, str]:
        return self.day, self.division


def may_report(channel: str, *, is_partner: bool, scopes: frozenset[str]) -> None:
    """Raise ChannelNotYoursError for a partner whose grant does not name this channel."""
    if is_partner and f"{SCOPE_PREFIX}{channel}" not in scopes:
        raise ChannelNotYoursError


def check_day_figures(
    day: date, figures: Mapping[str, int | None], *, today: date, span: Span
) -> None:
    """Raise FutureDayError, NothingReportedError or ChannelNotThereError."""
    if day > today:
        raise FutureDayError
    if all(figures.get(measure) is None for measure in MEASURES):
        raise NothingReportedError
    if not span.holds(day):
        raise ChannelNotThereError


def falling(
    figures: Mapping[str, int | None],
    *,
    before: Mapping[str, int | None] | None,
    after: Mapping[str, int | None] | None,
    kinds: Mapping[str, str],
) -> list[FieldFault]:
    """A cumulative measure below the last day's, or above a later day's: surely a slip of the pen."""
    found = []
    for measure in MEASURES:
        value = figures.get(measure)
        if kinds.get(measure) != "cumulative" or value is None:
            continue
        low = before.get(measure) if before else None
        high = after.get(measure) if after else None
        if (low is not None and value < low) or (high is not None and value > high):
            found.append(
                FieldFault(
                    pointer=f"/{measure}",
                    code="cumulative-falls",
                    zh=f"{measure} 是累计数，不应低于前一次或高于后一次报送；请核对，确属更正的请填写 reason",
                    en=f"`{measure}` is cumulative and does not fall from day to day; check it, or say why in `reason`",
                )
            )
    return found


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for step in range((last - first).days + 1):
        yield first + _DAY * step


def due_at(day: date, hour: int) -> datetime:
    """When the figures of a day are due: at this hour of the next day, in the city."""
    return datetime.combine(day + _DAY, time(hour), CITY_ZONE)


def last_due_day(now: datetime, hour: int) -> date:
    """The last day whose figures should be there by now."""
    local = now.astimezone(CITY_ZONE)
    back = 1 if local.hour >= hour else 2
    return local.date() - _DAY * back


def figure_of_days(
    days: Mapping[date, Mapping[str, Any] | None], measure: str, kind: str
) -> tuple[int | None, list[date]]:
    """A measure over days, and the days that are missing: with one missing there is no figure, never 0.

    A cumulative measure is that of the last day; a daily one is the sum.
    """
    wanted = [max(days)] if kind == "cumulative" and days else list(days)
    values = {day: (days[day] or {}).get(measure) for day in wanted}
    missing = sorted(day for day, value in values.items() if value is None)
    if missing or not values:
        return None, missing
    return sum(value for value in values.values() if value is not None), []
