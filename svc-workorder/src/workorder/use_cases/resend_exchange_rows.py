from uuid import UUID

from chassis.errors import ConflictError
from chassis.transaction import Transaction
from workorder.repository.exchange import (
    add_batch_step,
    get_batch,
    keep_batch,
    mark_mended,
    next_number,
    orders_where,
    rows_of,
)
from workorder.tables import work_orders


class NothingToMendError(ConflictError):
    code = "nothing-to-mend"
    title_zh = "此批次没有被退回或未通过校验的数据"
    title_en = "Nothing of this batch was rejected or held"


async def resend_exchange_rows(tx: Transaction, batch_id: UUID, *, reason: str) -> UUID:
    """What was rejected or held goes again, as it stands in the books now, in a batch of its own."""
    batch = await get_batch(tx, batch_id, is_locked=True)
    tx.expect(batch.version)
    wrong = [*await rows_of(tx, batch_id, "rejected"), *await rows_of(tx, batch_id, "held")]
    if not wrong:
        raise NothingToMendError
    orders = await orders_where(tx, work_orders.c.id.in_([row.work_order_id for row in wrong]))
    number = await next_number(tx, batch.day)
    made = await keep_batch(tx, orders, day=batch.day, number=number, reason=reason)
    await mark_mended(tx, batch_id, [row.order_number for row in wrong])
    add_batch_step(tx, batch_id, step="resent", state="receipted", reason=reason)
    return made
