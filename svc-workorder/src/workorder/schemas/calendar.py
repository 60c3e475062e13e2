"""The calendar of working days as it comes in and goes out."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from chassis.schemas import In, Out
from chassis.steps import StepOut

Origin = Literal["city", "paper", "published", "weekday-rule"]
"""Where a day's word comes from: set by the city, a loaded paper, the papers known at release, or the weekday alone."""


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


class CalendarDaySettingIn(In):
    """One day as the city sets it: why, and by which paper."""

    is_working: bool
    reason: str = Field(min_length=1, max_length=200)
    paper: str = Field(min_length=1, max_length=500)


class CalendarDayReversalIn(In):
    reason: str = Field(min_length=1, max_length=200)


class CalendarDayOut(Out):
    """A day of the city's calendar. `version` is that of the city's own word on it; null where it never gave one."""

    day: dt.date
    is_working: bool
    is_published: bool
    """False: nobody has published it yet, and the weekday decides for the time being."""
    origin: Origin
    name: str
    reason: str
    paper: str
    version: int | None


class CalendarDayChangeOut(CalendarDayOut):
    job_id: UUID
    """The job that counts again every open due date on which the day bears; see /workorder/v1/jobs."""


class CalendarDayStepOut(StepOut):
    state: Literal["in-force", "taken-back"]


class ReckoningOut(Out):
    """So many working days after a day: that day itself is not counted."""

    start: dt.date
    days: int
    due_on: dt.date
    is_provisional: bool
    """True: a day on the way is not published yet; the date is counted again when it is."""
    off_days: int
    """Days on the way that are not worked."""
    make_up_days: list[dt.date]
    """Saturdays and Sundays on the way that are worked (调休)."""
    statement: str


class RecountIn(In):
    reason: str = Field(min_length=1, max_length=200)


class JobStartedOut(Out):
    job_id: UUID
