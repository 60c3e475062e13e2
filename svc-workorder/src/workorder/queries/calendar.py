"""Reads of the calendar, day by day."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, case, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, Date

from chassis.errors import InvalidError
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from workorder.repository.calendar import working_days
from workorder.tables import calendar_days, calendar_override_steps, calendar_overrides

DAYS_MAX = 1_500
"""Some four years: what a calendar on a screen or in a file shows at once."""


class CalendarRangeError(InvalidError):
    code = "calendar-range"
    title_zh = f"起止日期有误：结束不得早于开始，一次最多 {DAYS_MAX} 天"
    title_en = (
        f"The end is no earlier than the start, and at most {DAYS_MAX} days are shown at once"
    )


async def calendar_where(
    tx: Transaction,
    *,
    first: date,
    last: date,
    is_working: bool | None = None,
    origin: str | None = None,
) -> Select[Any]:
    """The days from `first` to `last` with where each one's word comes from; raises CalendarRangeError.

    Which days are worked the calendar says, that every clock asks; the books add who set a day and why.
    """
    if not 0 <= (last - first).days < DAYS_MAX:
        raise CalendarRangeError
    shown = _days(await working_days(tx), first, last).subquery()
    statement = select(shown).order_by(None)
    if is_working is not None:
        statement = statement.where(shown.c.is_working == is_working)
    if origin is not None:
        statement = statement.where(shown.c.origin == origin)
    return statement


def override_steps_of(day: date) -> Select[Any]:
    """The history of what the city said of a day."""
    return (
        select(calendar_override_steps)
        .join(
            calendar_overrides,
            calendar_overrides.c.id == calendar_override_steps.c.calendar_override_id,
        )
        .where(calendar_overrides.c.day == day)
    )


def _days(calendar: WorkingDays, first: date, last: date) -> Select[Any]:
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    known = (
        func.unnest(
            bindparam("days", days, ARRAY(Date), unique=True),
            bindparam(
                "working",
                [calendar.is_working_day(day) for day in days],
                ARRAY(Boolean),
                unique=True,
            ),
            bindparam(
                "published",
                [calendar.is_published(day) for day in days],
                ARRAY(Boolean),
                unique=True,
            ),
        )
        .table_valued(
            column("day", Date), column("is_working", Boolean), column("is_published", Boolean)
        )
        .render_derived(name="known")
    )
    own, paper = calendar_overrides.c, calendar_days.c
    is_own = func.coalesce(own.is_in_force, False)
    return (
        select(
            known.c.day,
            known.c.is_working,
            known.c.is_published,
            case(
                (is_own, "city"),
                (paper.day.is_not(None), "paper"),
                (known.c.is_published, "published"),
                else_="weekday-rule",
            ).label("origin"),
            func.coalesce(paper.name, "").label("name"),
            case((is_own, own.reason), else_=literal("")).label("reason"),
            case((is_own, own.paper), else_=func.coalesce(paper.source, "")).label("paper"),
            own.row_version.label("version"),
        )
        .select_from(known)
        .outerjoin(calendar_overrides, own.day == known.c.day)
        .outerjoin(calendar_days, paper.day == known.c.day)
    )
