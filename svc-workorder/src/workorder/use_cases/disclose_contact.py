from uuid import UUID

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.repository.work_orders import (
    add_work_order_step,
    caller_phone,
    get_work_order,
)


async def disclose_contact(work_order_id: UUID, purpose: str, tx: Transaction) -> str:
    """The caller's telephone in clear, for a purpose; looking leaves a row. Raises NotFoundError when none was left."""
    order = await get_work_order(tx, work_order_id)
    phone = await caller_phone(tx, work_order_id)
    if phone is None:
        raise NotFoundError(
            "来电人未留联系方式", "The caller left no telephone number", code="no-contact"
        )
    add_work_order_step(tx, order, step="contact-disclosed", reason=purpose)
    return phone
