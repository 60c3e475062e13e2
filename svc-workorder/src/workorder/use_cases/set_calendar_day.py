from dataclasses import dataclass
from datetime import date

from chassis.transaction import Transaction
from workorder.repository.calendar import find_override, forget_calendar, keep_override


@dataclass(frozen=True, kw_only=True)
class SetCalendarDay:
    day: date
    is_working: bool
    reason: str
    paper: str


async def set_calendar_day(command: SetCalendarDay, tx: Transaction) -> None:
    """The city says of one day whether it is worked (台风停工、临时调休): it wins over every paper."""
    before = await find_override(tx, command.day)
    if before is not None:
        tx.expect(before.row_version)
    keep_override(
        tx,
        command.day,
        before,
        is_working=command.is_working,
        reason=command.reason,
        paper=command.paper,
    )
    forget_calendar(tx)
