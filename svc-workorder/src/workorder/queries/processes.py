"""Reads of process definitions, and of where open work of a version stands."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from chassis.errors import NotFoundError
from chassis.transaction import Transaction
from workorder.domain.application import PROCESS
from workorder.domain.process.picture import Standing
from workorder.tables import applications, process_definitions, work_orders


def definitions_where(*, code: str | None = None, state: str | None = None) -> Select[Any]:
    statement = select(process_definitions)
    if code:
        statement = statement.where(process_definitions.c.code == code)
    if state:
        statement = statement.where(process_definitions.c.state == state)
    return statement


async def definition_row(tx: Transaction, definition_id: UUID) -> Row[Any]:
    t = process_definitions
    row = await tx.one_or_none(select(t).where(t.c.id == definition_id))
    if row is None:
        raise NotFoundError
    return row


async def definition_of(tx: Transaction, code: str, version: int) -> Row[Any] | None:
    t = process_definitions
    return await tx.one_or_none(select(t).where(t.c.code == code, t.c.version == version))


async def standing_of(tx: Transaction, code: str, version: int) -> dict[str, Standing]:
    """Open work of a version by state, within the caller's reach: only what is open is looked at."""
    if code == PROCESS:
        t = applications.c
        rows = await tx.all(
            select(t.state, func.count().label("count"))
            .where(t.ended_at.is_(None), t.process_version == version)
            .group_by(t.state)
        )
        return {row.state: Standing(count=row._mapping["count"]) for row in rows}
    o = work_orders.c
    half = func.percentile_disc(0.5).within_group(o.entered_at.asc())
    rows = await tx.all(
        select(
            o.state,
            func.count().label("count"),
            half.label("median"),
            func.min(o.entered_at).label("oldest"),
        )
        .where(o.process == code, o.process_version == version, o.waits_for.is_not(None))
        .group_by(o.state)
    )
    return {
        row.state: Standing(
            count=row._mapping["count"],
            median_seconds=(tx.now - row.median).total_seconds() if row.median else None,
            oldest_seconds=(tx.now - row.oldest).total_seconds() if row.oldest else None,
        )
        for row in rows
    }


async def groups_to_move(tx: Transaction, code: str, version: int) -> list[tuple[str, bool, int]]:
    """Open work of a version: state, whether its clock was started, how many."""
    o = work_orders.c
    started = o.clock_started_on.is_not(None).label("started")
    rows = await tx.all(
        select(o.state, started, func.count().label("count"))
        .where(o.process == code, o.process_version == version, o.waits_for.is_not(None))
        .group_by(o.state, started)
        .order_by(o.state, started)
    )
    return [(row.state, row.started, row._mapping["count"]) for row in rows]
