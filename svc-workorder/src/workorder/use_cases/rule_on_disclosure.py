from uuid import UUID

from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.disclosure import DisclosureRequest
from workorder.repository.disclosures import get_request, store_request
from workorder.repository.merged import seen_order
from workorder.repository.work_orders import add_work_order_step


async def rule_on_disclosure(
    request_id: UUID, *, granted: bool, reason: str, tx: Transaction
) -> DisclosureRequest:
    """Grant or refuse to see a hidden caller; whoever asked cannot rule."""
    request = await get_request(tx, request_id)
    request.rule(granted=granted, reason=mask_text(reason), by=tx.principal.subject, at=tx.now)
    order = await seen_order(tx, request.work_order_id)
    assert order is not None
    store_request(tx, request)
    add_work_order_step(tx, order, step=f"disclosure-{request.state}", reason=reason)
    return request
