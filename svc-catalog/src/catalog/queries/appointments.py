"""Reads of appointments (预约): of a hall's day, and counted by hall and day."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    select,
)

from catalog.queries.halls import within
from catalog.tables.halls import (
    appointments,
)
from catalog.tables.items import (
    halls,
)
from chassis.indicators import Period


def appointments_of(hall: str, day: date, state: str = "") -> Select[Any]:
    t = appointments.c
    found = [t.hall == hall, t.day == day]
    if state:
        found.append(t.state == state)
    return select(appointments).where(*found)


def appointment_days(period: Period, today: date) -> Select[Any]:
    """By hall and day, up to a day, as the books stood at its end; nobody is named."""
    t = appointments.c
    last = min(period.last_day or today, today)
    end = Period(last_day=last)

    def counted(at: ColumnElement[Any]) -> ColumnElement[int]:
        return func.count().filter(at.is_not(None), *end.conditions(at=at))

    found = [t.day <= last, *within(halls.c.division, period.division)]
    if period.first_day is not None:
        found.append(t.day >= period.first_day)
    return (
        select(
            t.hall,
            t.day,
            func.count().filter(*end.conditions(at=t.booked_at)).label("booked"),
            counted(t.checked_in_at).label("kept"),
            counted(t.missed_at).label("missed"),
            counted(t.cancelled_at).label("cancelled"),
        )
        .join(halls, halls.c.code == t.hall)
        .where(*found)
        .group_by(t.hall, t.day)
    )
