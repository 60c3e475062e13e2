"""The calendar of working days as it comes in and goes out."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from chassis.schemas import In, Out


class CalendarDayIn(In):
    date: dt.date
    name: str = Field(default="", max_length=50)
    is_off_day: bool


class CalendarYearIn(In):
    """A year as its paper (国务院办公厅节假日安排) names it: days off, and weekend days that are worked."""

    year: int = Field(ge=2000, le=2100)
    days: tuple[CalendarDayIn, ...] = Field(min_length=1, max_length=400)
    source: str = Field(default="", max_length=500)


class CalendarYearOut(Out):
    year: int
    working_days: int
    job_id: UUID
    """The job that counts open due dates again; see /workorder/v1/jobs."""
