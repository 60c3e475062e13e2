"""The promised clock (承诺时限) as pure functions: when it is due, counted again from its ledger at any time.

due = the n-th working day after the start, n = promised days + working days on which the clock stood still.
A stop leaves the day it begins running and gives back every working day after it, up to the day it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from chassis.clock import CITY_ZONE, local_date
from chassis.working_days import DueDate, WorkingDays
from workorder.domain.office_hours import (
    OfficeHours,
    closes_at,
    day_length,
    office_time_between,
    office_time_end,
)

StopKind = Literal["correction", "hearing", "inspection", "expert-review"]
"""Why an application's clock stands still; those of other work are named by their process."""
AlarmLevel = str
"""yellow, red, missed; then escalated-1, escalated-2, … as the rule `escalations` has them."""

LEVELS: tuple[AlarmLevel, ...] = ("yellow", "red", "missed")
ESCALATED = "escalated-"


@dataclass(kw_only=True)
class Stop:
    """One entry of the ledger: why the clock stood still, from which day to which. Open while `ended_on` is None."""

    id: UUID
    kind: str
    started_on: date
    planned_until: date | None = None
    ended_on: date | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_kept: bool = False
    """Whether the books have it."""
    is_kept_ended: bool = False

    def end(self, at: datetime) -> None:
        """It is over. A machine's clock that was set back ends it no earlier than it began."""
        began = self.started_at or at
        self.ended_at = max(at, began)
        self.ended_on = max(local_date(self.ended_at), self.started_on)


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Who is told of work that is late by so many working days."""

    days: int
    to: str


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
    escalations: tuple[Escalation, ...] = ()
    """In order of their days."""
    office_hours: OfficeHours = field(default_factory=OfficeHours)
    is_next_day_after_close: bool = False
    """Whether what comes after the office has closed counts from the next working day's date."""
    is_next_day_when_off: bool = False
    """Likewise for what comes on a day off."""

    @property
    def levels(self) -> tuple[AlarmLevel, ...]:
        """Every level of alarm, in the order in which they are given."""
        return (*LEVELS, *(f"{ESCALATED}{place + 1}" for place in range(len(self.escalations))))

    def start_day(self, at: datetime, *, division: str = "") -> date:
        """The day that a clock started at this instant counts from (that day itself is never counted)."""
        day = local_date(at)
        if not self.calendar.is_working_day(day):
            return self.calendar.add(day, 1).on if self.is_next_day_when_off else day
        is_closed = at >= closes_at(day, self.office_hours.of(division))
        if self.is_next_day_after_close and is_closed:
            return self.calendar.add(day, 1).on
        return day


def escalation_of(level: AlarmLevel, rules: ClockRules) -> Escalation | None:
    """Who is told at this level; None when it is none of them, or no longer one."""
    place = level.removeprefix(ESCALATED)
    if place == level or not place.isdigit() or not 0 < int(place) <= len(rules.escalations):
        return None
    return rules.escalations[int(place) - 1]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The next alarm of a running clock."""

    level: AlarmLevel
    at: datetime


@dataclass(frozen=True, kw_only=True)
class OrderClock:
    """A promised clock: how much of which unit, and since when it runs."""

    unit: str
    """working-days, natural-days, hours or office-hours."""
    amount: int
    started_on: date
    started_at: datetime
    extended_days: int = 0
    """Days granted beside: of its own kind, and for hours whole days of them."""
    division: str = ""
    """Whose office hours count."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a clock runs out: its day, and the first instant that is too late."""

    on: date
    at: datetime
    is_provisional: bool
    half_at: datetime | None = None
    """For clocks of hours: when half of the budget is left."""


def due_of(clock: OrderClock, *, stops: Sequence[Stop], rules: ClockRules) -> Due:
    """When a clock runs out, from nothing but its start, its budget and its ledger. Never before its start."""
    if clock.unit == "hours":
        return _due_in_hours(clock, stops)
    if clock.unit == "office-hours":
        return _due_in_office_hours(clock, stops, rules)
    days = clock.amount + clock.extended_days
    if clock.unit == "natural-days":
        stood = _stopped_natural_days(stops, since=clock.started_on)
        on = clock.started_on + timedelta(days=days + stood)
        return Due(on=on, at=day_end(on), is_provisional=False)
    due = due_date(started_on=clock.started_on, days=days, stops=stops, calendar=rules.calendar)
    return Due(on=due.on, at=day_end(due.on), is_provisional=due.is_provisional)


def _due_in_hours(clock: OrderClock, stops: Sequence[Stop]) -> Due:
    budget = timedelta(hours=clock.amount, days=clock.extended_days)
    stood = sum((end - begin for begin, end in _spans(stops, clock.started_at)), timedelta())
    at = clock.started_at + budget + stood
    return Due(on=local_date(at), at=at, is_provisional=False, half_at=at - budget / 2)


def _due_in_office_hours(clock: OrderClock, stops: Sequence[Stop], rules: ClockRules) -> Due:
    intervals = rules.office_hours.of(clock.division)
    budget = timedelta(hours=clock.amount) + day_length(intervals) * clock.extended_days
    stood = sum(
        (
            office_time_between(begin, end, calendar=rules.calendar, intervals=intervals)
            for begin, end in _spans(stops, clock.started_at)
        ),
        timedelta(),
    )

    def after(amount: timedelta) -> datetime:
        return office_time_end(
            clock.started_at, amount, calendar=rules.calendar, intervals=intervals
        )

    at = after(budget + stood)
    on = local_date(at)
    return Due(
        on=on,
        at=at,
        is_provisional=not _is_published(local_date(clock.started_at), on, rules.calendar),
        half_at=after(stood + budget / 2),
    )


def _is_published(first: date, last: date, calendar: WorkingDays) -> bool:
    days = (last - first).days + 1
    return all(calendar.is_published(first + timedelta(days=each)) for each in range(days))


def wait_end(
    unit: str, amount: int, since: datetime | date, rules: ClockRules, *, division: str = ""
) -> datetime:
    """The first instant that is too late for something that may wait this long."""
    if isinstance(since, datetime):
        if unit == "hours":
            return since + timedelta(hours=amount)
        if unit == "office-hours":
            return office_time_end(
                since,
                timedelta(hours=amount),
                calendar=rules.calendar,
                intervals=rules.office_hours.of(division),
            )
    day = local_date(since) if isinstance(since, datetime) else since
    if unit == "working-days":
        return day_end(rules.calendar.add(day, amount).on)
    return day_end(day + timedelta(days=amount))


def day_end(day: date) -> datetime:
    """The first instant of the day after: what comes then is late."""
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)


def first_alarm_of(due: Due, *, after: datetime, rules: ClockRules) -> Alarm | None:
    """The first alarm that still lies ahead; a clock of hours has one when half is left, and one at its end."""
    if due.half_at is None:
        return first_alarm(due.on, after=after, rules=rules)
    if due.half_at > after:
        return Alarm(level="yellow", at=due.half_at)
    if due.at > after:
        return Alarm(level="missed", at=due.at)
    return _first_of(rules.levels[len(LEVELS) :], due.on, after=after, rules=rules)


def _spans(stops: Sequence[Stop], since: datetime) -> list[tuple[datetime, datetime]]:
    """From when until when it stood still, each instant once, as far as it lies after `since`."""
    spans: list[tuple[datetime, datetime]] = []
    seen_to = since
    for stop in sorted(stops, key=lambda each: each.started_at or since):
        if stop.started_at is None or stop.ended_at is None:
            continue
        # One that ends before it begins (a machine's clock was set back) stopped nothing.
        if stop.ended_at <= max(seen_to, stop.started_at):
            continue
        spans.append((max(stop.started_at, seen_to), stop.ended_at))
        seen_to = stop.ended_at
    return spans


def _day_spans(stops: Sequence[Stop], since: date) -> list[tuple[date, date]]:
    """The same in days: after the first of each pair, up to and including the second."""
    spans: list[tuple[date, date]] = []
    seen_to = since
    for stop in sorted(stops, key=lambda each: each.started_on):
        if stop.ended_on is None or stop.ended_on <= seen_to or stop.ended_on < stop.started_on:
            continue
        spans.append((max(stop.started_on, seen_to), stop.ended_on))
        seen_to = stop.ended_on
    return spans


def _stopped_natural_days(stops: Sequence[Stop], *, since: date) -> int:
    return sum((end - begin).days for begin, end in _day_spans(stops, since))


def stopped_days(stops: Sequence[Stop], calendar: WorkingDays, *, since: date = date.min) -> int:
    """Working days after `since` on which the clock stood still; a day within two stops counts once."""
    return sum(calendar.between(begin, end) for begin, end in _day_spans(stops, since))


def due_date(
    *, started_on: date, days: int, stops: Sequence[Stop], calendar: WorkingDays
) -> DueDate:
    """The due date from nothing but its ledger: the same answer whenever it is asked.

    A stop counts as far as it lies after the start: what was stopped before the clock ran took nothing from it.
    """
    return calendar.add(started_on, days + stopped_days(stops, calendar, since=started_on))


def first_alarm(due_on: date, *, after: datetime, rules: ClockRules) -> Alarm | None:
    """The first alarm that still lies ahead; None when all are behind us."""
    return _first_of(rules.levels, due_on, after=after, rules=rules)


def _first_of(
    levels: Sequence[AlarmLevel], due_on: date, *, after: datetime, rules: ClockRules
) -> Alarm | None:
    for level in levels:
        at = alarm_instant(level, due_on, rules)
        if at > after:
            return Alarm(level=level, at=at)
    return None


def alarm_after(
    level: AlarmLevel, due_on: date, rules: ClockRules, *, due_at: datetime | None = None
) -> Alarm | None:
    """The alarm that follows `level`, even when its time has passed: none is skipped by a process that was away.

    `due_at` is given where the clock may end within a day.
    """
    levels = rules.levels
    if level not in levels or level == levels[-1]:
        return None
    following = levels[levels.index(level) + 1]
    if due_at is not None and due_at != day_end(due_on) and following in LEVELS:
        # A clock of hours has no morning of its due day: after its half comes its end.
        return Alarm(level="missed", at=due_at)
    return Alarm(level=following, at=alarm_instant(following, due_on, rules))


def alarm_when_moved(
    due: Due, *, pending: AlarmLevel | None, after: datetime, rules: ClockRules
) -> Alarm | None:
    """The next alarm of a due date that was counted again, when `pending` was the next one before.

    Moved behind us, it is missed now, unless that was told before: nothing is told twice, and nothing is left out.
    """
    if due.at <= after and pending in LEVELS:
        return Alarm(level="missed", at=after)
    return first_alarm_of(due, after=after, rules=rules)


def alarm_instant(level: AlarmLevel, due_on: date, rules: ClockRules) -> datetime:
    """When this level is given: in the morning of its day; `missed` as soon as the due day is over."""
    if level == "missed":
        return day_end(due_on)
    escalation = escalation_of(level, rules)
    if escalation is not None:
        day = rules.calendar.add(due_on, escalation.days).on
    else:
        days = rules.yellow_days if level == "yellow" else rules.red_days
        day = _working_days_before(due_on, days, rules.calendar)
    return datetime.combine(day, time(rules.alarm_hour), CITY_ZONE)


def _working_days_before(day: date, count: int, calendar: WorkingDays) -> date:
    while count > 0:
        day -= timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day
