from dataclasses import dataclass
from uuid import UUID

from chassis.errors import NotFoundError
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.transfer import CaseTransfer
from workorder.repository.merged import seen_order
from workorder.repository.transfers import get_transfer, store_transfer
from workorder.repository.work_orders import add_work_order_step


@dataclass(frozen=True, kw_only=True)
class AnswerTransfer:
    transfer_id: UUID
    accepted: bool
    returned_reason: str = ""
    case_no: str = ""
    line: str = ""
    """When a line's own system says it: only of what was handed to that line."""


async def answer_transfer(command: AnswerTransfer, tx: Transaction) -> CaseTransfer:
    """The other line took it, or sent it back with a reason; either way the order here stays as it is."""
    transfer = await get_transfer(tx, command.transfer_id)
    if command.line and transfer.to_line != command.line:
        raise NotFoundError
    transfer.answer(
        accepted=command.accepted,
        returned_reason=mask_text(command.returned_reason),
        case_no=command.case_no,
        at=tx.now,
    )
    order = await seen_order(tx, transfer.work_order_id)
    assert order is not None
    store_transfer(tx, transfer)
    step = "transfer-accepted" if command.accepted else "transfer-returned"
    reason = f"{transfer.other_line} {transfer.case_no} {transfer.returned_reason}".strip()
    add_work_order_step(tx, order, step=step, reason=reason)
    return transfer
