"""Saved filters in and out of PostgreSQL. Never commits."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from chassis.errors import NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.tables import saved_filter_steps, saved_filters


async def own_filter(tx: Transaction, filter_id: UUID) -> Row[Any]:
    """A filter of the caller's, removed or not, locked until the end; raises NotFoundError."""
    t = saved_filters.c
    statement = select(saved_filters).where(
        t.id == filter_id, t.owner_id == UUID(tx.principal.owner_id)
    )
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return row


async def filters_kept(tx: Transaction) -> int:
    """How many the caller keeps."""
    t = saved_filters.c
    statement = select(func.count()).where(
        t.owner_id == UUID(tx.principal.owner_id), t.removed_at.is_(None)
    )
    return int(await tx.scalar(statement) or 0)


def add_filter_step(
    tx: Transaction, filter_id: UUID, *, step: str, state: str, reason: str
) -> None:
    """One row of its history."""
    add_step(
        tx,
        saved_filter_steps,
        of={"saved_filter_id": filter_id},
        step=step,
        state=state,
        reason=reason,
    )
