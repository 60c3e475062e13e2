"""Versions of process definitions as their doors know them: drafted, in force, retired. Never commits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from chassis.errors import NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.process.definition import Definition
from workorder.tables import process_definition_steps, process_definitions


@dataclass(kw_only=True)
class Version:
    """One version of one process."""

    id: UUID
    code: str
    version: int
    name: str
    state: str
    """draft, active, retired."""
    definition: dict[str, Any]
    drafted_by: str
    drafted_at: datetime
    activated_by: str | None = None
    activated_at: datetime | None = None
    retired_at: datetime | None = None
    row_version: int = 1

    @property
    def parsed(self) -> Definition:
        return Definition.model_validate(self.definition)


def version_of(row: Row[Any]) -> Version:
    return Version(**row._mapping)


async def get_version(tx: Transaction, definition_id: UUID) -> Version:
    """A version, locked until the end; raises NotFoundError, PreconditionError."""
    t = process_definitions
    row = await tx.one_or_none(select(t).where(t.c.id == definition_id).with_for_update())
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    return version_of(row)


async def lock_code(tx: Transaction, code: str) -> None:
    """Whoever drafts or puts in force a version of this process next waits until the end."""
    await tx.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"process {code}", 0)))
    )


async def next_version(tx: Transaction, code: str) -> int:
    t = process_definitions.c
    return (
        int(
            await tx.scalar(select(func.coalesce(func.max(t.version), 0)).where(t.code == code))
            or 0
        )
        + 1
    )


async def version_in_force(tx: Transaction, code: str) -> Version | None:
    t = process_definitions
    row = await tx.one_or_none(
        select(t).where(t.c.code == code, t.c.state == "active").with_for_update()
    )
    return version_of(row) if row is not None else None


def add_version(tx: Transaction, version: Version, *, reason: str) -> None:
    tx.insert(process_definitions, **vars(version))
    _add_step(tx, version, step="drafted", reason=reason)


def store_version(tx: Transaction, version: Version, *, step: str, reason: str) -> None:
    """Keep a changed version with its step; raises PreconditionError at the end when somebody was faster."""
    seen = version.row_version
    version.row_version += 1
    values = {name: value for name, value in vars(version).items() if name not in {"id", "code"}}
    tx.update(process_definitions, match={"id": version.id, "row_version": seen}, **values)
    _add_step(tx, version, step=step, reason=reason)


def _add_step(tx: Transaction, version: Version, *, step: str, reason: str) -> None:
    add_step(
        tx,
        process_definition_steps,
        of={"process_definition_id": version.id},
        step=step,
        state=version.state,
        reason=reason,
    )
