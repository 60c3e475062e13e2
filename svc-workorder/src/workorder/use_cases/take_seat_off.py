from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.seats import Seat
from workorder.repository.chats import chats_of_agent
from workorder.repository.seats import get_seat, store_seat
from workorder.seating import send_back


async def take_seat_off(seat_id: UUID, reason: str, tx: Transaction) -> Seat:
    """A lead signs a seat off, with a reason; its chats go to whoever is next."""
    seat = await get_seat(tx, seat_id)
    heard_at = seat.heard_at
    if seat.become("off", tx.now):
        seat.heard_at = heard_at
        store_seat(tx, seat, reason=reason)
    for chat in await chats_of_agent(tx, seat.agent):
        await send_back(tx, chat)
    return seat
