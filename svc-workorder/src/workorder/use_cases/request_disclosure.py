from uuid import UUID

from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.disclosure import DisclosureRequest
from workorder.repository.disclosures import add_request
from workorder.repository.work_orders import add_work_order_step, get_work_order


async def request_disclosure(
    work_order_id: UUID, purpose: str, tx: Transaction
) -> DisclosureRequest:
    """Ask to see who is behind an order; the caller sees that somebody asked, and what for."""
    order = await get_work_order(tx, work_order_id)
    request = DisclosureRequest(
        id=new_id(),
        work_order_id=order.id,
        number=order.number,
        purpose=mask_text(purpose),
        state="asked",
        asked_by=tx.principal.subject,
        asked_at=tx.now,
    )
    add_request(tx, request)
    add_work_order_step(tx, order, step="disclosure-requested", reason=purpose)
    return request
