from datetime import date
from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.duties import DaysReversedError, DutyTwiceError
from workorder.repository.duties import COLUMNS, locked_duty, overlapping, store_duty


async def end_duty(duty_id: UUID, reason: str, tx: Transaction, *, last_day: date | None) -> None:
    """Let a row end on a day; `last_day` None takes the end back, unless another row has followed.

    Raises NotFoundError, DaysReversedError, DutyTwiceError.
    """
    row = await locked_duty(tx, duty_id)
    if last_day is not None and last_day < row.valid_from:
        raise DaysReversedError
    values = {name: getattr(row, name) for name in COLUMNS} | {"valid_until": last_day}
    if await overlapping(tx, values, but=duty_id) is not None:
        raise DutyTwiceError
    step = "ended" if last_day is not None else "end-taken-back"
    store_duty(tx, row, {"valid_until": last_day}, step=step, reason=reason)
