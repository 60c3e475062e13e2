"""Work orders in and out of PostgreSQL. Never commits; never returns a row."""

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
from contracts.vocabulary import ClosingOutcome, WorkOrderKind
from workorder.domain.search import search_words
from workorder.domain.work_order import WorkOrder, WorkOrderState
from workorder.tables import (
    settled_findings,
    work_order_callers,
    work_order_steps,
    work_order_words,
    work_orders,
)

SAID_CONTEXT = "work_orders.said"
CONTACT_CONTEXT = "work_order_callers.contact"

_PLAIN = tuple(each.name for each in fields(WorkOrder) if each.name != "stored_version")
_CHANGING = (
    "division",
    "department",
    "state",
    "round",
    "clock_started_on",
    "clock_days",
    "due_on",
    "due_is_provisional",
    "dispatched_at",
    "replied_at",
    "reply",
    "outcome",
    "satisfied",
    "on_time",
    "closed_at",
    "alarm_level",
    "alarm_at",
    "version",
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
        words=search_words(f"{order.title}\n{order.content}"),
    )
    if phone:
        tx.insert(
            work_order_callers,
            work_order_id=order.id,
            caller_id=order.caller_id,
            contact_encrypted=tx.keyring.encrypt(phone, context=CONTACT_CONTEXT),
        )


async def get_work_order(tx: Transaction, work_order_id: UUID) -> WorkOrder:
    """An order within reach, locked until the end; raises NotFoundError."""
    statement = select(work_orders).where(work_orders.c.id == work_order_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    tx.expect(row.version)
    return work_order_of(row)


async def order_of_finding(tx: Transaction, finding_id: UUID) -> WorkOrder | None:
    """The correction that a finding opened, locked until the end; whoever asks next for this finding waits."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(finding_id), 0))))
    statement = select(work_orders).where(work_orders.c.finding_id == finding_id)
    row = await tx.one_or_none(statement.with_for_update())
    return work_order_of(row) if row is not None else None


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


def store_work_order(tx: Transaction, order: WorkOrder) -> None:
    """Keep a changed order; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        work_orders,
        match={"id": order.id, "version": order.stored_version},
        **{name: getattr(order, name) for name in _CHANGING},
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


async def due_work_orders(tx: Transaction, *, limit: int) -> list[WorkOrder]:
    """Orders whose alarm is due, taken so that no other process takes them too."""
    statement = select(work_orders).where(work_orders.c.alarm_at <= tx.now)
    taken = statement.order_by(work_orders.c.alarm_at).limit(limit)
    return [work_order_of(row) for row in await tx.all(taken.with_for_update(skip_locked=True))]


async def caller_phone(tx: Transaction, work_order_id: UUID) -> str | None:
    """How to reach the caller; None when they left nothing, or it is not within reach."""
    statement = select(work_order_callers.c.contact_encrypted).where(
        work_order_callers.c.work_order_id == work_order_id
    )
    sealed = await tx.scalar(statement)
    return None if sealed is None else tx.keyring.decrypt(sealed, context=CONTACT_CONTEXT)


def work_order_of(row: Row[Any]) -> WorkOrder:
    """The order of a row."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    plain["kind"] = WorkOrderKind(row.kind)
    plain["state"] = WorkOrderState(row.state)
    plain["outcome"] = ClosingOutcome(row.outcome) if row.outcome else None
    return WorkOrder(stored_version=row.version, **plain)
