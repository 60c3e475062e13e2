"""Opening hours: the week, the State Council's calendar, extended hours, single days."""

from datetime import date, datetime

from catalog.domain.opening_hours import (
    calendar_of,
    hours_on,
    intervals_out,
    is_holiday,
    is_open,
    next_open_day,
    next_opening,
    schedule_of,
)
from chassis.clock import CITY_ZONE
from chassis.working_days import WorkingDays

CALENDAR = WorkingDays()
KEPT = {
    "weekly": {str(day): [["09:00", "12:00"], ["14:00", "17:00"]] for day in range(1, 6)},
    "extended": [{"name": "延时服务", "weekdays": [3], "hours": [["17:00", "20:00"]]}],
}


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CITY_ZONE)


def test_a_hall_is_closed_over_lunch_and_at_the_minute_of_closing():
    schedule = schedule_of(KEPT)
    assert is_open(at(2, 9), schedule, CALENDAR)
    assert not is_open(at(2, 12), schedule, CALENDAR)
    assert not is_open(at(2, 13), schedule, CALENDAR)
    assert next_opening(at(2, 13), schedule, CALENDAR) == at(2, 14)


def test_extended_hours_join_the_usual_ones():
    assert intervals_out(hours_on(date(2026, 3, 4), schedule_of(KEPT), CALENDAR)) == [
        ["09:00", "12:00"],
        ["14:00", "20:00"],
    ]


def test_on_friday_evening_the_next_opening_is_monday_morning():
    assert next_opening(at(6, 18), schedule_of(KEPT), CALENDAR) == at(9, 9)


def test_a_holiday_closes_a_weekday_and_a_weekend_that_belongs_to_it():
    # National Day 2026: 1 to 7 October are off; Saturday 3 October is no ordinary weekend.
    weekend = schedule_of({**KEPT, "weekly": {**KEPT["weekly"], "6": [["09:00", "12:00"]]}})
    assert is_holiday(date(2026, 10, 1), CALENDAR)
    assert is_holiday(date(2026, 10, 3), CALENDAR)
    assert hours_on(date(2026, 10, 3), weekend, CALENDAR) == ()
    assert not is_holiday(date(2026, 3, 7), CALENDAR)
    assert hours_on(date(2026, 3, 7), weekend, CALENDAR) != ()


def test_a_make_up_saturday_has_the_hours_of_a_working_day():
    own = calendar_of({"2026-03-07": True})
    assert hours_on(date(2026, 3, 7), schedule_of(KEPT), CALENDAR) == ()
    assert len(hours_on(date(2026, 3, 7), schedule_of(KEPT), own)) == 2


def test_a_stated_day_wins_over_everything():
    schedule = schedule_of(KEPT, {date(2026, 3, 3): [], date(2026, 3, 8): [["10:00", "11:00"]]})
    assert hours_on(date(2026, 3, 3), schedule, CALENDAR) == ()
    assert next_open_day(date(2026, 3, 2), schedule, CALENDAR) == date(2026, 3, 4)
    assert is_open(at(8, 10), schedule, CALENDAR)


def test_a_hall_that_never_opens_has_no_next_opening():
    assert next_opening(at(2, 9), schedule_of({}), CALENDAR) is None
    assert not schedule_of({}).is_known
