from datetime import date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import CITY_ZONE
from chassis.working_days import WorkingDays, parse_holiday_file
from workorder.domain.clock import (
    Alarm,
    ClockRules,
    Stop,
    alarm_after,
    due_date,
    first_alarm,
    stopped_days,
)

CALENDAR = WorkingDays()
RULES = ClockRules(calendar=CALENDAR)


def stop(started_on, ended_on=None):
    return Stop(id=UUID(int=1), kind="hearing", started_on=started_on, ended_on=ended_on)


def local(day, hour=0):
    return datetime(day.year, day.month, day.day, hour, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),  # the spring festival, and a Saturday worked
        (date(2026, 9, 30), 5, date(2026, 10, 13)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 7), 0, date(2026, 3, 9)),  # done on the spot, asked for on a Saturday
    ],
)
def test_a_due_date_counts_working_days(start, days, due):
    assert due_date(started_on=start, days=days, stops=[], calendar=CALENDAR).on == due


def test_a_stop_gives_back_the_working_days_after_its_first():
    stops = [stop(date(2026, 3, 3), date(2026, 3, 5))]
    due = due_date(started_on=date(2026, 3, 2), days=5, stops=stops, calendar=CALENDAR)
    assert due.on == date(2026, 3, 11)


def test_a_stop_over_a_weekend_gives_back_no_weekend():
    stops = [stop(date(2026, 3, 6), date(2026, 3, 9))]
    assert stopped_days(stops, CALENDAR) == 1


def test_a_stop_within_one_day_gives_back_nothing():
    assert stopped_days([stop(date(2026, 3, 3), date(2026, 3, 3))], CALENDAR) == 0


def test_an_open_stop_counts_for_nothing_yet():
    assert stopped_days([stop(date(2026, 3, 3))], CALENDAR) == 0


def test_days_within_two_stops_count_once():
    stops = [
        stop(date(2026, 3, 2), date(2026, 3, 6)),
        stop(date(2026, 3, 4), date(2026, 3, 10)),
        stop(date(2026, 3, 3), date(2026, 3, 5)),
    ]
    assert stopped_days(stops, CALENDAR) == CALENDAR.between(date(2026, 3, 2), date(2026, 3, 10))


def test_a_due_date_beyond_the_published_calendar_says_so():
    due = due_date(started_on=date(2026, 12, 28), days=10, stops=[], calendar=CALENDAR)
    assert due.is_provisional
    paper = '{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true}]}'
    loaded = WorkingDays(parse_holiday_file(paper))
    settled = due_date(started_on=date(2026, 12, 28), days=10, stops=[], calendar=loaded)
    assert not settled.is_provisional


DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 30))


@given(DAYS, st.integers(0, 60), st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=5))
def test_the_due_date_is_never_before_the_one_without_stops(start, days, stops):
    ledger = [stop(begin, date.fromordinal(begin.toordinal() + length)) for begin, length in stops]
    plain = due_date(started_on=start, days=days, stops=[], calendar=CALENDAR).on
    held = due_date(started_on=start, days=days, stops=ledger, calendar=CALENDAR).on
    assert held >= plain
    assert CALENDAR.is_working_day(held)


@given(st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=5), st.randoms())
def test_the_order_of_the_ledger_does_not_matter(stops, random):
    ledger = [stop(begin, date.fromordinal(begin.toordinal() + length)) for begin, length in stops]
    counted = stopped_days(ledger, CALENDAR)
    random.shuffle(ledger)
    assert stopped_days(ledger, CALENDAR) == counted


def test_alarms_come_a_working_day_before_on_the_day_and_after_it():
    due_on = date(2026, 3, 9)  # a Monday: yellow is given on Friday
    first = first_alarm(due_on, after=local(date(2026, 3, 2), 10), rules=RULES)
    assert first == Alarm(level="yellow", at=local(date(2026, 3, 6), 9))
    assert alarm_after("yellow", due_on, RULES) == Alarm(level="red", at=local(due_on, 9))
    missed = Alarm(level="missed", at=local(date(2026, 3, 10)))
    assert alarm_after("red", due_on, RULES) == missed
    assert alarm_after("missed", due_on, RULES) is None


def test_an_alarm_that_lies_behind_is_not_given_again_when_the_clock_starts_late():
    today = date(2026, 3, 9)
    first = first_alarm(today, after=local(today, 10), rules=RULES)
    assert first is not None
    assert first.level == "missed"
    assert first_alarm(today, after=local(date(2026, 3, 11)), rules=RULES) is None
