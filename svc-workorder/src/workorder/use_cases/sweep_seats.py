from datetime import timedelta

from chassis.transaction import Transaction
from workorder.domain.chats import IDLE_WORDS
from workorder.repository.chats import add_message, chats_of_agent, quiet_chats, store_chat
from workorder.repository.seats import seat_of_agent, silent_seats, store_seat
from workorder.seating import send_back, serve_waiting


async def sweep_seats(tx: Transaction) -> int:
    """Seats that vanished are taken off, and their chats go to the next; quiet chats end with a word. How many."""
    limits = await tx.rule("seat-limits")
    gone = await silent_seats(tx, tx.now - timedelta(seconds=int(limits["silent_seconds"])))
    for seat in gone:
        heard_at = seat.heard_at
        seat.become("off", tx.now)
        seat.heard_at = heard_at
        store_seat(tx, seat, reason="坐席失去联系，自动离席")
        for chat in await chats_of_agent(tx, seat.agent):
            await send_back(tx, chat)
    quiet = await quiet_chats(tx, tx.now - timedelta(seconds=int(limits["chat_idle_seconds"])))
    for chat in quiet:
        agent = chat.agent
        chat.end("timer", tx.now)
        add_message(tx, chat, side="system", text=IDLE_WORDS)
        store_chat(tx, chat)
        own = await seat_of_agent(tx, agent) if agent else None
        if own is not None:
            own.give_back(tx.now, was_served=True)
            store_seat(tx, own, reason="会话超时结束")
            await serve_waiting(tx, own)
    return len(gone) + len(quiet)
