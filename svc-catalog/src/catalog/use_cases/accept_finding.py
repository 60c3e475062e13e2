from dataclasses import dataclass
from datetime import date
from uuid import UUID

from catalog.repository.audit import ACCEPTED, OPEN, close_findings, get_finding
from chassis.clock import local_date
from chassis.errors import ConflictError, InvalidError
from chassis.transaction import Transaction


class FindingClosedError(ConflictError):
    code = "finding-closed"
    title_zh = "该问题已关闭，无需认可；如再次出现，审计会另开新问题"
    title_en = "This finding is closed; should it come back, the audit opens a new one"


class AcceptanceDayError(InvalidError):
    code = "acceptance-day-past"
    title_zh = "认可截止日期已过，请填写今天或以后的日期"
    title_en = "The last day of the acceptance has passed; give today or a later day"


@dataclass(frozen=True, kw_only=True)
class AcceptFinding:
    finding_id: UUID
    reason: str
    basis: str
    """The law or local rule that allows the difference."""
    until: date


async def accept_finding(command: AcceptFinding, tx: Transaction) -> None:
    """认可: what a law allows is no fault; quiet until its last day, then the audit looks again."""
    row = await get_finding(tx, command.finding_id)
    if row.state != OPEN:
        raise FindingClosedError
    if command.until < local_date(tx.now):
        raise AcceptanceDayError
    await close_findings(
        tx,
        [row],
        outcome=ACCEPTED,
        reason=command.reason,
        accepted_until=command.until,
        basis=command.basis,
    )
