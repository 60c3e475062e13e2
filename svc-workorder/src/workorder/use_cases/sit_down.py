from dataclasses import dataclass

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.seats import STATE_WORDS, Seat, SeatBusyError, SeatState
from workorder.repository.chats import chats_of_agent
from workorder.repository.seats import add_seat, seat_of_agent, store_seat
from workorder.seating import send_back, serve_waiting


@dataclass(frozen=True, kw_only=True)
class SitDown:
    place: str
    state: SeatState
    skills: tuple[str, ...]


async def sit_down(command: SitDown, tx: Transaction) -> Seat:
    """An agent says where they are and whether they are ready; a ready one is given whoever waits.

    Who leaves hands their chats to whoever is next. Raises SeatBusyError for another state while they serve somebody.
    """
    seat = await seat_of_agent(tx, tx.principal.subject)
    if seat is None:
        seat = _new(command, tx)
        add_seat(tx, seat, reason=f"签入：{STATE_WORDS[command.state]}")
    else:
        await _change(seat, command, tx)
    if seat.state == "ready":
        await serve_waiting(tx, seat)
    return seat


def _new(command: SitDown, tx: Transaction) -> Seat:
    return Seat(
        id=new_id(),
        agent=tx.principal.subject,
        place=command.place,
        state=command.state,
        state_since=tx.now,
        idle_since=tx.now,
        heard_at=tx.now,
        skills=list(command.skills),
    )


async def _change(seat: Seat, command: SitDown, tx: Transaction) -> None:
    talking = await chats_of_agent(tx, seat.agent)
    if talking and command.state in {"ready", "break"}:
        raise SeatBusyError
    seat.place, seat.skills = command.place, list(command.skills)
    has_changed = seat.become(command.state, tx.now)
    store_seat(tx, seat, reason=STATE_WORDS[command.state] if has_changed else "")
    if command.state == "off":
        for chat in talking:
            await send_back(tx, chat)
