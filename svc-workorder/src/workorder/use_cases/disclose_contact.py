from uuid import UUID

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.disclosure import ApprovalNeededError
from workorder.domain.work_order import Confidentiality
from workorder.repository.disclosures import granted_requests, store_request
from workorder.repository.work_orders import (
    add_work_order_step,
    caller_phone,
    get_work_order,
)


async def disclose_contact(work_order_id: UUID, purpose: str, tx: Transaction) -> str:
    """The caller's telephone in clear, for a purpose; looking leaves a row that the caller can see.

    Of a caller who hides altogether, only after somebody else granted it. Raises NotFoundError when no telephone was
    left, ApprovalNeededError.
    """
    order = await get_work_order(tx, work_order_id)
    phone = await caller_phone(tx, work_order_id)
    if phone is None:
        raise NotFoundError(
            "来电人未留联系方式", "The caller left no telephone number", code="no-contact"
        )
    if order.confidentiality == Confidentiality.FULL_HIDDEN:
        await _use_grant(tx, work_order_id)
    add_work_order_step(tx, order, step="contact-disclosed", reason=purpose)
    return phone


async def _use_grant(tx: Transaction, work_order_id: UUID) -> None:
    hours = int(await tx.rule("disclosure-hours"))
    by = tx.principal.subject
    for request in await granted_requests(tx, work_order_id, asked_by=by):
        if request.is_usable(by=by, at=tx.now, hours=hours):
            request.state, request.used_at = "used", tx.now
            store_request(tx, request)
            return
    raise ApprovalNeededError
