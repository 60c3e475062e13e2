"""Batches of the province's exchange in and out of PostgreSQL."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from chassis.clock import CITY_ZONE
from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.domain.exchange import SCHEMA_VERSION, fault_of, line_of, written
from workorder.repository.work_orders import CONTACT_CONTEXT
from workorder.tables import (
    exchange_batch_steps,
    exchange_batches,
    exchange_rows,
    work_order_callers,
    work_orders,
)

_t = work_orders.c
ROWS_AT_ONCE = 500


def of_day(day: date) -> ColumnElement[bool]:
    """The orders that a day's batch holds: opened on it, or closed on it."""
    begin = datetime.combine(day, time(), CITY_ZONE)
    end = begin + timedelta(days=1)
    within = [and_(column >= begin, column < end) for column in (_t.opened_at, _t.closed_at)]
    return and_(_t.kind == WorkOrderKind.HOTLINE.value, or_(*within))


async def orders_where(tx: Transaction, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Orders with the sealed telephone of their caller, by number."""
    c = work_order_callers.c
    joined = work_orders.outerjoin(work_order_callers, c.work_order_id == _t.id)
    statement = select(work_orders, c.contact_encrypted).select_from(joined).where(condition)
    return await tx.all(statement.order_by(_t.number))


async def find_batch(tx: Transaction, day: date, number: int) -> Row[Any] | None:
    t = exchange_batches
    return await tx.one_or_none(select(t).where(t.c.day == day, t.c.number == number))


async def get_batch(tx: Transaction, batch_id: UUID, *, is_locked: bool = False) -> Row[Any]:
    statement = select(exchange_batches).where(exchange_batches.c.id == batch_id)
    row = await tx.one_or_none(statement.with_for_update() if is_locked else statement)
    if row is None:
        raise NotFoundError
    return row


async def next_number(tx: Transaction, day: date) -> int:
    t = exchange_batches.c
    return int(await tx.scalar(select(func.max(t.number)).where(t.day == day)) or 0) + 1


async def keep_batch(
    tx: Transaction, orders: Sequence[Row[Any]], *, day: date, number: int, reason: str
) -> UUID:
    """A batch of these orders: what fits the schema is sent, the rest held with its reason. Returns its id."""
    batch_id = new_id()
    rows = [_row(tx, batch_id, order) for order in orders]
    lines = [row["line"] for row in rows if row["state"] == "sent"]
    tx.insert(
        exchange_batches,
        id=batch_id,
        day=day,
        number=number,
        schema_version=SCHEMA_VERSION,
        rows=len(lines),
        sha256=hashlib.sha256(file_of(lines)).hexdigest(),
        made_at=tx.now,
        version=1,
    )
    add_batch_step(tx, batch_id, step="made", state="made", reason=reason)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await tx.insert_many(exchange_rows, rows[start : start + ROWS_AT_ONCE])
    return batch_id


def _row(tx: Transaction, batch_id: UUID, order: Row[Any]) -> dict[str, Any]:
    sealed = order.contact_encrypted
    phone = tx.keyring.decrypt(sealed, context=CONTACT_CONTEXT) if sealed else None
    line = line_of(order, phone=phone)
    fault = fault_of(line)
    return {
        "batch_id": batch_id,
        "order_number": order.number,
        "work_order_id": order.id,
        "state": "held" if fault else "sent",
        "reason_code": "schema" if fault else "",
        "reason": fault,
        "line": written(line),
    }


def file_of(lines: Sequence[str]) -> bytes:
    """The batch's file: JSON Lines, UTF-8."""
    return "".join(f"{line}\n" for line in lines).encode()


async def lines_of(tx: Transaction, batch_id: UUID) -> list[str]:
    """What was sent in a batch, in the file's order."""
    t = exchange_rows.c
    statement = select(t.line).where(t.batch_id == batch_id, t.state != "held")
    return [row.line for row in await tx.all(statement.order_by(t.order_number))]


async def rows_of(tx: Transaction, batch_id: UUID, state: str) -> Sequence[Row[Any]]:
    t = exchange_rows
    statement = select(t).where(t.c.batch_id == batch_id, t.c.state == state)
    return await tx.all(statement.order_by(t.c.order_number))


async def note_receipt(
    tx: Transaction, batch_id: UUID, number: str, *, accepted: bool, code: str, reason: str
) -> bool:
    """What the province said of a row that was sent; False when the batch has no such row waiting for it."""
    t = exchange_rows
    statement = (
        update(t)
        .where(t.c.batch_id == batch_id, t.c.order_number == number, t.c.state == "sent")
        .values(
            state="accepted" if accepted else "rejected",
            reason_code=code,
            reason=reason,
            receipted_at=tx.now,
        )
        .returning(t.c.order_number)
    )
    return (await tx.execute(statement)).scalar() is not None


async def mark_mended(tx: Transaction, batch_id: UUID, numbers: Sequence[str]) -> None:
    t = exchange_rows
    where = (
        t.c.batch_id == batch_id,
        t.c.order_number.in_(numbers),
        t.c.state.in_(("rejected", "held")),
    )
    await tx.execute(update(t).where(*where).values(state="mended"))


def store_batch(tx: Transaction, batch: Row[Any], **values: Any) -> None:
    match = {"id": batch.id, "version": batch.version}
    tx.update(exchange_batches, match=match, version=batch.version + 1, **values)


def add_batch_step(tx: Transaction, batch_id: UUID, *, step: str, state: str, reason: str) -> None:
    of = {"batch_id": batch_id}
    add_step(tx, exchange_batch_steps, of=of, step=step, state=state, reason=reason)
