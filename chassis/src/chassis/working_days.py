"""Working days of the State Council's calendar, make-up days (调休) included.

A year is known once its paper is published, usually in the November before. For a year beyond that, the
weekday rule answers and says that it is provisional: nobody is refused for it, and due dates are reckoned
again when the paper is loaded. Looked up in this order: the city's own days, loaded years, the library's
published years, the weekday rule.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import chinese_calendar
from chinese_calendar.constants import holidays as _library_holidays

_DAY = timedelta(days=1)
_SATURDAY = 5
_WORKING_DAYS_MAX = 10_000
_YEAR_DAYS_MIN = 365

# A year is published when its National Day is: its paper may also name days of the December before.
_PUBLISHED_YEARS = frozenset(
    day.year for day in _library_holidays if (day.month, day.day) == (10, 1)
)


@dataclass(frozen=True, kw_only=True)
class DueDate:
    """A day reckoned in working days; provisional when a day on the way is not published yet."""

    on: date
    is_provisional: bool


class WorkingDays:
    """The calendar of one city. `overrides` are its own days and win over everything else."""

    def __init__(self, overrides: Mapping[date, bool] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._years: dict[int, dict[date, bool]] = {}

    def load_year(self, days: Mapping[date, bool]) -> int:
        """Take over a published year, as `parse_holiday_file` reads it; returns which year it is."""
        counts: dict[int, int] = {}
        for day in days:
            counts[day.year] = counts.get(day.year, 0) + 1
        year = max(counts, key=lambda each: counts[each], default=0)
        if counts.get(year, 0) < _YEAR_DAYS_MIN:
            raise ValueError("a year is loaded whole, every day of it")
        self._years[year] = dict(days)
        return year

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day, as far as is known today; see `is_published`."""
        stated = self._stated(day)
        if stated is not None:
            return stated
        if day.year in _PUBLISHED_YEARS:
            return _is_workday(day)
        return day.weekday() < _SATURDAY

    def is_published(self, day: date) -> bool:
        """Whether this day is settled by a paper or by the city, rather than by the weekday rule."""
        return self._stated(day) is not None or day.year in _PUBLISHED_YEARS

    def add(self, start: date, working_days: int) -> DueDate:
        """The n-th working day after `start`, which itself is not counted.

        Zero days: `start` itself when it is a working day, else the next working day.
        """
        if not 0 <= working_days <= _WORKING_DAYS_MAX:
            raise ValueError(f"working_days is between 0 and {_WORKING_DAYS_MAX}")
        if working_days == 0 and self.is_working_day(start):
            return DueDate(on=start, is_provisional=not self.is_published(start))
        day, left, is_settled = start, max(working_days, 1), True
        while left:
            day += _DAY
            is_settled = is_settled and self.is_published(day)
            left -= self.is_working_day(day)
        return DueDate(on=day, is_provisional=not is_settled)

    def between(self, a: date, b: date) -> int:
        """How many working days lie after `a` up to and including `b`; negative when `b` is before `a`."""
        if b < a:
            return -self.between(b, a)
        return sum(self.is_working_day(a + _DAY * step) for step in range(1, (b - a).days + 1))

    def _stated(self, day: date) -> bool | None:
        if day in self._overrides:
            return self._overrides[day]
        # The paper of the year after may still move a day of December.
        for year in (day.year + 1, day.year):
            if day in self._years.get(year, {}):
                return self._years[year][day]
        return None


@cache
def _is_workday(day: date) -> bool:
    """What the State Council's papers say: asked many times for the same few days, and slow to answer."""
    return bool(chinese_calendar.is_workday(day))


def parse_holiday_file(text: str | bytes) -> dict[date, bool]:
    """Read `{"year": 2026, "days": [{"name", "date", "isOffDay"}]}` into day -> is it a working day.

    Every day of the year is there (weekends are off unless a make-up day), and the days of the
    neighbouring years that the paper names. ValueError when the file is anything else.
    """
    try:
        content = json.loads(text)
        year = int(content["year"])
        named = {_named_day(entry): not entry["isOffDay"] for entry in content["days"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a holiday file: {error!r}") from error
    if not any(day.year == year for day in named):
        raise ValueError(f"the file names no day of {year}")
    first, last = date(year, 1, 1), date(year, 12, 31)
    whole = {
        day: day.weekday() < _SATURDAY
        for day in (first + _DAY * step for step in range((last - first).days + 1))
    }
    return whole | named


def _named_day(entry: Mapping[str, Any]) -> date:
    if not isinstance(entry["isOffDay"], bool):
        raise TypeError("isOffDay is true or false")
    return date.fromisoformat(entry["date"])
