from uuid import UUID

from chassis.errors import NotFoundError
from chassis.masking import mask_text
from chassis.transaction import Transaction
from workorder.domain.transfer import CaseTransfer
from workorder.repository.merged import seen_order
from workorder.repository.transfers import get_transfer, store_transfer
from workorder.repository.work_orders import add_work_order_step


async def close_transfer(
    transfer_id: UUID, words: str, tx: Transaction, *, line: str = ""
) -> CaseTransfer:
    """The other line ended its case: on record here; the order here is closed by its own steps only.

    `line`: whose own system says it, only of what was handed to that line.
    """
    transfer = await get_transfer(tx, transfer_id)
    if line and transfer.to_line != line:
        raise NotFoundError
    transfer.close_there(mask_text(words), tx.now)
    order = await seen_order(tx, transfer.work_order_id)
    assert order is not None
    store_transfer(tx, transfer)
    reason = f"{transfer.other_line} {transfer.case_no} 已办结：{words}"
    add_work_order_step(tx, order, step="transfer-closed-there", reason=reason)
    return transfer
