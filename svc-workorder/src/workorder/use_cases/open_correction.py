from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.events.catalog import FindingOpened
from contracts.vocabulary import WorkOrderKind
from workorder.domain.work_order import (
    CONTENT_CHARACTERS_MAX,
    CORRECTION_TYPE,
    TITLE_CHARACTERS_MAX,
    WorkOrder,
)
from workorder.repository.processes import active_process
from workorder.repository.work_orders import (
    add_work_order,
    add_work_order_step,
    is_settled,
    order_of_finding,
)
from workorder.stepping import SYSTEM, taking_of
from workorder.tellings import tell_opened

NUMBER_PREFIX = "GZ"


async def open_correction(fact: FindingOpened, tx: Transaction) -> WorkOrder | None:
    """What the audit found opens a correction (指南整改) at the owner, with its due day. Once for each finding.

    None: it is open already, or its end was told before.
    """
    if await order_of_finding(tx, fact.finding_id) is not None:
        return None
    if await is_settled(tx, fact.finding_id):
        return None
    where = "、".join(fact.fields)
    content = (
        f"{fact.what}\n事项编码：{fact.item_code}\n位置：{where}\n整改办法：{fact.how_to_mend}"
    )
    process = await active_process(tx, WorkOrderKind.CORRECTION)
    taking = await taking_of(tx, process, at=fact.opened_at, by=SYSTEM, department=fact.department)
    order = WorkOrder.open(
        process.definition,
        version=process.version,
        taking=taking,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        kind=WorkOrderKind.CORRECTION.value,
        type=CORRECTION_TYPE,
        category=fact.rule,
        division=fact.division,
        department=fact.department,
        caller_id=None,
        application_id=None,
        rating_id=None,
        finding_id=fact.finding_id,
        channel="web",
        source="audit",
        title=f"指南整改 {fact.item_name}"[:TITLE_CHARACTERS_MAX],
        content=content[:CONTENT_CHARACTERS_MAX],
        dispatched_at=fact.opened_at,
    )
    if fact.due_on is not None:
        order.start_clock_due(fact.due_on, taking)
    add_work_order(tx, order, said=None, phone=None)
    add_work_order_step(tx, order, step="opened", reason="目录审计自动生成指南整改工单")
    tell_opened(tx, order)
    return order
