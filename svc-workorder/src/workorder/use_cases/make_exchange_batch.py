from datetime import date
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import InvalidError
from chassis.transaction import Transaction
from workorder.repository.exchange import find_batch, keep_batch, of_day, orders_where


class DayNotOverError(InvalidError):
    code = "day-not-over"
    title_zh = "当日尚未结束，请在次日导出"
    title_en = "The day is not over yet; make its batch the day after"


async def make_exchange_batch(tx: Transaction, day: date, *, reason: str) -> UUID | None:
    """The day's batch for the province, once; None when it was made before."""
    if day >= local_date(tx.now):
        raise DayNotOverError
    if await find_batch(tx, day, 1) is not None:
        return None
    orders = await orders_where(tx, of_day(day))
    return await keep_batch(tx, orders, day=day, number=1, reason=reason)
