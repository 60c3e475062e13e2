import json
from dataclasses import dataclass
from datetime import date

from chassis.errors import InvalidError
from chassis.transaction import Transaction
from chassis.working_days import parse_holiday_file
from workorder.repository.calendar import keep_days


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


async def load_calendar_year(command: LoadCalendarYear, tx: Transaction) -> int:
    """Take over a published year of working days (节假日安排); returns how many working days it has."""
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
    return sum(working for day, working in days.items() if day.year == command.year)
