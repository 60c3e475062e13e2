from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.chats import Chat
from workorder.repository.chats import get_chat
from workorder.repository.seats import seat_of_agent, store_seat
from workorder.seating import send_back


async def hand_over_chat(chat_id: UUID, skill: str | None, tx: Transaction) -> Chat:
    """To whoever is next, perhaps with another skill; whoever hands over is not next. Raises NotYourChatError."""
    chat = await get_chat(tx, chat_id)
    chat.say(tx.now)
    chat.check_agent(tx.principal.subject)
    chat.skill = skill or chat.skill
    await send_back(tx, chat)
    seat = await seat_of_agent(tx, tx.principal.subject)
    if seat is not None:
        seat.give_back(tx.now, was_served=True)
        store_seat(tx, seat, reason="会话已转交")
    return chat
