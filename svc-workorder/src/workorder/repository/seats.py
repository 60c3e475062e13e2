"""Agents' seats and calls in and out of PostgreSQL."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, case, literal, select

from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.calls import PhoneCall
from workorder.domain.seats import Seat
from workorder.tables import agent_seat_steps, agent_seats, calls

_SEAT = tuple(each.name for each in fields(Seat))
_SEAT_CHANGING = tuple(name for name in _SEAT if name not in {"id", "agent", "row_version"})
_CALL = tuple(each.name for each in fields(PhoneCall))
_CALL_CHANGING = (
    "state",
    "answered_at",
    "ended_at",
    "ring_seconds",
    "seat_id",
    "recording_ref",
)


async def seat_of_agent(tx: Transaction, agent: str) -> Seat | None:
    """An agent's own seat, locked; None when they never sat down."""
    statement = select(agent_seats).where(agent_seats.c.agent == agent).with_for_update()
    row = await tx.one_or_none(statement)
    return None if row is None else _seat(row)


async def get_seat(tx: Transaction, seat_id: UUID) -> Seat:
    """A seat, locked; raises NotFoundError."""
    statement = select(agent_seats).where(agent_seats.c.id == seat_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return _seat(row)


async def next_seat(tx: Transaction, skill: str) -> Seat | None:
    """Who is next, locked; a seat that somebody else is just taking is passed over, so that nobody gets two."""
    t = agent_seats.c
    served_today = case((t.served_on == local_date(tx.now), t.served), else_=0)
    statement = (
        select(agent_seats)
        .where(t.state == "ready", literal(skill) == any_(t.skills))
        .order_by(t.idle_since, served_today, t.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = await tx.one_or_none(statement)
    return None if row is None else _seat(row)


async def silent_seats(tx: Transaction, since: datetime) -> Sequence[Seat]:
    """Seats that are not off and were not heard of since, locked."""
    t = agent_seats.c
    statement = select(agent_seats).where(t.state != "off", t.heard_at < since)
    rows = await tx.all(statement.limit(100).with_for_update(skip_locked=True))
    return [_seat(row) for row in rows]


def add_seat(tx: Transaction, seat: Seat, *, reason: str) -> None:
    """Keep a new seat with the first row of its history."""
    tx.insert(agent_seats, **{name: getattr(seat, name) for name in _SEAT})
    _add_step(tx, seat, reason)


def store_seat(tx: Transaction, seat: Seat, *, reason: str) -> None:
    """Keep a changed seat; with a reason, also a row of its history (presence)."""
    tx.update(
        agent_seats,
        match={"id": seat.id, "row_version": seat.row_version},
        row_version=seat.row_version + 1,
        **{name: getattr(seat, name) for name in _SEAT_CHANGING},
    )
    seat.row_version += 1
    if reason:
        _add_step(tx, seat, reason)


async def known_call(tx: Transaction, call_id: str) -> PhoneCall | None:
    """A call by the telephone system's number, locked."""
    row = await tx.one_or_none(select(calls).where(calls.c.call_id == call_id).with_for_update())
    return None if row is None else PhoneCall(**{name: getattr(row, name) for name in _CALL})


async def call_of(tx: Transaction, call_id: str) -> PhoneCall:
    """The same; raises NotFoundError."""
    call = await known_call(tx, call_id)
    if call is None:
        raise NotFoundError
    return call


def add_call(tx: Transaction, call: PhoneCall) -> None:
    """Keep a new call; raises IntegrityError at the end when it was told before."""
    tx.insert(calls, **{name: getattr(call, name) for name in _CALL})


def store_call(tx: Transaction, call: PhoneCall) -> None:
    """Keep a changed call."""
    tx.update(
        calls,
        match={"id": call.id, "row_version": call.row_version},
        row_version=call.row_version + 1,
        **{name: getattr(call, name) for name in _CALL_CHANGING},
    )
    call.row_version += 1


def _seat(row: Row[Any]) -> Seat:
    return Seat(**{name: getattr(row, name) for name in _SEAT})


def _add_step(tx: Transaction, seat: Seat, reason: str) -> None:
    add_step(
        tx,
        agent_seat_steps,
        of={"seat_id": seat.id},
        step=seat.state,
        state=seat.state,
        reason=reason,
    )
