from collections.abc import Sequence

from chassis.transaction import Transaction
from workorder.domain.exchange_push import FAILED, GIVEN_UP, PUSHED, Outcome, Sending, is_spent
from workorder.repository.exchange import add_batch_step, get_batch
from workorder.repository.exchange_push import push_of_batch


async def end_push(
    tx: Transaction, sending: Sending, outcome: Outcome, pauses: Sequence[int]
) -> None:
    """What came of a try stands in the batch's history; after the last one that failed it is given up, and named."""
    await get_batch(tx, sending.batch_id, is_locked=True)
    if (await push_of_batch(tx, sending.batch_id)).is_over:
        return
    if not outcome.fault:
        words = f"省平台已接收 {sending.rows} 条，回执 {outcome.receipt or '无编号'}"
        add_batch_step(tx, sending.batch_id, step=PUSHED, state="pushed", reason=words)
        return
    is_last = is_spent(sending.tries, pauses)
    add_batch_step(
        tx,
        sending.batch_id,
        step=GIVEN_UP if is_last else FAILED,
        state="push-dead" if is_last else "push-failed",
        reason=outcome.fault,
    )
