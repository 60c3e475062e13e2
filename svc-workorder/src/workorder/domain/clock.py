"""The promised clock (承诺时限) as pure functions: when it is due, counted again from its ledger at any time.

due = the n-th working day after the start, n = promised days + working days on which the clock stood still.
A stop leaves the day it begins running and gives back every working day after it, up to the day it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from chassis.clock import CITY_ZONE
from chassis.working_days import DueDate, WorkingDays

StopKind = Literal["correction", "hearing", "inspection", "expert-review"]
AlarmLevel = Literal["yellow", "red", "missed"]

LEVELS: tuple[AlarmLevel, ...] = ("yellow", "red", "missed")


@dataclass(kw_only=True)
class Stop:
    """One entry of the ledger: why the clock stood still, from which day to which. Open while `ended_on` is None."""

    id: UUID
    kind: StopKind
    started_on: date
    planned_until: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class ClockRules:
    """The calendar of the city and the rules of its clocks, as they hold now."""

    calendar: WorkingDays
    yellow_days: int = 1
    """Working days before the due date on which the yellow alarm is given."""
    red_days: int = 0
    alarm_hour: int = 9
    correction_ask_days: int = 5
    """Working days after receipt within which a correction can be asked for before acceptance."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The next alarm of a running clock."""

    level: AlarmLevel
    at: datetime


def stopped_days(stops: Sequence[Stop], calendar: WorkingDays) -> int:
    """Working days on which the clock stood still; a day within two stops counts once."""
    counted_to, total = date.min, 0
    for stop in sorted(stops, key=lambda each: each.started_on):
        if stop.ended_on is None or stop.ended_on <= counted_to:
            continue
        total += calendar.between(max(stop.started_on, counted_to), stop.ended_on)
        counted_to = stop.ended_on
    return total


def due_date(
    *, started_on: date, days: int, stops: Sequence[Stop], calendar: WorkingDays
) -> DueDate:
    """The due date from nothing but its ledger: the same answer whenever it is asked."""
    return calendar.add(started_on, days + stopped_days(stops, calendar))


def first_alarm(due_on: date, *, after: datetime, rules: ClockRules) -> Alarm | None:
    """The first alarm that still lies ahead; None when the due date is behind us."""
    for level in LEVELS:
        at = alarm_instant(level, due_on, rules)
        if at > after:
            return Alarm(level=level, at=at)
    return None


def alarm_after(level: AlarmLevel, due_on: date, rules: ClockRules) -> Alarm | None:
    """The alarm that follows `level`, even when its time has passed: none is skipped by a process that was away."""
    place = LEVELS.index(level) + 1
    if place == len(LEVELS):
        return None
    return Alarm(level=LEVELS[place], at=alarm_instant(LEVELS[place], due_on, rules))


def alarm_instant(level: AlarmLevel, due_on: date, rules: ClockRules) -> datetime:
    """When this level is given: in the morning of its day; `missed` as soon as the due day is over."""
    if level == "missed":
        return datetime.combine(due_on + timedelta(days=1), time(), CITY_ZONE)
    days = rules.yellow_days if level == "yellow" else rules.red_days
    day = _working_days_before(due_on, days, rules.calendar)
    return datetime.combine(day, time(rules.alarm_hour), CITY_ZONE)


def _working_days_before(day: date, count: int, calendar: WorkingDays) -> date:
    while count > 0:
        day -= timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day
