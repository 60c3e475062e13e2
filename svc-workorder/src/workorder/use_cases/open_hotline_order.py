from dataclasses import dataclass
from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.chats import ChatOrderedError
from workorder.domain.confidential import confidentiality_of, masked
from workorder.domain.work_order import (
    Confidentiality,
    HotlineType,
    Urgency,
    WorkOrder,
)
from workorder.proposing import propose
from workorder.repository.chats import add_message, get_chat, store_chat
from workorder.repository.processes import active_process
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.stepping import taking_of
from workorder.tellings import tell_emergency, tell_opened

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
    source: str = "phone"
    urgency: Urgency = Urgency.NORMAL
    confidentiality: Confidentiality = Confidentiality.NORMAL
    place: str = ""
    longitude: float | None = None
    latitude: float | None = None
    is_enterprise: bool = False
    chat_id: UUID | None = None
    """The live chat that it comes out of; kept with it."""


async def open_hotline_order(command: OpenHotlineOrder, tx: Transaction) -> WorkOrder:
    """Take a call (12345 诉求): nothing is read, so that it goes to the books in one statement.

    A report (举报) is confidential whether or not the caller asked for it. The process, its rules and the calendar
    are remembered.
    """
    process = await active_process(tx, WorkOrderKind.HOTLINE)
    confidentiality = confidentiality_of(
        command.type, asked=command.confidentiality, is_confidential=command.is_confidential
    )
    taking = await taking_of(tx, process)
    order = WorkOrder.open(
        process.definition,
        version=process.version,
        taking=taking,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        kind=WorkOrderKind.HOTLINE.value,
        type=command.type.value,
        category=command.category,
        division=command.division,
        department="",
        caller_id=command.caller_id,
        application_id=None,
        rating_id=None,
        channel=command.channel,
        source=command.source,
        title=masked(command.title, confidentiality),
        content=masked(command.content, confidentiality),
        is_confidential=confidentiality is not Confidentiality.NORMAL,
        confidentiality=confidentiality.value,
        urgency=command.urgency.value,
        place=masked(command.place, confidentiality),
        longitude=command.longitude,
        latitude=command.latitude,
        is_enterprise=command.is_enterprise,
    )
    said = f"{command.title}\n{command.content}"
    add_work_order(tx, order, said=said, phone=command.contact_phone)
    order.proposed = await propose(tx, order)
    add_work_order_step(tx, order, step="opened", reason="诉求登记")
    tell_opened(tx, order)
    if command.chat_id is not None:
        await _link_chat(command.chat_id, order, tx)
    if command.urgency is Urgency.EMERGENCY:
        tell_emergency(tx, order)
    return order


async def _link_chat(chat_id: UUID, order: WorkOrder, tx: Transaction) -> None:
    """Raises NotYourChatError, ChatOrderedError."""
    chat = await get_chat(tx, chat_id)
    chat.check_agent(tx.principal.subject)
    if chat.work_order_id is not None:
        raise ChatOrderedError
    chat.work_order_id = order.id
    store_chat(tx, chat)
    add_message(tx, chat, side="system", text=f"已登记为工单 {order.number}")
