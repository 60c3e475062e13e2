from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.duties import DaysReversedError, DutyTwiceError
from workorder.repository.duties import (
    COLUMNS,
    add_duty,
    check_division,
    locked_duty,
    overlapping,
    store_duty,
)


@dataclass(frozen=True, kw_only=True)
class SaveDuty:
    category: str
    division: str
    department: str
    co_departments: Sequence[str]
    basis: str
    valid_from: date
    valid_until: date | None
    reason: str
    duty_id: UUID | None = None
    """None: a new row."""
    is_merged: bool = False
    """A row that begins on the same day is changed instead (a file handed in again)."""


async def save_duty(command: SaveDuty, tx: Transaction) -> UUID | None:
    """Keep a row of the list, or change one; returns its id, None when it stood so already.

    Raises OutsideDivisionError, DaysReversedError, DutyTwiceError, NotFoundError.
    """
    check_division(tx, command.division)
    values = {name: getattr(command, name) for name in COLUMNS}
    values["co_departments"] = list(command.co_departments)
    if command.valid_until is not None and command.valid_until < command.valid_from:
        raise DaysReversedError
    row = await locked_duty(tx, command.duty_id) if command.duty_id is not None else None
    other = await overlapping(tx, values, but=command.duty_id)
    if other is not None and command.is_merged and other.valid_from == command.valid_from:
        row, other = other, None
    if other is not None:
        raise DutyTwiceError
    if row is None:
        duty_id = new_id()
        add_duty(tx, duty_id, values, reason=command.reason)
        return duty_id
    if all(getattr(row, name) == value for name, value in values.items()):
        return None
    store_duty(tx, row, values, step="changed", reason=command.reason)
    return UUID(str(row.id))
