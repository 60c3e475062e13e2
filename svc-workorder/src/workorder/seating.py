"""Who is put through to whom (派席): a chat or a call to the next seat, a free seat to whoever waits."""

from chassis.transaction import Transaction
from workorder.domain.chats import HANDED_WORDS, TAKEN_WORDS, Chat
from workorder.domain.seats import Seat
from workorder.repository.chats import add_message, next_chat, store_chat
from workorder.repository.seats import next_seat, store_seat


async def seat_chat(tx: Transaction, chat: Chat) -> Seat | None:
    """Give a waiting chat to the next seat, if one is free; the chat is not kept yet."""
    seat = await next_seat(tx, chat.skill)
    if seat is not None:
        _meet(tx, chat, seat)
    return seat


async def serve_waiting(tx: Transaction, seat: Seat) -> Chat | None:
    """A seat that is ready gets whoever has waited longest for what it can do."""
    if seat.state != "ready":
        return None
    chat = await next_chat(tx, seat.skills)
    if chat is not None:
        _meet(tx, chat, seat)
        store_chat(tx, chat)
    return chat


async def send_back(tx: Transaction, chat: Chat) -> None:
    """Its agent is gone: it waits again, and goes to the next at once if one is free."""
    chat.wait_again(tx.now)
    add_message(tx, chat, side="system", text=HANDED_WORDS)
    await seat_chat(tx, chat)
    store_chat(tx, chat)


def _meet(tx: Transaction, chat: Chat, seat: Seat) -> None:
    chat.take(seat.agent, tx.now)
    seat.serve(tx.now)
    store_seat(tx, seat, reason="接入在线会话")
    add_message(tx, chat, side="system", text=TAKEN_WORDS)
