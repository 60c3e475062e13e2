"""Office hours, and what counts from the next working day; the vectors of domain.md on the real calendar."""

import hashlib
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import CITY_ZONE
from chassis.working_days import WorkingDays, parse_holiday_file
from workorder.domain.clock import ClockRules, OrderClock, Stop, due_of, first_alarm_of, wait_end
from workorder.domain.office_hours import (
    USUAL,
    OfficeHours,
    day_length,
    office_hours_of,
    office_time_between,
    office_time_end,
)
from workorder.domain.reckoning import reckon

HOLIDAYS = Path(__file__).resolve().parents[3] / "shared" / "data" / "holidays"
LIBRARY = WorkingDays()
RULES = ClockRules(calendar=LIBRARY)


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), CITY_ZONE)


def loaded():
    """The calendar as the papers have it, year by year."""
    days = {}
    for path in sorted(HOLIDAYS.glob("20*.json")):
        days |= parse_holiday_file(path.read_text(encoding="utf-8"))
    return WorkingDays(days)


MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)

VECTORS = [
    (date(2023, 1, 18), 5, date(2023, 1, 30)),
    (date(2023, 4, 21), 1, date(2023, 4, 23)),
    (date(2023, 9, 28), 5, date(2023, 10, 11)),
    (date(2023, 12, 29), 1, date(2024, 1, 2)),
    (date(2024, 2, 4), 10, date(2024, 2, 22)),
    (date(2024, 2, 8), 2, date(2024, 2, 18)),
    (date(2024, 9, 13), 3, date(2024, 9, 19)),
    (date(2025, 1, 26), 5, date(2025, 2, 8)),
    (date(2025, 9, 26), 5, date(2025, 10, 10)),
    (date(2025, 12, 31), 20, date(2026, 1, 29)),
    (date(2026, 2, 13), 5, date(2026, 2, 27)),
    (date(2026, 2, 27), 1, date(2026, 2, 28)),
    (date(2026, 5, 8), 1, date(2026, 5, 9)),
    (date(2026, 9, 30), 5, date(2026, 10, 13)),
]
DIGESTS = {
    2023: "e8868c7f857df965",
    2024: "661a1167f8576d79",
    2025: "b6b20d69dbbf0872",
    2026: "1c2604d6fff32a56",
}


@pytest.mark.parametrize("calendar", [LIBRARY, loaded()], ids=["library", "papers"])
@pytest.mark.parametrize(("start", "days", "due"), VECTORS)
def test_the_vectors_of_the_domain_hold_on_both_calendars(calendar, start, days, due):
    clock = OrderClock(unit="working-days", amount=days, started_on=start, started_at=at(start, 10))
    assert due_of(clock, stops=[], rules=ClockRules(calendar=calendar)).on == due
    assert reckon(calendar, start, days).due_on == due


@pytest.mark.parametrize("calendar", [LIBRARY, loaded()], ids=["library", "papers"])
@pytest.mark.parametrize(("year", "digest"), DIGESTS.items())
def test_every_day_of_a_year_is_as_it_was_published(calendar, year, digest):
    first = date(year, 1, 1)
    days = (first + timedelta(days=each) for each in range(366))
    text = "".join("1" if calendar.is_working_day(day) else "0" for day in days if day.year == year)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


@given(st.dates(date(2018, 1, 1), date(2026, 9, 30)), st.integers(1, 60))
def test_the_promise_counts_each_worked_day_once_and_no_other(start, days):
    calendar = loaded_once
    due = calendar.add(start, days).on
    assert calendar.is_working_day(due)
    assert calendar.between(start, due) == days


loaded_once = loaded()


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at(MONDAY, 9), 2, at(MONDAY, 11)),
        (at(MONDAY, 11), 2, at(MONDAY, 15)),  # over lunch
        (at(MONDAY, 12, 30), 1, at(MONDAY, 15)),  # at lunch
        (at(MONDAY, 16, 30), 2, at(date(2026, 3, 3), 10)),
        (at(FRIDAY, 17), 1, at(date(2026, 3, 9), 9, 30)),  # over the weekend
        (at(MONDAY, 6), 3, at(MONDAY, 12)),
        (at(MONDAY, 20), 0, at(date(2026, 3, 3), 9)),
        (at(date(2026, 2, 14), 17), 1, at(date(2026, 2, 24), 9, 30)),  # a Saturday that is worked
    ],
)
def test_office_hours_are_over_when_offices_were_open_that_long(start, hours, due):
    clock = OrderClock(unit="office-hours", amount=hours, started_on=start.date(), started_at=start)
    found = due_of(clock, stops=[], rules=RULES)
    assert found.at == due
    assert found.on == due.date()
    assert wait_end("office-hours", hours, start, RULES) == due


def test_a_stop_gives_back_the_office_hours_that_it_took():
    start = at(MONDAY, 9)
    stop = Stop(
        id=None,
        kind="x",
        started_on=MONDAY,
        started_at=at(MONDAY, 10),
        ended_on=FRIDAY,
        ended_at=at(FRIDAY, 10),
    )
    clock = OrderClock(unit="office-hours", amount=2, started_on=MONDAY, started_at=start)
    assert due_of(clock, stops=[stop], rules=RULES).at == at(FRIDAY, 11)


def test_an_extension_of_a_clock_of_hours_is_whole_days_of_them():
    start = at(MONDAY, 9)
    for unit, due in (
        ("hours", at(date(2026, 3, 3), 11)),
        ("office-hours", at(date(2026, 3, 3), 11)),
    ):
        clock = OrderClock(
            unit=unit, amount=2, extended_days=1, started_on=MONDAY, started_at=start
        )
        assert due_of(clock, stops=[], rules=RULES).at == due


def test_a_clock_of_office_hours_warns_when_half_is_left():
    clock = OrderClock(unit="office-hours", amount=4, started_on=MONDAY, started_at=at(MONDAY, 11))
    due = due_of(clock, stops=[], rules=RULES)
    alarm = first_alarm_of(due, after=at(MONDAY, 11), rules=RULES)
    assert (alarm.level, alarm.at) == ("yellow", at(MONDAY, 15))
    assert first_alarm_of(due, after=at(MONDAY, 16), rules=RULES).at == at(MONDAY, 17)


def test_a_division_keeps_its_own_hours_and_the_longest_code_decides():
    hours = office_hours_of(
        {
            "city": [["09:00", "12:00"], ["14:00", "17:30"]],
            "divisions": {"4451": [["08:30", "12:00"]], "445122": [["08:00", "16:00"]]},
        }
    )
    assert hours.of("445122101") == ((time(8), time(16)),)
    assert hours.of("445102") == ((time(8, 30), time(12)),)
    assert hours.of("440000") == USUAL
    rules = ClockRules(calendar=LIBRARY, office_hours=hours)
    clock = OrderClock(
        unit="office-hours",
        amount=7,
        started_on=MONDAY,
        started_at=at(MONDAY, 8),
        division="445122",
    )
    assert due_of(clock, stops=[], rules=rules).at == at(MONDAY, 15)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"city": []},
        {"city": [["12:00", "09:00"]]},
        {"city": [["09:00", "12:00"], ["11:00", "17:00"]]},
        {"city": [["nine", "five"]]},
        {"city": [["09:00", "12:00"]], "divisions": []},
        {"city": [["09:00", "12:00"]], "divisions": ["445122"]},
    ],
)
def test_hours_that_cannot_be_are_refused(value):
    if value.get("divisions") == []:
        assert office_hours_of(value).divisions == {}
        return
    with pytest.raises(ValueError, match=r"."):
        office_hours_of(value)


INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1)).map(  # noqa: DTZ001  made aware at once
    lambda instant: instant.replace(tzinfo=CITY_ZONE)
)


@given(INSTANTS, st.integers(0, 60 * 40))
def test_so_much_office_time_lies_between_a_start_and_its_end(start, minutes):
    amount = timedelta(minutes=minutes)
    end = office_time_end(start, amount, calendar=LIBRARY, intervals=USUAL)
    assert end >= start
    assert office_time_between(start, end, calendar=LIBRARY, intervals=USUAL) == amount


@given(INSTANTS, st.integers(0, 400), st.integers(0, 400))
def test_office_time_adds_up(start, first, second):
    middle = start + timedelta(hours=first)
    end = middle + timedelta(hours=second)

    def between(a, b):
        return office_time_between(a, b, calendar=LIBRARY, intervals=USUAL)

    assert between(start, middle) + between(middle, end) == between(start, end)
    assert between(end, start) <= timedelta()
    assert between(start, end) <= day_length(USUAL) * ((end - start).days + 2)


SATURDAY = date(2026, 3, 7)
LATE = ClockRules(calendar=LIBRARY, is_next_day_after_close=True, is_next_day_when_off=True)


@pytest.mark.parametrize(
    ("instant", "plain", "late"),
    [
        (at(FRIDAY, 10), FRIDAY, FRIDAY),
        (at(FRIDAY, 17, 29), FRIDAY, FRIDAY),
        (at(FRIDAY, 17, 30), FRIDAY, date(2026, 3, 9)),
        (at(SATURDAY, 10), SATURDAY, date(2026, 3, 9)),
        (at(date(2026, 2, 14), 10), date(2026, 2, 14), date(2026, 2, 14)),  # worked
        (at(date(2026, 2, 15), 10), date(2026, 2, 15), date(2026, 2, 24)),
    ],
)
def test_what_comes_late_counts_from_the_next_working_day_where_the_city_says_so(
    instant, plain, late
):
    assert RULES.start_day(instant) == plain
    assert LATE.start_day(instant) == late


def test_the_close_of_the_office_is_that_of_the_division():
    rules = ClockRules(
        calendar=LIBRARY,
        is_next_day_after_close=True,
        office_hours=OfficeHours(divisions={"445122": ((time(8), time(16)),)}),
    )
    assert rules.start_day(at(MONDAY, 16), division="445122") == date(2026, 3, 3)
    assert rules.start_day(at(MONDAY, 16), division="445102") == MONDAY
