from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder, WorkOrderState
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    get_work_order,
    store_work_order,
)
from workorder.tellings import tell_closed, tell_reopened


async def visit_caller(
    work_order_id: UUID, *, satisfied: bool, note: str, tx: Transaction
) -> WorkOrder:
    """回访: satisfied closes the loop; not satisfied sends it round again, up to the rounds of the rule."""
    rules = await clock_rules(tx)
    rounds = await tx.rule("redo-rounds-max")
    hotline_days = await tx.rule("hotline-working-days")
    rectification_days = await tx.rule("rectification-working-days")
    order = await get_work_order(tx, work_order_id)
    days = rectification_days
    if not order.is_rectification:
        days = hotline_days.get(order.type, max(hotline_days.values()))
    order.visit(
        satisfied=satisfied, redo_rounds_max=rounds, working_days=days, at=tx.now, rules=rules
    )
    store_work_order(tx, order)
    words = note or ("回访满意" if satisfied else "回访不满意")
    add_work_order_step(tx, order, step="visited", reason=words)
    if order.state is WorkOrderState.CLOSED:
        tell_closed(tx, order)
    else:
        tell_reopened(tx, order)
    return order
