"""Work orders in and out of PostgreSQL, with their parts and the ledger of their clock. Never commits; never returns a row."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.errors import NotFoundError
from chassis.masking import mask_text
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.vocabulary import ClosingOutcome
from workorder.domain.clock import Stop
from workorder.domain.order_parts import Task
from workorder.domain.search import search_words, week_mark
from workorder.domain.work_order import STOPS, WorkOrder
from workorder.repository.returns import store_returns
from workorder.tables import (
    settled_findings,
    work_order_callers,
    work_order_steps,
    work_order_stops,
    work_order_tasks,
    work_order_words,
    work_orders,
)

SAID_CONTEXT = "work_orders.said"
CONTACT_CONTEXT = "work_order_callers.contact"

_APART = frozenset({"stored_version", "tasks", "stops", "returns", "proposed"})
_PLAIN = tuple(each.name for each in fields(WorkOrder) if each.name not in _APART)
_FIXED = frozenset(
    {
        "id",
        "number",
        "kind",
        "caller_id",
        "application_id",
        "rating_id",
        "finding_id",
        "channel",
        "source",
        "title",
        "content",
        "opened_at",
    }
)
"""What no step changes."""
_CHANGING = tuple(name for name in _PLAIN if name not in _FIXED)
_TASK = tuple(each.name for each in fields(Task) if each.name != "stored_version")
_TASK_CHANGING = (
    "state",
    "due_on",
    "delivered_at",
    "signed_at",
    "done_at",
    "outcome",
    "reply",
    "return_asked_at",
    "is_return_denied",
)


def add_work_order(
    tx: Transaction, order: WorkOrder, *, said: str | None, phone: str | None
) -> None:
    """Keep a new order with its search words; what was said and the telephone are encrypted, the latter apart."""
    tx.insert(
        work_orders,
        said_encrypted=tx.keyring.encrypt(said, context=SAID_CONTEXT) if said else None,
        **{name: getattr(order, name) for name in _PLAIN},
    )
    tx.insert(
        work_order_words,
        work_order_id=order.id,
        words=[
            week_mark(order.opened_at),
            *search_words(f"{order.title}\n{order.content}\n{order.place}"),
        ],
    )
    if phone:
        tx.insert(
            work_order_callers,
            work_order_id=order.id,
            caller_id=order.caller_id,
            contact_encrypted=tx.keyring.encrypt(phone, context=CONTACT_CONTEXT),
            contact_index=contact_index(tx, phone),
        )


def contact_index(tx: Transaction, phone: str) -> bytes:
    """What is the same for the same telephone, however it is written; says nothing of the number."""
    digits = "".join(sign for sign in phone if sign.isdigit())
    return tx.keyring.blind_index(digits, context=CONTACT_CONTEXT)


async def get_work_order(tx: Transaction, work_order_id: UUID) -> WorkOrder:
    """An order within reach with its parts and stops, locked until the end; raises NotFoundError."""
    row = await tx.locked(work_orders, id=work_order_id)
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return await complete(tx, work_order_of(row))


async def complete(tx: Transaction, order: WorkOrder) -> WorkOrder:
    """Add the parts and the stops, where an order has any."""
    if order.is_joint:
        t = work_order_tasks.c
        rows = await tx.all(
            select(work_order_tasks)
            .where(t.work_order_id == order.id, t.round == order.round, t.state != "cancelled")
            .order_by(t.is_lead.desc(), t.id)
        )
        order.tasks = [_task_of(row) for row in rows]
    if order.counts.get(STOPS):
        order.stops = await stops_of(tx, order.id)
    return order


async def stops_of(tx: Transaction, work_order_id: UUID) -> list[Stop]:
    """The ledger of an order's clock, oldest first."""
    t = work_order_stops.c
    rows = await tx.all(
        select(work_order_stops).where(t.work_order_id == work_order_id).order_by(t.id)
    )
    return [_stop_of(row) for row in rows]


def _stop_of(row: Row[Any]) -> Stop:
    return Stop(
        id=row.id,
        kind=row.kind,
        started_on=row.started_on,
        started_at=row.started_at,
        planned_until=row.planned_until,
        ended_on=row.ended_on,
        ended_at=row.ended_at,
        is_kept=True,
        is_kept_ended=row.ended_on is not None,
    )


async def lock_work_orders(tx: Transaction, ids: Sequence[UUID]) -> list[WorkOrder]:
    """Many orders with the parts of their round and their stops, locked until the end; what is gone is left out."""
    statement = select(work_orders).where(work_orders.c.id.in_(ids)).order_by(work_orders.c.id)
    return await _with_ledgers(tx, await tx.all(statement.with_for_update()))


async def open_work_orders(tx: Transaction, *, after: UUID | None, limit: int) -> list[WorkOrder]:
    """Orders that wait for somebody, by id, with their parts and stops; nothing is locked."""
    statement = select(work_orders).where(work_orders.c.waits_for.is_not(None))
    if after is not None:
        statement = statement.where(work_orders.c.id > after)
    return await _with_ledgers(tx, await tx.all(statement.order_by(work_orders.c.id).limit(limit)))


async def _with_ledgers(tx: Transaction, rows: Sequence[Row[Any]]) -> list[WorkOrder]:
    found = [work_order_of(row) for row in rows]
    joint = {each.id: each for each in found if each.is_joint}
    if joint:
        t = work_order_tasks.c
        parts = select(work_order_tasks).where(
            t.work_order_id.in_(list(joint)), t.state != "cancelled"
        )
        for row in await tx.all(parts.order_by(t.is_lead.desc(), t.id)):
            order = joint[row.work_order_id]
            if row.round == order.round:
                order.tasks.append(_task_of(row))
    stopped = {each.id: each for each in found if each.counts.get(STOPS)}
    if stopped:
        ledger = work_order_stops.c
        stops = select(work_order_stops).where(ledger.work_order_id.in_(list(stopped)))
        for row in await tx.all(stops.order_by(ledger.id)):
            stopped[row.work_order_id].stops.append(_stop_of(row))
    return found


def _task_of(row: Row[Any]) -> Task:
    return Task(stored_version=row.row_version, **{name: getattr(row, name) for name in _TASK})


async def order_of_finding(tx: Transaction, finding_id: UUID) -> WorkOrder | None:
    """The correction that a finding opened, locked until the end; whoever asks next for this finding waits."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(finding_id), 0))))
    statement = select(work_orders).where(work_orders.c.finding_id == finding_id)
    row = await tx.one_or_none(statement.with_for_update())
    return await complete(tx, work_order_of(row)) if row is not None else None


async def is_settled(tx: Transaction, finding_id: UUID) -> bool:
    """Whether the end of a finding was told already."""
    statement = select(settled_findings).where(settled_findings.c.finding_id == finding_id)
    return await tx.one_or_none(statement) is not None


async def keep_settled(
    tx: Transaction, finding_id: UUID, *, outcome: ClosingOutcome, closed_at: datetime
) -> None:
    """The end of a finding that is not known here yet; told again, it stays."""
    statement = upsert(settled_findings).values(
        finding_id=finding_id, outcome=outcome.value, closed_at=closed_at
    )
    await tx.execute(statement.on_conflict_do_nothing())


def store_work_order(tx: Transaction, order: WorkOrder, *, reason: str = "") -> None:
    """Keep a changed order with its parts and stops; raises PreconditionError at the end when somebody was faster.

    `reason` is why a stop that is new was made.
    """
    tx.update(
        work_orders,
        match={"id": order.id, "version": order.stored_version},
        **{name: getattr(order, name) for name in _CHANGING},
    )
    for task in order.tasks:
        _store_task(tx, order, task)
    for stop in order.stops:
        _store_stop(tx, order, stop, reason)
    store_returns(tx, order.id, order.number, order.returns)


def _store_task(tx: Transaction, order: WorkOrder, task: Task) -> None:
    if task.stored_version == 0:
        values = {name: getattr(task, name) for name in _TASK}
        tx.insert(work_order_tasks, work_order_id=order.id, **values)
        return
    tx.update(
        work_order_tasks,
        match={"id": task.id, "row_version": task.stored_version},
        row_version=task.stored_version + 1,
        **{name: getattr(task, name) for name in _TASK_CHANGING},
    )


def _store_stop(tx: Transaction, order: WorkOrder, stop: Stop, reason: str) -> None:
    if not stop.is_kept:
        tx.insert(
            work_order_stops,
            id=stop.id,
            work_order_id=order.id,
            kind=stop.kind,
            asked_by=tx.principal.subject,
            reason=mask_text(reason),
            started_on=stop.started_on,
            started_at=stop.started_at,
            planned_until=stop.planned_until,
            ended_on=stop.ended_on,
            ended_at=stop.ended_at,
        )
    elif stop.ended_on is not None and not stop.is_kept_ended:
        tx.update(
            work_order_stops,
            match={"id": stop.id},
            ended_on=stop.ended_on,
            ended_at=stop.ended_at,
        )


def add_work_order_step(tx: Transaction, order: WorkOrder, *, step: str, reason: str) -> None:
    """One row of history: who, when, why, which round, and the due date after it."""
    add_step(
        tx,
        work_order_steps,
        of={"work_order_id": order.id},
        step=step,
        state=order.state,
        reason=mask_text(reason),
        round=order.round,
        due_on=order.due_on,
        department=order.department,
    )


async def caller_phone(tx: Transaction, work_order_id: UUID) -> str | None:
    """How to reach the caller; None when they left nothing, or it is not within reach."""
    statement = select(work_order_callers.c.contact_encrypted).where(
        work_order_callers.c.work_order_id == work_order_id
    )
    sealed = await tx.scalar(statement)
    return None if sealed is None else tx.keyring.decrypt(sealed, context=CONTACT_CONTEXT)


def work_order_of(row: Any) -> WorkOrder:
    """The order of a row, without its parts and stops."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    plain["outcome"] = ClosingOutcome(row.outcome) if row.outcome else None
    return WorkOrder(stored_version=row.version, **plain)
