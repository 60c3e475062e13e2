from dataclasses import dataclass
from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.tellings import tell_opened

NUMBER_PREFIX = "ZG"


@dataclass(frozen=True, kw_only=True)
class OpenRectification:
    rating_id: UUID
    rater_id: UUID
    application_id: UUID | None
    item_code: str
    level: str
    reason_codes: tuple[str, ...]
    division: str
    department: str


async def open_rectification(command: OpenRectification, tx: Transaction) -> WorkOrder:
    """A bad rating (差评) opens a rectification (整改) at the department, with its due date. Once for each rating."""
    rules = await clock_rules(tx)
    order = WorkOrder.open_rectification(
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        rating_id=command.rating_id,
        rater_id=command.rater_id,
        application_id=command.application_id,
        title=f"差评整改 {command.item_code}".strip(),
        content=f"评价等级 {command.level}；原因：{'、'.join(command.reason_codes) or '未注明'}",
        division=command.division,
        department=command.department,
        working_days=await tx.rule("rectification-working-days"),
        at=tx.now,
        rules=rules,
    )
    add_work_order(tx, order, said=None, phone=None)
    add_work_order_step(tx, order, step="opened", reason="差评自动生成整改工单")
    tell_opened(tx, order)
    return order
