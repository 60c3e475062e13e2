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
)
_RULED = ("is_granted", "ruled_by", "ruled_at", "ruling", "decided_department")


async def open_return_of(tx: Transaction, work_order_id: UUID) -> list[Return]:
    """The return of an order that waits for a ruling, if there is one."""
    t = work_order_returns.c
    statement = select(work_order_returns).where(
        t.work_order_id == work_order_id, t.ruled_at.is_(None)
    )
    rows = await tx.all(statement.order_by(t.id))
    return [Return(**{name: getattr(row, name) for name in _PLAIN}) for row in rows]


def store_returns(tx: Transaction, work_order_id: UUID, number: str, returns: list[Return]) -> None:
    """Keep what was asked or ruled in this step."""
    for each in returns:
        if each.is_new:
            values = {name: getattr(each, name) for name in _PLAIN}
            tx.insert(work_order_returns, work_order_id=work_order_id, number=number, **values)
        elif each.is_changed:
            ruled = {name: getattr(each, name) for name in _RULED}
            tx.update(work_order_returns, match={"id": each.id}, **ruled)
