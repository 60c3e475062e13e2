import json
from dataclasses import dataclass
from datetime import date

from chassis.errors import InvalidError
from chassis.transaction import Transaction
from chassis.working_days import parse_holiday_file
from workorder.repository.calendar import keep_days, working_days


class CalendarYearError(InvalidError):
    code = "calendar-year"
    title_zh = "节假日安排中没有该年份的日期，请核对年份与文件"
    title_en = "The paper names no day of this year; check the year and the file"


@dataclass(frozen=True, kw_only=True)
class NamedDay:
    day: date
    name: str
    is_off_day: bool


@dataclass(frozen=True, kw_only=True)
class LoadCalendarYear:
    year: int
    days: tuple[NamedDay, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class LoadedYear:
    working_days: int
    changed: list[date]
    """Days that are worked otherwise than was known before; not those that the city set itself."""


async def load_calendar_year(command: LoadCalendarYear, tx: Transaction) -> LoadedYear:
    """Take over a published year of working days (节假日安排)."""
    before = await working_days(tx)
    named = [
        {"date": each.day.isoformat(), "name": each.name, "isOffDay": each.is_off_day}
        for each in command.days
    ]
    try:
        days = parse_holiday_file(json.dumps({"year": command.year, "days": named}))
    except ValueError as error:
        raise CalendarYearError from error
    names = {each.day: each.name for each in command.days}
    await keep_days(tx, days, names=names, source=command.source)
    after = await working_days(tx)
    return LoadedYear(
        working_days=sum(after.is_working_day(day) for day in days if day.year == command.year),
        changed=[
            day for day in sorted(days) if before.is_working_day(day) != after.is_working_day(day)
        ],
    )
