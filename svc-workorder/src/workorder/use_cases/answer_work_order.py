from uuid import UUID

from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.vocabulary import ClosingOutcome
from workorder.domain.work_order import WorkOrder
from workorder.repository.work_orders import (
    add_work_order_step,
    get_work_order,
    store_work_order,
)
from workorder.tellings import tell_closed


async def answer_work_order(
    work_order_id: UUID, *, outcome: ClosingOutcome, text: str, tx: Transaction
) -> WorkOrder:
    """直接答复: the hotline answers the caller at once, and the order is closed without a dispatch."""
    order = await get_work_order(tx, work_order_id)
    order.answer(by=tx.principal.subject, outcome=outcome, text=mask_text(text), at=tx.now)
    store_work_order(tx, order)
    add_work_order_step(tx, order, step="answered", reason=text)
    tell_closed(tx, order)
    return order
