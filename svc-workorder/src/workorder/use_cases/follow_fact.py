from uuid import UUID

from chassis.envelope import Fact
from chassis.transaction import Transaction
from workorder.following import follow
from workorder.repository.fact_keys import orders_about
from workorder.repository.work_orders import get_work_order


async def follow_fact(fact: Fact, tx: Transaction) -> int:
    """Move on all open work whose definition names this fact and which it is about; returns how much it was."""
    count = 0
    after: UUID | None = None
    while ids := await orders_about(tx, fact, after=after):
        for order_id in ids:
            order = await get_work_order(tx, order_id)
            count += await follow(tx, order, fact)
            await tx.flush()
        after = ids[-1]
    return count
