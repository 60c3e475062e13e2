"""Returns of work orders (退单) in and out of PostgreSQL."""

from uuid import UUID

from sqlalchemy import select

from chassis.transaction import Transaction
from workorder.domain.returns import Return
from workorder.tables import work_order_returns

_PLAIN = (
    "id",
    "department",
    "division",
    "round",
    "asked_by",
    "asked_at",
    "reason",
    "suggested_department",
    "is_granted",
    "ruled_by",
    "ruled_at",
    "ruling",
    "decided_department",
    "task_id",
    "duty_id",
    "waits_for",
    "rule_by",
    "alarm_at",
    "withdrawn_by",
    "withdrawn_at",
)
_RULED = ("is_granted", "ruled_by", "ruled_at", "ruling", "decided_department", "alarm_at")


async def open_returns_of(tx: Transaction, work_order_id: UUID) -> list[Return]:
    """The returns of an order and of its parts that wait for a ruling, the oldest first."""
    t = work_order_returns.c
    statement = select(work_order_returns).where(
        t.work_order_id == work_order_id, t.ruled_at.is_(None), t.withdrawn_at.is_(None)
    )
    rows = await tx.all(statement.order_by(t.id))
    return [Return(**{name: getattr(row, name) for name in _PLAIN}) for row in rows]


def store_returns(tx: Transaction, work_order_id: UUID, number: str, returns: list[Return]) -> None:
    """Keep what was asked or ruled in this step; what ended unruled, part_returns.end_unruled keeps."""
    for each in returns:
        if each.is_new:
            values = {name: getattr(each, name) for name in _PLAIN}
            tx.insert(work_order_returns, work_order_id=work_order_id, number=number, **values)
        elif each.is_ruled_now:
            ruled = {name: getattr(each, name) for name in _RULED}
            tx.update(work_order_returns, match={"id": each.id}, **ruled)
