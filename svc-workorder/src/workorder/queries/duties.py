"""Reads of the responsibility list and its rulings."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, or_, select

from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.transaction import Transaction
from workorder.tables import responsibilities, responsibility_rulings


def duties_where(
    *,
    category: str | None = None,
    division: str | None = None,
    department: str | None = None,
    on: date | None = None,
) -> Select[Any]:
    """Rows of the list; `on`: those in force on a day, `division`: with all below it."""
    t = responsibilities.c
    statement = select(responsibilities)
    if category is not None:
        statement = statement.where(t.category == category)
    if division is not None:
        statement = statement.where(t.division.startswith(subtree_prefix(division)))
    if department is not None:
        statement = statement.where(t.department == department)
    if on is not None:
        statement = statement.where(
            t.valid_from <= on, or_(t.valid_until.is_(None), t.valid_until >= on)
        )
    return statement


async def duty_row(tx: Transaction, duty_id: UUID) -> Row[Any]:
    """Raises NotFoundError."""
    row = await tx.one_or_none(select(responsibilities).where(responsibilities.c.id == duty_id))
    if row is None:
        raise NotFoundError
    return row


def rulings_where(
    *,
    category: str | None = None,
    division: str | None = None,
    department: str | None = None,
    is_adopted: bool | None = None,
) -> Select[Any]:
    """Rulings; of a division and all below it."""
    t = responsibility_rulings.c
    statement = select(responsibility_rulings)
    if category is not None:
        statement = statement.where(t.category == category)
    if division is not None:
        statement = statement.where(t.division.startswith(subtree_prefix(division)))
    if department is not None:
        statement = statement.where(t.department == department)
    if is_adopted is not None:
        open_ = t.adopted_at.is_(None)
        statement = statement.where(~open_ if is_adopted else open_)
    return statement
