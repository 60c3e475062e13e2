from datetime import date

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.repository.calendar import find_override, forget_calendar, keep_override


class NotSetByCityError(NotFoundError):
    code = "calendar-day-not-set"
    title_zh = "本市未对该日作出调整（或已撤销），无可撤销"
    title_en = (
        "The city has not set this day, or took it back already; there is nothing to take back"
    )


async def take_back_calendar_day(day: date, reason: str, tx: Transaction) -> None:
    """What the city said of a day holds no longer (撤销); the paper of its year does again."""
    before = await find_override(tx, day)
    if before is None or not before.is_in_force:
        raise NotSetByCityError
    tx.expect(before.row_version)
    keep_override(
        tx,
        day,
        before,
        is_working=before.is_working,
        reason=reason,
        paper=before.paper,
        is_in_force=False,
    )
    forget_calendar(tx)
