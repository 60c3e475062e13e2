"""The responsibility list and its rulings in and out of PostgreSQL. Never commits."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select

from chassis.errors import NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.duties import OutsideDivisionError
from workorder.tables import responsibilities, responsibility_rulings, responsibility_steps

COLUMNS = (
    "category",
    "division",
    "department",
    "co_departments",
    "basis",
    "valid_from",
    "valid_until",
)


def check_division(tx: Transaction, division: str) -> None:
    """A list is kept for one's own division and those below; raises OutsideDivisionError."""
    if not tx.scope.everything and not (
        tx.scope.division and division.startswith(tx.scope.division)
    ):
        raise OutsideDivisionError


async def locked_duty(tx: Transaction, duty_id: UUID) -> Row[Any]:
    """A row within reach, locked until the end, as the caller saw it; raises NotFoundError."""
    statement = select(responsibilities).where(responsibilities.c.id == duty_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return row


async def overlapping(
    tx: Transaction, values: Mapping[str, Any], *, but: UUID | None = None
) -> Row[Any] | None:
    """Another row of the same category and division that holds on one of the same days."""
    t = responsibilities.c
    statement = select(responsibilities).where(
        t.category == values["category"],
        t.division == values["division"],
        or_(t.valid_until.is_(None), t.valid_until >= values["valid_from"]),
    )
    if values["valid_until"] is not None:
        statement = statement.where(t.valid_from <= values["valid_until"])
    if but is not None:
        statement = statement.where(t.id != but)
    return await tx.one_or_none(statement.order_by(t.valid_from.desc()).limit(1))


def add_duty(tx: Transaction, duty_id: UUID, values: Mapping[str, Any], *, reason: str) -> None:
    tx.insert(responsibilities, id=duty_id, changed_at=tx.now, version=1, **values)
    _add_step(tx, duty_id, values, version=1, step="added", reason=reason)


def store_duty(
    tx: Transaction, row: Row[Any], values: Mapping[str, Any], *, step: str, reason: str
) -> None:
    version = row.version + 1
    tx.update(
        responsibilities,
        match={"id": row.id, "version": row.version},
        changed_at=tx.now,
        version=version,
        **values,
    )
    whole = {**{name: getattr(row, name) for name in COLUMNS}, **values}
    _add_step(tx, row.id, whole, version=version, step=step, reason=reason)


def _add_step(
    tx: Transaction,
    duty_id: UUID,
    values: Mapping[str, Any],
    *,
    version: int,
    step: str,
    reason: str,
) -> None:
    content = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
    add_step(
        tx,
        responsibility_steps,
        of={"responsibility_id": duty_id},
        step=step,
        state="in-force",
        reason=reason,
        version=version,
        content=content,
    )


async def locked_ruling(tx: Transaction, ruling_id: UUID) -> Row[Any]:
    """A ruling within reach, locked until the end; raises NotFoundError."""
    statement = select(responsibility_rulings).where(responsibility_rulings.c.id == ruling_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    return row
