from chassis.transaction import Transaction
from workorder.repository.merged import seen_order
from workorder.repository.notices import Alarmed, note_alarms
from workorder.repository.transfers import store_transfer, unanswered
from workorder.repository.work_orders import add_work_order_step

BATCH = 100


async def warn_of_transfers(tx: Transaction) -> int:
    """No receipt came in time for what was handed to an emergency line: on record, and told, once; returns how many."""
    late = await unanswered(tx, limit=BATCH)
    for transfer in late:
        transfer.answer_by = None
        store_transfer(tx, transfer)
        order = await seen_order(tx, transfer.work_order_id)
        assert order is not None
        reason = f"转往 {transfer.to_line} 未按时回执，请电话核实"
        add_work_order_step(tx, order, step="transfer-unanswered", reason=reason)
    if late:
        alarms = [Alarmed(work_id=each.work_order_id, kind="overstayed") for each in late]
        await note_alarms(tx, "work_orders", alarms)
    return len(late)
