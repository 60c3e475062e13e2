from uuid import UUID

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.confidential import masked
from workorder.domain.transfer import CaseTransfer, TransferEndedError
from workorder.domain.work_order import Confidentiality, WorkOrder
from workorder.repository.transfers import get_transfer
from workorder.repository.work_orders import add_work_order_step, get_work_order
from workorder.supplementing import urge_to_read

SUPPLEMENTED = "transfer-supplemented"


async def supplement_transfer(
    transfer_id: UUID, text: str, tx: Transaction, *, line: str
) -> CaseTransfer:
    """A line says more of what it handed over: on record, masked, and whoever has the order is told to read it.

    Merged into another, the order that leads has it too. Raises NotFoundError for what the line did not hand over,
    TransferEndedError for what is closed.
    """
    transfer = await get_transfer(tx, transfer_id)
    if transfer.from_line != line:
        raise NotFoundError
    order = await get_work_order(tx, transfer.work_order_id)
    if order.is_closed:
        raise TransferEndedError
    _note(tx, order, transfer, text)
    if order.merged_into is not None:
        order = await get_work_order(tx, order.merged_into)
        _note(tx, order, transfer, text)
    await urge_to_read(tx, order)
    return transfer


def _note(tx: Transaction, order: WorkOrder, transfer: CaseTransfer, text: str) -> None:
    said = masked(text, Confidentiality(order.confidentiality))
    reason = f"{transfer.from_line} {transfer.case_no} 补充：{said}"
    add_work_order_step(tx, order, step=SUPPLEMENTED, reason=reason)
