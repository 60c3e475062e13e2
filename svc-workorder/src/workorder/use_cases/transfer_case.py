from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.transfer import OURS, CaseTransfer, TransferLinesError
from workorder.repository.transfers import add_transfer
from workorder.repository.work_orders import add_work_order_step, get_work_order


@dataclass(frozen=True, kw_only=True)
class TransferCase:
    work_order_id: UUID
    from_line: str
    to_line: str
    case_no: str
    reason: str


async def transfer_case(command: TransferCase, tx: Transaction) -> CaseTransfer:
    """A matter goes to an emergency line, or came from one; the order here goes on. Raises TransferLinesError."""
    if (command.from_line == OURS) == (command.to_line == OURS):
        raise TransferLinesError
    order = await get_work_order(tx, command.work_order_id)
    is_coming_in = command.to_line == OURS
    minutes = await tx.rule("transfer-answer-minutes")
    transfer = CaseTransfer(
        id=new_id(),
        work_order_id=order.id,
        number=order.number,
        from_line=command.from_line,
        to_line=command.to_line,
        case_no=command.case_no,
        reason=mask_text(command.reason),
        transferred_by=tx.principal.subject,
        transferred_at=tx.now,
        # What came in was taken by whoever made it an order.
        is_accepted=True if is_coming_in else None,
        answered_at=tx.now if is_coming_in else None,
        answer_by=None if is_coming_in else tx.now + timedelta(minutes=minutes),
    )
    add_transfer(tx, transfer)
    step = "transferred-in" if is_coming_in else "transferred-out"
    words = f"{command.from_line}→{command.to_line} {command.case_no} {command.reason}"
    add_work_order_step(tx, order, step=step, reason=words)
    return transfer
