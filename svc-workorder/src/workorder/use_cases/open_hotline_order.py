from dataclasses import dataclass
from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.work_order import HotlineType, WorkOrder, WorkOrderState
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.tellings import tell_opened

NUMBER_PREFIX = "RX"


@dataclass(frozen=True, kw_only=True)
class OpenHotlineOrder:
    type: HotlineType
    title: str
    content: str
    category: str
    division: str
    caller_id: UUID | None
    contact_phone: str | None
    is_confidential: bool
    channel: str


async def open_hotline_order(command: OpenHotlineOrder, tx: Transaction) -> WorkOrder:
    """Take a call (12345 诉求): nothing is read, so that it goes to the books in one statement.

    A report (举报) is confidential whether or not the caller asked for it.
    """
    order = WorkOrder(
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        kind=WorkOrderKind.HOTLINE,
        type=command.type,
        category=command.category,
        division=command.division,
        department="",
        caller_id=command.caller_id,
        application_id=None,
        rating_id=None,
        channel=command.channel,
        title=mask_text(command.title),
        content=mask_text(command.content),
        state=WorkOrderState.OPENED,
        opened_at=tx.now,
        version=1,
        is_confidential=command.is_confidential or command.type is HotlineType.REPORT,
    )
    said = f"{command.title}\n{command.content}"
    add_work_order(tx, order, said=said, phone=command.contact_phone)
    add_work_order_step(tx, order, step="opened", reason="诉求登记")
    tell_opened(tx, order)
    return order
