from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.clock import CITY_ZONE, local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.confidential import confidentiality_of, masked
from workorder.domain.transfer import OURS, CaseTransfer
from workorder.domain.work_order import Confidentiality, HotlineType, Urgency, WorkOrder
from workorder.proposing import propose
from workorder.repository.processes import active_process
from workorder.repository.transfers import add_transfer, fingerprint_of, transfer_told
from workorder.repository.work_orders import add_work_order, add_work_order_step
from workorder.stepping import taking_of
from workorder.tellings import tell_emergency, tell_opened

CHANNEL = "phone"
NUMBER_PREFIX = "RX"


@dataclass(frozen=True, kw_only=True)
class TakeTransfer:
    line: str
    number: str
    """The other line's own."""
    received_at: datetime
    type: HotlineType
    what: str
    place: str
    division: str
    urgency: Urgency
    contact_phone: str | None

    @property
    def content(self) -> dict[str, str]:
        """What was told under the number, in one form: an instant is the same in every zone."""
        return {
            "received_at": self.received_at.astimezone(UTC).isoformat(),
            "type": self.type.value,
            "what": self.what.strip(),
            "place": self.place.strip(),
            "division": self.division,
            "urgency": self.urgency.value,
            "contact_phone": self.contact_phone or "",
        }


async def take_transfer(command: TakeTransfer, tx: Transaction) -> tuple[CaseTransfer, bool]:
    """A matter that an emergency line hands over becomes a hotline order; told again, it is the same one.

    Returns the transfer, and whether it is new. What was said is encrypted, shown masked. Raises
    TransferToldOtherwiseError when its number came before with other content.
    """
    known = await transfer_told(tx, command.line, command.number)
    fingerprint = fingerprint_of(tx, command.content)
    if known is not None:
        known.check_told_again(fingerprint)
        return known, False
    order = await _order(command, tx)
    transfer = CaseTransfer(
        id=new_id(),
        work_order_id=order.id,
        number=order.number,
        from_line=command.line,
        to_line=OURS,
        case_no=command.number,
        partner_number=command.number,
        reason=f"{command.line} 转办，{command.received_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M} 接报",
        transferred_by=tx.principal.subject,
        transferred_at=tx.now,
        is_accepted=True,
        answered_at=tx.now,
        told_fingerprint=fingerprint,
    )
    add_transfer(tx, transfer)
    words = f"{command.line}→{OURS} {command.number}"
    add_work_order_step(tx, order, step="transferred-in", reason=words)
    return transfer, True


async def _order(command: TakeTransfer, tx: Transaction) -> WorkOrder:
    process = await active_process(tx, WorkOrderKind.HOTLINE)
    hidden = confidentiality_of(command.type, asked=Confidentiality.NORMAL, is_confidential=False)
    title = command.what.strip().splitlines()[0][:60]
    order = WorkOrder.open(
        process.definition,
        version=process.version,
        taking=await taking_of(tx, process),
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        kind=WorkOrderKind.HOTLINE.value,
        type=command.type.value,
        category="",
        division=command.division,
        department="",
        caller_id=None,
        application_id=None,
        rating_id=None,
        channel=CHANNEL,
        source=command.line,
        title=masked(title, hidden),
        content=masked(command.what, hidden),
        is_confidential=hidden is not Confidentiality.NORMAL,
        confidentiality=hidden.value,
        urgency=command.urgency.value,
        place=masked(command.place, hidden),
    )
    add_work_order(tx, order, said=f"{title}\n{command.what}", phone=command.contact_phone)
    order.proposed = await propose(tx, order)
    add_work_order_step(tx, order, step="opened", reason=f"{command.line} 转办登记")
    tell_opened(tx, order)
    if command.urgency is Urgency.EMERGENCY:
        tell_emergency(tx, order)
    return order
