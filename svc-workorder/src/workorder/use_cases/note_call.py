from dataclasses import dataclass
from typing import Literal

from chassis.transaction import Transaction
from workorder.domain.calls import PhoneCall
from workorder.domain.seats import Seat
from workorder.repository.seats import call_of, get_seat, next_seat, store_call, store_seat


@dataclass(frozen=True, kw_only=True)
class NoteCall:
    """What the telephone system tells of a call: put through again, answered, abandoned, ended."""

    call_id: str
    what: Literal["offered", "answered", "abandoned", "ended"]
    ring_seconds: int = 0
    recording_ref: str = ""


async def note_call(command: NoteCall, tx: Transaction) -> tuple[PhoneCall, Seat | None]:
    """The call goes on; an agent whose call is over is free again. Raises CallStateError."""
    call = await call_of(tx, command.call_id)
    if command.what == "offered":
        return await _offer(call, tx)
    seat = await get_seat(tx, call.seat_id) if call.seat_id else None
    match command.what:
        case "answered":
            call.answer(command.ring_seconds)
        case "abandoned":
            call.abandon(command.ring_seconds, tx.now)
        case _:
            call.end(command.recording_ref, tx.now)
    store_call(tx, call)
    if seat is not None and command.what != "answered":
        seat.give_back(tx.now, was_served=command.what == "ended")
        store_seat(tx, seat, reason="来电结束" if command.what == "ended" else "来电放弃")
    return call, seat


async def _offer(call: PhoneCall, tx: Transaction) -> tuple[PhoneCall, Seat | None]:
    """A call that waits in the row, tried again."""
    seat = await next_seat(tx, call.skill) if call.state == "queued" else None
    if seat is not None:
        call.offer(seat.id)
        seat.serve(tx.now)
        store_seat(tx, seat, reason="接入来电")
        store_call(tx, call)
    return call, seat
