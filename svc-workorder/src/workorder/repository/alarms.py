"""Alarms and waits that are due, by the hundred: taken so that no other process takes them too, moved on in one statement.

Only what an alarm says is read; the work itself is not loaded, because a minute may bring a hundred thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, Table, literal, select, text

from chassis.steps import step_row
from chassis.transaction import Telling, Transaction
from workorder.domain.application import PROCESS
from workorder.domain.clock import Alarm, AlarmLevel
from workorder.tables import application_steps, applications, work_order_steps, work_orders

Book = Literal["applications", "work_orders"]


@dataclass(frozen=True, kw_only=True)
class DueAlarm:
    """One alarm whose time has come."""

    id: UUID
    number: str
    state: str
    division: str
    department: str
    version: int
    due_on: date
    due_at: datetime | None
    level: AlarmLevel
    round: int


@dataclass(frozen=True, kw_only=True)
class OverWait:
    """Work whose state has waited as long as it may."""

    id: UUID
    number: str
    kind: str
    """`application`, or the kind of the work order."""
    item_code: str
    state: str
    waits_for: str
    division: str
    department: str
    version: int
    due_on: date | None
    round: int
    process: str
    process_version: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is written of one piece of work: its step of history, and the fact."""

    of: DueAlarm | OverWait
    step: str
    reason: str
    telling: Telling


async def due_alarms(tx: Transaction, book: Book, *, limit: int) -> list[DueAlarm]:
    """Alarms of one book that are due, locked until the end; what another process holds is left to it."""
    table = _TABLES[book]
    t = table.c
    orders = book == "work_orders"
    statement = (
        select(
            t.id,
            t.number,
            t.state,
            t.division,
            t.department,
            t.version,
            t.due_on,
            t.due_at if orders else literal(None).label("due_at"),
            t.alarm_level.label("level"),
            t.round if orders else literal(1).label("round"),
        )
        .where(t.alarm_at <= tx.now)
        .order_by(t.alarm_at)
    )
    return [DueAlarm(**row._mapping) for row in await _taken(tx, statement, table, limit)]


async def over_waits(tx: Transaction, book: Book, *, limit: int) -> list[OverWait]:
    """Work of one book whose wait is over, taken likewise."""
    table = _TABLES[book]
    t = table.c
    orders = book == "work_orders"
    statement = (
        select(
            t.id,
            t.number,
            t.kind if orders else literal(PROCESS).label("kind"),
            literal("").label("item_code") if orders else t.item_code,
            t.state,
            t.waits_for,
            t.division,
            t.department,
            t.version,
            t.due_on,
            t.round if orders else literal(1).label("round"),
            t.process,
            t.process_version,
        )
        .where(t.wait_until <= tx.now)
        .order_by(t.wait_until)
    )
    rows = await _taken(tx, statement, table, limit)
    return [OverWait(**{**row._mapping, "waits_for": row.waits_for or ""}) for row in rows]


async def move_alarms(tx: Transaction, book: Book, following: Mapping[UUID, Alarm | None]) -> None:
    """Set the next alarm of each; None: there is none."""
    await tx.execute(
        _MOVE[book],
        {
            "ids": list(following),
            "levels": [alarm.level if alarm else None for alarm in following.values()],
            "instants": [alarm.at if alarm else None for alarm in following.values()],
        },
    )


async def end_waits(tx: Transaction, book: Book, ids: Sequence[UUID]) -> None:
    """Each has been told of once, and waits on."""
    await tx.execute(_END_WAITS[book], {"ids": list(ids)})


async def keep_told(tx: Transaction, book: Book, told: Sequence[Told]) -> None:
    """Steps and facts of many pieces of work, in two statements."""
    await tx.insert_many(_STEPS[book], [_step(tx, book, each) for each in told])
    await tx.tell_many([each.telling for each in told])


def _step(tx: Transaction, book: Book, told: Told) -> dict[str, Any]:
    work = told.of
    if book == "applications":
        of: dict[str, Any] = {"application_id": work.id, "due_on": work.due_on}
    else:
        of = {
            "work_order_id": work.id,
            "round": work.round,
            "due_on": work.due_on,
            "department": work.department,
        }
    return step_row(tx, of=of, step=told.step, state=work.state, reason=told.reason)


async def _taken(
    tx: Transaction, statement: Select[Any], table: Table, limit: int
) -> Sequence[Any]:
    locked = statement.limit(limit).with_for_update(skip_locked=True, of=table)
    return await tx.all(locked)


_TABLES: dict[Book, Table] = {"applications": applications, "work_orders": work_orders}
_STEPS: dict[Book, Table] = {"applications": application_steps, "work_orders": work_order_steps}
_MOVE = {
    book: text(
        f"UPDATE {book} AS work SET alarm_level = moved.level, alarm_at = moved.instant, "
        "version = work.version + 1 FROM unnest(CAST(:ids AS uuid[]), CAST(:levels AS text[]), "
        "CAST(:instants AS timestamptz[])) AS moved(id, level, instant) WHERE work.id = moved.id"
    )
    for book in _TABLES
}
_END_WAITS = {
    book: text(
        f"UPDATE {book} SET wait_until = NULL, wait_limit_told = true, version = version + 1 "
        "WHERE id = ANY (CAST(:ids AS uuid[]))"
    )
    for book in _TABLES
}
