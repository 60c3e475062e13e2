from chassis.envelope import Fact
from chassis.transaction import Transaction
from workorder.following import follow
from workorder.repository.process_definitions import steps_on
from workorder.repository.work_orders import get_work_order, open_orders_by


async def follow_fact(fact: Fact, tx: Transaction) -> int:
    """Move on all open work whose definition names this fact and which it is about; returns how much it was."""
    count = 0
    for process, step in await steps_on(tx, fact.TYPE):
        if step.finds is None:
            continue
        value = getattr(fact, step.finds.field, None)
        if value is None:
            continue
        for order_id in await open_orders_by(tx, process, by=step.finds.by, value=value):
            order = await get_work_order(tx, order_id)
            count += await follow(tx, order, fact)
            await tx.flush()
    return count
