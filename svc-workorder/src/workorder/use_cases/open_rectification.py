from dataclasses import dataclass
from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.work_order import RECTIFICATION_TYPE, WorkOrder
from workorder.repository.processes import active_process
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.stepping import SYSTEM, taking_of
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
    process = await active_process(tx, WorkOrderKind.RECTIFICATION)
    taking = await taking_of(tx, process, by=SYSTEM, department=command.department)
    order = WorkOrder.open(
        process.definition,
        version=process.version,
        taking=taking,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        kind=WorkOrderKind.RECTIFICATION.value,
        type=RECTIFICATION_TYPE,
        category="bad-rating",
        division=command.division,
        department=command.department,
        caller_id=command.rater_id,
        application_id=command.application_id,
        rating_id=command.rating_id,
        channel="web",
        source="rating",
        title=f"差评整改 {command.item_code}".strip(),
        content=f"评价等级 {command.level}；原因：{'、'.join(command.reason_codes) or '未注明'}",
        is_confidential=True,
        confidentiality="full-hidden",
        dispatched_at=tx.now,
    )
    add_work_order(tx, order, said=None, phone=None)
    add_work_order_step(tx, order, step="opened", reason="差评自动生成整改工单")
    tell_opened(tx, order)
    return order
