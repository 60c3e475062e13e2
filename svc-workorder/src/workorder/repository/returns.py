"""Returns of work orders (退单) in and out of PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.transaction import Transaction
from workorder.domain.returns import Return
from workorder.domain.work_order import WorkOrder
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
    "asked_step",
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
    return [_return_of(row) for row in await tx.all(statement.order_by(t.id))]


async def load_open_returns(tx: Transaction, orders: Sequence[WorkOrder]) -> None:
    """Give each of these orders its open returns, where a part of it has one; relies on their parts being loaded."""
    returning = {
        each.id: each for each in orders if any(task.return_asked_at for task in each.tasks)
    }
    if not returning:
        return
    t = work_order_returns.c
    statement = select(work_order_returns).where(
        t.work_order_id.in_(list(returning)), t.ruled_at.is_(None), t.withdrawn_at.is_(None)
    )
    for row in await tx.all(statement.order_by(t.id)):
        returning[row.work_order_id].returns.append(_return_of(row))


def _return_of(row: Row[Any]) -> Return:
    return Return(**{name: getattr(row, name) for name in _PLAIN})


def store_returns(tx: Transaction, work_order_id: UUID, number: str, returns: list[Return]) -> None:
    """Keep what was asked, ruled or counted again; what ended unruled, part_returns.end_unruled keeps."""
    for each in returns:
        if each.is_new:
            values = {name: getattr(each, name) for name in _PLAIN}
            tx.insert(work_order_returns, work_order_id=work_order_id, number=number, **values)
        elif each.is_ruled_now:
            ruled = {name: getattr(each, name) for name in _RULED}
            tx.update(work_order_returns, match={"id": each.id}, **ruled)
        elif each.is_recounted:
            tx.update(
                work_order_returns,
                match={"id": each.id},
                rule_by=each.rule_by,
                alarm_at=each.alarm_at,
            )
