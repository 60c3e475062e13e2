"""Office hours (办公时间): how much of a working day counts, and when a number of office hours is over.

Instants go in and come out; days are the city's. A day that is worked has the hours of its division, a day that is
not has none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from chassis.clock import CITY_ZONE, local_date
from chassis.working_days import WorkingDays

Intervals = tuple[tuple[time, time], ...]
"""Openings of one day in order, none touching the next; each from a time up to another."""

USUAL: Intervals = ((time(9), time(12)), (time(14), time(17, 30)))
DAYS_MAX = 20_000
"""So far ahead office hours are looked for; a calendar without a working day in between is no calendar."""


@dataclass(frozen=True, kw_only=True)
class OfficeHours:
    """The city's hours, and those of divisions that keep others; the longest code that fits decides."""

    city: Intervals = USUAL
    divisions: Mapping[str, Intervals] = field(default_factory=dict)

    def of(self, division: str) -> Intervals:
        for length in range(len(division), 0, -1):
            if division[:length] in self.divisions:
                return self.divisions[division[:length]]
        return self.city


def office_hours_of(value: Mapping[str, object]) -> OfficeHours:
    """The rule `office-hours`: {"city": [["09:00", "12:00"], …], "divisions": {code: [...]}}.

    Raises ValueError for hours that are out of order or empty.
    """
    divisions = value.get("divisions") or {}
    if not isinstance(divisions, Mapping):
        raise ValueError("divisions: a division's code to its hours")
    return OfficeHours(
        city=_intervals(value.get("city")),
        divisions={str(code): _intervals(hours) for code, hours in divisions.items()},
    )


def day_length(intervals: Intervals) -> timedelta:
    """How long an office is open on a day."""
    return sum((_length(each) for each in intervals), timedelta())


def closes_at(day: date, intervals: Intervals) -> datetime:
    return datetime.combine(day, intervals[-1][1], CITY_ZONE)


def office_time_between(
    start: datetime, end: datetime, *, calendar: WorkingDays, intervals: Intervals
) -> timedelta:
    """How much of the time from `start` to `end` was office time; nothing when `end` is not after `start`."""
    total = timedelta()
    for opens, closes in _openings(start, calendar, intervals):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta())
    return total


def office_time_end(
    start: datetime, amount: timedelta, *, calendar: WorkingDays, intervals: Intervals
) -> datetime:
    """The first instant at which so much office time has passed since `start`.

    With nothing to pass: `start`, or when the office opens next.
    """
    left = amount
    for opens, closes in _openings(start, calendar, intervals):
        begin = max(opens, start)
        if closes <= begin:
            continue
        if left <= closes - begin:
            return begin + left
        left -= closes - begin
    raise ValueError("the calendar has no more working days")


def _openings(
    start: datetime, calendar: WorkingDays, intervals: Intervals
) -> Iterator[tuple[datetime, datetime]]:
    day = local_date(start)
    for _ in range(DAYS_MAX):
        if calendar.is_working_day(day):
            for opens, closes in intervals:
                yield (
                    datetime.combine(day, opens, CITY_ZONE),
                    datetime.combine(day, closes, CITY_ZONE),
                )
        day += timedelta(days=1)


def _intervals(value: object) -> Intervals:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ValueError("office hours: a list of pairs of times")
    pairs = tuple((time.fromisoformat(pair[0]), time.fromisoformat(pair[1])) for pair in value)
    edges = [edge for pair in pairs for edge in pair]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ValueError("office hours: each opening ends after it begins, and before the next")
    return pairs


def _length(interval: tuple[time, time]) -> timedelta:
    opens, closes = interval
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
