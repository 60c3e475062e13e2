"""Reads of what people are told: notices with their deliveries, and the feed of to-dos."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from chassis.errors import NotFoundError
from chassis.indicators import Period
from chassis.transaction import Transaction
from workorder.domain.notices import TODO_KINDS
from workorder.tables import delivery_endpoints, notices


def notices_where(
    period: Period,
    *,
    state: str | None,
    kind: str | None,
    endpoint: UUID | None,
    number: str | None,
    recipient: str | None,
) -> Select[Any]:
    """Notices within reach, by what was asked."""
    t = notices.c
    conditions = period.conditions(at=t.created_at, division=t.division, department=t.department)
    equals = {
        "state": state,
        "kind": kind,
        "endpoint_id": endpoint,
        "number": number,
        "recipient": recipient,
    }
    conditions += [t[name] == value for name, value in equals.items() if value is not None]
    return select(notices).where(*conditions)


async def notice_of(tx: Transaction, notice_id: UUID) -> Row[Any]:
    """One notice within reach; raises NotFoundError."""
    row = await tx.one_or_none(select(notices).where(notices.c.id == notice_id))
    if row is None:
        raise NotFoundError
    return row


async def endpoint_row(tx: Transaction, endpoint_id: UUID) -> Row[Any]:
    """One endpoint; raises NotFoundError."""
    statement = select(delivery_endpoints).where(delivery_endpoints.c.id == endpoint_id)
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


async def feed_after(
    tx: Transaction, *, after: int, limit: int, department: str | None
) -> Sequence[Row[Any]]:
    """Changes of to-dos within reach, after a position, oldest first."""
    t = notices.c
    statement = select(notices).where(t.position > after, t.kind.in_(TODO_KINDS))
    if department is not None:
        statement = statement.where(t.department == department)
    return await tx.all(statement.order_by(t.position).limit(limit))
