from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.open311 import Open311Error, Report, Service
from workorder.domain.work_order import Confidentiality, HotlineType, WorkOrder
from workorder.repository.open311 import add_request
from workorder.repository.processes import active_process
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.stepping import taking_of
from workorder.tellings import tell_opened

SOURCE = "open311"
CHANNEL = "web"


async def open_open311_request(
    tx: Transaction,
    service: Service,
    report: Report,
    *,
    answers: list[tuple[str, str]],
    client_id: UUID | None,
    caller_id: UUID | None,
    division: str,
) -> WorkOrder:
    """A report of another city's application becomes a hotline order; what it said stands in it, masked."""
    lines = [report.description, *(f"{question}：{said}" for question, said in answers)]
    content = "\n".join(line for line in lines if line)
    if not content:
        raise Open311Error(400, "description was not provided 请填写 description")
    process = await active_process(tx, WorkOrderKind.HOTLINE)
    is_report = service.type == HotlineType.REPORT.value
    hidden = Confidentiality.FULL_HIDDEN if is_report else Confidentiality.NORMAL
    title = f"{service.name}：{content.splitlines()[0]}"[:200]
    order = WorkOrder.open(
        process.definition,
        version=process.version,
        taking=await taking_of(tx, process),
        id=new_id(),
        number=readable_number("RX", local_date(tx.now)),
        kind=WorkOrderKind.HOTLINE.value,
        type=service.type,
        category=service.category,
        division=division,
        department="",
        caller_id=caller_id,
        application_id=None,
        rating_id=None,
        channel=CHANNEL,
        source=SOURCE,
        title=mask_text(title),
        content=mask_text(content),
        is_confidential=is_report,
        confidentiality=hidden.value,
        place=mask_text(report.address),
        longitude=report.longitude,
        latitude=report.latitude,
    )
    add_work_order(tx, order, said=f"{title}\n{content}", phone=report.phone or None)
    add_work_order_step(tx, order, step="opened", reason="Open311 诉求登记")
    add_request(tx, order, report, client_id)
    tell_opened(tx, order)
    return order
