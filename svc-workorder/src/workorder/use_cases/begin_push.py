from collections.abc import Sequence

from chassis.transaction import Transaction
from workorder.domain.exchange_push import BEGUN, GIVEN_UP, Sending, due_at, is_spent
from workorder.repository.exchange import add_batch_step, lines_of
from workorder.repository.exchange_push import push_of_batch, unsent_batches

LOST = "发送中断，未得到结果"


async def begin_push(tx: Transaction, pauses: Sequence[int]) -> Sending | None:
    """The next batch that is due for the province, marked so that no other process sends it too; None: none is."""
    for batch in await unsent_batches(tx):
        push = await push_of_batch(tx, batch.id)
        due = due_at(push, pauses)
        if due is None or due > tx.now:
            continue
        if is_spent(push.tries, pauses):
            add_batch_step(tx, batch.id, step=GIVEN_UP, state="push-dead", reason=LOST)
            continue
        tries = push.tries + 1
        add_batch_step(tx, batch.id, step=BEGUN, state="pushing", reason=f"第 {tries} 次发送")
        return Sending(
            batch_id=batch.id,
            day=batch.day,
            number=batch.number,
            schema_version=batch.schema_version,
            rows=batch.rows,
            sha256=batch.sha256,
            lines=await lines_of(tx, batch.id),
            tries=tries,
        )
    return None
