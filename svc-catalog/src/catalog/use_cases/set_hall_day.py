from collections.abc import Sequence
from datetime import date, datetime

from catalog.domain.opening_hours import Intervals, intervals_of
from catalog.repository.appointments import booked_on, cancel_rows
from catalog.repository.halls import (
    add_hall_step,
    drop_exception,
    get_hall,
    keep_exception,
    tell_hall_changed,
)
from chassis.clock import CITY_ZONE, local_date
from chassis.errors import ConflictError, NotFoundError
from chassis.masking import mask_text
from chassis.transaction import Transaction


async def set_hall_day(
    code: str, day: date, hours: Sequence[Sequence[str]] | None, tx: Transaction, *, reason: str
) -> int:
    """Give a day hours of its own (none: closed), or with `hours=None` the usual ones again.

    Appointments of that day outside the new hours are cancelled and told, with the reason, so that their owners book
    again; returns how many.
    """
    # The reason is public, and told: a number that somebody wrote in it is not.
    reason = mask_text(reason)
    hall = await get_hall(tx, code)
    if day < local_date(tx.now):
        raise ConflictError(
            "已过去的日期不能再改，请选择今天或以后的日期",
            "That day is past; choose today or later",
            code="day-past",
        )
    if hours is None:
        if not await drop_exception(tx, code, day):
            raise NotFoundError
        add_hall_step(tx, "hall", code, step="day-restored", state=str(day), reason=reason)
        await tell_hall_changed(tx, code, division=hall.division)
        return 0
    await keep_exception(tx, code, day, hours=hours, reason=reason)
    open_hours = intervals_of(hours)
    lost = [
        row
        for row in await booked_on(tx, code, day)
        if not _is_within(row.starts_at, row.ends_at, open_hours)
    ]
    await cancel_rows(tx, lost, by="hall", reason=reason, division=hall.division)
    step = "day-changed" if hours else "day-closed"
    add_hall_step(tx, "hall", code, step=step, state=str(day), reason=reason)
    await tell_hall_changed(tx, code, division=hall.division)
    return len(lost)


def _is_within(starts_at: datetime, ends_at: datetime, hours: Intervals) -> bool:
    start, end = (each.astimezone(CITY_ZONE).time() for each in (starts_at, ends_at))
    return any(each.holds(start, end) for each in hours)
