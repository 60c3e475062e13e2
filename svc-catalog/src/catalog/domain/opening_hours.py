"""When a hall is open: the week, the working-day calendar, extended hours (延时服务、周末不打烊) and single days.

What holds on a day, first match: the exception stated for that day; on a statutory holiday the holiday hours; on a
working Saturday or Sunday (调休) those of `make_up_weekday`; else the weekday's. Extended hours are added on the
weekdays they name, never on a holiday and never to an exception. Times are those of Asia/Shanghai.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from chassis.clock import CITY_ZONE, local_date
from chassis.working_days import WorkingDays

HORIZON_DAYS = 60
"""How far ahead an opening is looked for; beyond it a hall counts as closed until further notice."""
_DAY = timedelta(days=1)
_SATURDAY = 6
_HOLIDAY_RUN_MAX = 15


@dataclass(frozen=True, order=True)
class Interval:
    """From `opens` up to `closes`, not beyond midnight; 24:00 is written 23:59."""

    opens: time
    closes: time

    def holds(self, start: time, end: time) -> bool:
        return self.opens <= start and end <= self.closes


Intervals = tuple[Interval, ...]


@dataclass(frozen=True, kw_only=True)
class Extended:
    """Hours beyond the usual ones: `name` as people know it, on which weekdays (1 is Monday)."""

    name: str
    weekdays: tuple[int, ...]
    hours: Intervals


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A place's hours. A weekday that is not named is a closed one."""

    weekly: Mapping[int, Intervals] = field(default_factory=dict)
    holidays: Intervals = ()
    make_up_weekday: int = 1
    extended: tuple[Extended, ...] = ()
    exceptions: Mapping[date, Intervals] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether anybody has stated hours at all: unknown is not closed."""
        return bool(self.weekly or self.extended or self.exceptions)


def is_holiday(day: date, calendar: WorkingDays) -> bool:
    """A day off that belongs to a statutory holiday: the days off around it take in one from Monday to Friday."""
    if calendar.is_working_day(day):
        return False
    return any(each.isoweekday() < _SATURDAY for each in _days_off_around(day, calendar))


def _days_off_around(day: date, calendar: WorkingDays) -> Sequence[date]:
    found = [day]
    for step in (-_DAY, _DAY):
        each = day + step
        while not calendar.is_working_day(each) and len(found) < _HOLIDAY_RUN_MAX:
            found.append(each)
            each += step
    return found


def hours_on(day: date, schedule: Schedule, calendar: WorkingDays) -> Intervals:
    """When the place is open on a day, earliest first; empty: closed."""
    if day in schedule.exceptions:
        return schedule.exceptions[day]
    if is_holiday(day, calendar):
        return schedule.holidays
    weekday = day.isoweekday()
    usual = weekday
    if weekday >= _SATURDAY and calendar.is_working_day(day):
        usual = schedule.make_up_weekday
    more = [
        interval
        for extended in schedule.extended
        if weekday in extended.weekdays
        for interval in extended.hours
    ]
    return merged((*schedule.weekly.get(usual, ()), *more))


def merged(intervals: Sequence[Interval]) -> Intervals:
    """The same times without overlaps, in order."""
    found: list[Interval] = []
    for each in sorted(intervals):
        if found and each.opens <= found[-1].closes:
            found[-1] = Interval(found[-1].opens, max(found[-1].closes, each.closes))
        else:
            found.append(each)
    return tuple(found)


def is_open(at: datetime, schedule: Schedule, calendar: WorkingDays) -> bool:
    """Open at this instant; the minute of closing is closed."""
    local = at.astimezone(CITY_ZONE)
    clock = local.time().replace(tzinfo=None)
    return any(
        each.opens <= clock < each.closes for each in hours_on(local.date(), schedule, calendar)
    )


def next_opening(at: datetime, schedule: Schedule, calendar: WorkingDays) -> datetime | None:
    """The first opening after this instant, within the horizon."""
    today = local_date(at)
    for step in range(HORIZON_DAYS):
        day = today + _DAY * step
        for each in hours_on(day, schedule, calendar):
            opens = datetime.combine(day, each.opens, CITY_ZONE)
            if opens > at:
                return opens
    return None


def next_open_day(after: date, schedule: Schedule, calendar: WorkingDays) -> date | None:
    """The first day after this one with any hours, within the horizon."""
    for step in range(1, HORIZON_DAYS):
        if hours_on(after + _DAY * step, schedule, calendar):
            return after + _DAY * step
    return None


def calendar_of(own_days: Mapping[str, bool]) -> WorkingDays:
    """The State Council's calendar with the city's own days: `{"2026-05-09": true}` makes that a working day."""
    return WorkingDays({date.fromisoformat(day): works for day, works in own_days.items()})


def schedule_of(kept: Mapping[str, Any], exceptions: Mapping[date, Any] | None = None) -> Schedule:
    """From the form in which it is kept and sent: weekdays as "1" to "7", intervals as ["09:00", "12:00"]."""
    return Schedule(
        weekly={int(day): intervals_of(hours) for day, hours in kept.get("weekly", {}).items()},
        holidays=intervals_of(kept.get("holidays", ())),
        make_up_weekday=int(kept.get("make_up_weekday", 1)),
        extended=tuple(
            Extended(
                name=str(each["name"]),
                weekdays=tuple(each["weekdays"]),
                hours=intervals_of(each["hours"]),
            )
            for each in kept.get("extended", ())
        ),
        exceptions={day: intervals_of(hours) for day, hours in (exceptions or {}).items()},
    )


def intervals_of(kept: Sequence[Sequence[str]]) -> Intervals:
    return tuple(Interval(time.fromisoformat(a), time.fromisoformat(b)) for a, b in kept)


def intervals_out(hours: Intervals) -> list[list[str]]:
    return [[each.opens.strftime("%H:%M"), each.closes.strftime("%H:%M")] for each in hours]
