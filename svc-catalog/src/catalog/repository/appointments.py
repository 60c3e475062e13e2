"""Appointments and the places they take, in and out of PostgreSQL. Never commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.appointments import AppointmentState, BookingRules, Plan, Slot
from catalog.tables.halls import (
    appointment_plans,
    appointment_slots,
    appointment_steps,
    appointments,
)
from catalog.tables.items import halls
from chassis.errors import ConflictError, NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from contracts.events.catalog import AppointmentBooked, AppointmentCancelled

NAME_CONTEXT, PHONE_CONTEXT = "appointments.name", "appointments.phone"


async def booking_rules(tx: Transaction) -> BookingRules:
    return BookingRules(**await tx.rule("appointments"))


async def get_plan(tx: Transaction, plan_id: UUID) -> tuple[Plan, Row[Any]]:
    row = await tx.one_or_none(
        select(appointment_plans, halls.c.division)
        .join(halls, halls.c.code == appointment_plans.c.hall)
        .where(appointment_plans.c.id == plan_id)
    )
    if row is None:
        raise NotFoundError(
            "没有这个预约项目，请重新查询大厅的可预约时段",
            "There is nothing of this id to book; read the hall's slots again",
            code="no-such-plan",
        )
    return plan_of(row), row


def plan_of(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        hall=row.hall,
        minutes=row.minutes,
        capacity=row.capacity,
        from_day=row.from_day,
        until_day=row.until_day,
    )


async def take_place(tx: Transaction, plan: Plan, slot: Slot) -> None:
    """One place of a slot, or ConflictError. The count is changed only where a place is free, so none is taken twice."""
    t = appointment_slots.c
    await tx.execute(
        upsert(appointment_slots)
        .values(plan_id=plan.id, starts_at=slot.starts_at, ends_at=slot.ends_at, taken=0)
        .on_conflict_do_nothing()
    )
    taken = await tx.execute(
        update(appointment_slots)
        .where(t.plan_id == plan.id, t.starts_at == slot.starts_at, t.taken < plan.capacity)
        .values(taken=t.taken + 1)
    )
    if taken.rowcount != 1:
        raise ConflictError(
            "该时段已约满，请改选其他时段",
            "This slot is full; choose another",
            code="slot-full",
        )


async def free_place(tx: Transaction, plan_id: UUID, starts_at: datetime) -> None:
    t = appointment_slots.c
    await tx.execute(
        update(appointment_slots)
        .where(t.plan_id == plan_id, t.starts_at == starts_at, t.taken > 0)
        .values(taken=t.taken - 1)
    )


async def get_appointment(tx: Transaction, appointment_id: UUID) -> Row[Any]:
    """An appointment within reach, locked until the end; raises NotFoundError."""
    statement = select(appointments).where(appointments.c.id == appointment_id)
    row = await tx.one_or_none(statement.with_for_update())
    if row is None:
        raise NotFoundError
    return row


async def check_none_open(tx: Transaction, owner: str, subject: str, slot_day: Any) -> None:
    t = appointments.c
    row = await tx.one_or_none(
        select(t.id).where(
            t.applicant_id == owner,
            t.subject == subject,
            t.day == slot_day,
            t.state == AppointmentState.BOOKED,
        )
    )
    if row is not None:
        raise ConflictError(
            "同一事项当日已有预约，请改期或先取消原预约",
            "There is an appointment for this on that day; move it, or cancel it first",
            code="appointment-open-already",
        )


async def missed_since(tx: Transaction, owner: str, since: datetime) -> list[datetime]:
    t = appointments.c
    rows = await tx.all(
        select(t.missed_at).where(
            t.applicant_id == owner, t.state == AppointmentState.NO_SHOW, t.missed_at >= since
        )
    )
    return [row.missed_at for row in rows]


def add_appointment(tx: Transaction, values: Mapping[str, Any]) -> None:
    tx.insert(appointments, **values)


def store_appointment(
    tx: Transaction, row: Row[Any], *, step: str, state: str, reason: str, **values: Any
) -> int:
    """A change and its row of history; returns the new version."""
    version = int(row.version) + 1
    match = {"id": row.id, "version": row.version}
    tx.update(appointments, match=match, state=state, version=version, **values)
    add_appointment_step(tx, row.id, step=step, state=state, reason=reason)
    return version


def add_appointment_step(
    tx: Transaction, appointment_id: UUID, *, step: str, state: str, reason: str
) -> None:
    of = {"appointment_id": appointment_id}
    add_step(tx, appointment_steps, of=of, step=step, state=state, reason=reason)


def tell_booked(
    tx: Transaction,
    appointment_id: UUID,
    *,
    hall: str,
    item_id: UUID | None,
    starts_at: datetime,
    sequence: int,
    division: str,
) -> None:
    fact = AppointmentBooked(
        appointment_id=appointment_id, hall_code=hall, item_id=item_id, starts_at=starts_at
    )
    tx.tell(fact, aggregate_id=appointment_id, sequence=sequence, division=division)


async def cancel_rows(
    tx: Transaction, rows: Sequence[Row[Any]], *, by: str, reason: str, division: str
) -> None:
    """End appointments, free their places, and tell each. `by`: "owner", or "hall" which asks them to book again."""
    for row in rows:
        version = _cancelled(tx, row, by=by, reason=reason)
        fact = AppointmentCancelled(
            appointment_id=row.id,
            hall_code=row.hall,
            cancelled_at=tx.now,
            by="hall" if by == "hall" else "owner",
            reason=reason if by == "hall" else "",
            starts_at=row.starts_at,
        )
        tx.tell(fact, aggregate_id=row.id, sequence=version, division=division)
    # In one order, so that two who free places at once do not wait for each other.
    for row in sorted(rows, key=lambda each: (each.plan_id, each.starts_at)):
        await free_place(tx, row.plan_id, row.starts_at)


def _cancelled(tx: Transaction, row: Row[Any], *, by: str, reason: str) -> int:
    version = int(row.version) + 1
    tx.update(
        appointments,
        match={"id": row.id, "version": row.version},
        state=AppointmentState.CANCELLED,
        version=version,
        cancelled_at=tx.now,
        cancelled_by=by,
        reason=reason,
    )
    state = AppointmentState.CANCELLED
    add_appointment_step(tx, row.id, step="cancelled", state=state, reason=reason)
    return version


async def booked_on(tx: Transaction, hall: str, day: Any) -> Sequence[Row[Any]]:
    """A hall's open appointments of a day, locked."""
    t = appointments.c
    statement = select(appointments).where(
        t.hall == hall, t.day == day, t.state == AppointmentState.BOOKED
    )
    return await tx.all(statement.order_by(t.id).with_for_update())


async def overdue(tx: Transaction, grace: timedelta, limit: int) -> Sequence[Row[Any]]:
    """Open appointments whose time and grace have passed; those another process holds are left to it."""
    t = appointments.c
    statement = select(appointments).where(
        t.state == AppointmentState.BOOKED, t.ends_at < tx.now - grace
    )
    return await tx.all(
        statement.order_by(t.ends_at).limit(limit).with_for_update(skip_locked=True)
    )
