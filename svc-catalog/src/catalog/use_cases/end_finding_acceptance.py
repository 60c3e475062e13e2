from datetime import timedelta
from uuid import UUID

from catalog.repository.audit import ACCEPTED, end_acceptance, get_finding
from chassis.clock import local_date
from chassis.errors import ConflictError
from chassis.transaction import Transaction


class NotAcceptedError(ConflictError):
    code = "finding-not-accepted"
    title_zh = "该问题没有有效的认可，无需撤销"
    title_en = "There is no acceptance of this finding in effect"


async def end_finding_acceptance(finding_id: UUID, tx: Transaction, *, reason: str) -> None:
    """Take an acceptance back (撤销认可): if it is still so, the next audit opens it again."""
    row = await get_finding(tx, finding_id)
    today = local_date(tx.now)
    if row.outcome != ACCEPTED or row.accepted_until < today:
        raise NotAcceptedError
    await end_acceptance(tx, row, last_day=today - timedelta(days=1), reason=reason)
