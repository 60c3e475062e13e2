from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.calls import PhoneCall
from workorder.domain.seats import Seat
from workorder.repository.seats import add_call, get_seat, known_call, next_seat, store_seat


async def offer_call(call_id: str, skill: str, tx: Transaction) -> tuple[PhoneCall, Seat | None]:
    """A call came in: who is next, if anybody is free; else it waits in the row. Told again, it stays as it is."""
    known = await known_call(tx, call_id)
    if known is not None:
        return known, await get_seat(tx, known.seat_id) if known.seat_id else None
    call = PhoneCall(id=new_id(), call_id=call_id, skill=skill, state="queued", offered_at=tx.now)
    seat = await next_seat(tx, skill)
    if seat is not None:
        call.offer(seat.id)
        seat.serve(tx.now)
        store_seat(tx, seat, reason="接入来电")
    add_call(tx, call)
    return call, seat
