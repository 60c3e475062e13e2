import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.working_days import WorkingDays, parse_holiday_file

HOLIDAYS = Path(__file__).resolve().parents[3] / "shared" / "data" / "holidays"
YEARS = {
    2023: ("e8868c7f857df965", 249, "18 20 23 20 21 21 21 23 20 19 22 21"),
    2024: ("661a1167f8576d79", 251, "22 18 21 22 21 19 23 22 21 19 21 22"),
    2025: ("b6b20d69dbbf0872", 248, "19 19 21 22 19 20 23 21 23 18 20 23"),
    2026: ("1c2604d6fff32a56", 248, "21 16 22 21 19 21 23 21 22 18 21 23"),
}
DUE = [
    ("2023-01-18", 5, "2023-01-30"),
    ("2023-04-21", 1, "2023-04-23"),
    ("2023-09-28", 5, "2023-10-11"),
    ("2023-12-29", 1, "2024-01-02"),
    ("2024-02-04", 10, "2024-02-22"),
    ("2024-02-08", 2, "2024-02-18"),
    ("2024-09-13", 3, "2024-09-19"),
    ("2025-01-26", 5, "2025-02-08"),
    ("2025-09-26", 5, "2025-10-10"),
    ("2025-12-31", 20, "2026-01-29"),
    ("2026-02-13", 5, "2026-02-27"),
    ("2026-02-27", 1, "2026-02-28"),
    ("2026-05-08", 1, "2026-05-09"),
    ("2026-09-30", 5, "2026-10-13"),
]
PAPER_2026 = {
    "off": [
        ("01-01", 3),
        ("02-15", 9),
        ("04-04", 3),
        ("05-01", 5),
        ("06-19", 3),
        ("09-25", 3),
        ("10-01", 7),
    ],
    "work": ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}


def d(text: str) -> date:
    return date.fromisoformat(text)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(step) for step in range((date(year + 1, 1, 1) - first).days)]


def file_of_2026() -> str:
    off = [
        d(f"2026-{at}") + timedelta(step)
        for at, length in PAPER_2026["off"]
        for step in range(length)
    ]
    named = [{"name": "节", "date": str(day), "isOffDay": True} for day in off]
    named += [{"name": "班", "date": f"2026-{at}", "isOffDay": False} for at in PAPER_2026["work"]]
    return json.dumps({"year": 2026, "days": named})


@pytest.mark.parametrize("year", YEARS)
def test_a_published_year_is_the_papers_year(year):
    calendar = WorkingDays()
    digest, total, months = YEARS[year]
    works = {day: calendar.is_working_day(day) for day in days_of(year)}
    text = "".join("1" if each else "0" for each in works.values())
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest
    assert sum(works.values()) == total
    by_month = [sum(w for day, w in works.items() if day.month == m) for m in range(1, 13)]
    assert " ".join(map(str, by_month)) == months
    assert all(calendar.is_published(day) for day in works)


@pytest.mark.parametrize(("start", "n", "due"), DUE)
def test_the_nth_working_day_after_the_start(start, n, due):
    reckoned = WorkingDays().add(d(start), n)
    assert reckoned.on == d(due)
    assert not reckoned.is_provisional
    assert WorkingDays().between(d(start), d(due)) == n


def test_zero_days_is_the_same_day_or_the_next_working_day():
    calendar = WorkingDays()
    assert calendar.add(d("2026-11-24"), 0).on == d("2026-11-24")
    assert calendar.add(d("2026-10-03"), 0).on == d("2026-10-08")


def last_published_year() -> int:
    return max(y for y in range(2020, 2100) if WorkingDays().is_published(date(y, 10, 1)))


def test_beyond_the_published_years_the_weekday_rule_answers_and_says_so():
    calendar = WorkingDays()
    unknown = last_published_year() + 1
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(date(unknown, 3, 1))
    for day in days_of(unknown):
        assert calendar.is_working_day(day) == (day.weekday() < 5)
        assert not calendar.is_published(day)
    over_the_year = calendar.add(date(unknown - 1, 12, 25), 10)
    assert over_the_year.is_provisional
    assert not calendar.add(date(unknown - 1, 11, 2), 3).is_provisional


def test_a_loaded_year_settles_what_was_provisional():
    unknown = last_published_year() + 1
    new_year = date(unknown, 1, 1)
    paper = json.dumps(
        {
            "year": unknown,
            "days": [
                {"name": "元旦", "date": str(new_year), "isOffDay": True},
                {"name": "元旦", "date": str(new_year - timedelta(1)), "isOffDay": True},
            ],
        }
    )
    calendar = WorkingDays()
    assert calendar.load_year(parse_holiday_file(paper)) == unknown
    assert calendar.is_published(date(unknown, 6, 1))
    assert not calendar.is_working_day(new_year)
    # The paper of the year after moves a day of December.
    assert not calendar.is_working_day(new_year - timedelta(1))
    assert not calendar.add(date(unknown - 1, 12, 25), 10).is_provisional


def test_the_citys_own_days_win():
    typhoon, saturday = d("2026-09-08"), d("2026-09-12")
    calendar = WorkingDays({typhoon: False, saturday: True})
    assert calendar.add(d("2026-09-07"), 1).on == d("2026-09-09")
    assert calendar.is_working_day(saturday)
    calendar.load_year(parse_holiday_file(file_of_2026()))
    assert not calendar.is_working_day(typhoon)


def test_a_holiday_file_becomes_the_whole_year():
    days = parse_holiday_file(file_of_2026())
    assert sorted(days) == days_of(2026)
    text = "".join("1" if days[day] else "0" for day in sorted(days))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == YEARS[2026][0]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"year": 2026, "days": []}', '{"year": 2026, "days": [1]}', '{"year": "x", "days": []}',
     '{"year": 2026, "days": [{"date": "2026-13-01", "isOffDay": true}]}',
     '{"year": 2026, "days": [{"date": "2026-01-01", "isOffDay": "no"}]}',
     '{"year": 2026, "days": [{"date": "2025-01-01", "isOffDay": true}]}'],
)  # fmt: skip
def test_anything_else_is_no_holiday_file(text):
    with pytest.raises(ValueError):  # noqa: PT011  its words depend on what is wrong
        parse_holiday_file(text)


def test_a_part_of_a_year_is_not_loaded():
    with pytest.raises(ValueError, match="whole"):
        WorkingDays().load_year({d("2027-01-01"): False})
    with pytest.raises(ValueError, match="whole"):
        WorkingDays().load_year({})
    with pytest.raises(ValueError, match="working_days"):
        WorkingDays().add(d("2026-01-05"), -1)


@given(start=st.dates(date(2018, 1, 1), date(2027, 6, 30)), n=st.integers(1, 90))
def test_adding_and_counting_agree(start, n):
    calendar = WorkingDays()
    due = calendar.add(start, n)
    assert calendar.is_working_day(due.on)
    assert calendar.between(start, due.on) == n
    assert calendar.between(due.on, start) == -n
    assert due.on > start
    assert calendar.add(start, n - 1).on < due.on or n == 1


def test_the_library_and_the_published_files_agree_on_every_day():
    calendar = WorkingDays()
    files = sorted(HOLIDAYS.glob("[0-9]*.json")) if HOLIDAYS.is_dir() else []
    loaded = WorkingDays()
    for each in files:
        loaded.load_year(parse_holiday_file(each.read_bytes()))
    for each in files:
        for day in days_of(int(each.stem)):
            assert loaded.is_working_day(day) == calendar.is_working_day(day), day
