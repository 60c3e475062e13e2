from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.open311 import Open311Error
from workorder.domain.process.engine import StepStateError
from workorder.domain.work_order import WorkOrder
from workorder.repository.work_orders import get_work_order
from workorder.stepping import advance

STEP = "urge"
"""Who has the order is told, with the words."""


async def note_open311_update(tx: Transaction, work_order_id: UUID, description: str) -> WorkOrder:
    """Whoever reported it says more while it is open; raises Open311Error when it is closed."""
    order = await get_work_order(tx, work_order_id)
    try:
        await advance(tx, order, STEP, actor=None, form={"reason": description})
    except StepStateError:
        raise Open311Error(
            400, "the request is closed; report it again 已办结，如仍有问题请重新反映"
        ) from None
    return order
