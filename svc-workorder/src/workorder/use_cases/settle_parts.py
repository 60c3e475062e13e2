from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.work_orders import add_work_order_step, get_work_order
from workorder.stepping import go_on

REASON = "承办单位系统已接收"


async def settle_parts(order_id: UUID, delivered: Mapping[str, datetime], tx: Transaction) -> bool:
    """Parts of a joint order (协办) that their departments' systems have are delivered, and the order moves on when all
    are. `delivered`: since when, by department. False when there was nothing to do any more.
    """
    order = await get_work_order(tx, order_id)
    parts = [task for task in order.tasks if task.state == "sent" and task.department in delivered]
    if not parts:
        return False
    for part in parts:
        part.state, part.delivered_at = "delivered", delivered[part.department]
    order.version += 1
    add_work_order_step(tx, order, step="part-delivered", reason=REASON)
    await go_on(tx, order, reason=REASON)
    return True
