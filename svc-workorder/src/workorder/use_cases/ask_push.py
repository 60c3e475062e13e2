from uuid import UUID

from chassis.errors import ConflictError
from chassis.transaction import Transaction
from workorder.domain.exchange_push import ASKED
from workorder.repository.exchange import add_batch_step, get_batch
from workorder.repository.exchange_push import push_of_batch


class PushRunningError(ConflictError):
    code = "push-running"
    title_zh = "该批次正在自动发送，请等待结果，见批次经过"
    title_en = "It is being sent by itself; wait for what comes of it, in the batch's steps"


async def ask_push(tx: Transaction, batch_id: UUID, *, reason: str) -> None:
    """Send a batch once more from the beginning: after it was given up, or when the province lost it."""
    batch = await get_batch(tx, batch_id, is_locked=True)
    tx.expect(batch.version)
    push = await push_of_batch(tx, batch_id)
    if push.tries and not push.is_over:
        raise PushRunningError
    add_batch_step(tx, batch_id, step=ASKED, state="pushing", reason=reason)
