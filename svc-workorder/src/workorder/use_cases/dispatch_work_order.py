from dataclasses import dataclass
from uuid import UUID

from chassis.errors import ForbiddenError
from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    get_work_order,
    store_work_order,
)
from workorder.tellings import tell_dispatched


class OutsideReachError(ForbiddenError):
    code = "outside-reach"
    title_zh = "只能派往本辖区内的区划；跨辖区请转热线派单"
    title_en = "Dispatch within your own division only; for another one ask the hotline"


@dataclass(frozen=True, kw_only=True)
class DispatchWorkOrder:
    work_order_id: UUID
    department: str
    division: str | None
    reason: str


async def dispatch_work_order(command: DispatchWorkOrder, tx: Transaction) -> WorkOrder:
    """派单: a department has it, with a due date by the order's type."""
    rules = await clock_rules(tx)
    days = await tx.rule("hotline-working-days")
    order = await get_work_order(tx, command.work_order_id)
    if command.division and not command.division.startswith(tx.scope.division):
        raise OutsideReachError
    order.dispatch(
        by=tx.principal.subject,
        department=command.department,
        division=command.division,
        working_days=days.get(order.type, max(days.values())),
        at=tx.now,
        rules=rules,
    )
    store_work_order(tx, order)
    add_work_order_step(tx, order, step="dispatched", reason=command.reason)
    tell_dispatched(tx, order)
    return order
