from uuid import UUID

from chassis.transaction import Transaction
from contracts.vocabulary import PrincipalKind
from workorder.domain.chats import Chat
from workorder.repository.chats import get_chat, store_chat
from workorder.repository.seats import seat_of_agent, store_seat
from workorder.seating import serve_waiting


async def end_chat(chat_id: UUID, tx: Transaction) -> Chat:
    """Either side ends it; the agent is free for whoever waits. Raises ChatEndedError, NotYourChatError."""
    chat = await get_chat(tx, chat_id)
    is_staff = tx.principal.kind == PrincipalKind.STAFF
    chat.end("agent" if is_staff else "citizen", tx.now)
    if is_staff:
        chat.check_agent(tx.principal.subject)
    store_chat(tx, chat)
    if chat.agent is None:
        return chat
    # Seats and others' chats are not the citizen's to see.
    async with tx.beyond_reach():
        seat = await seat_of_agent(tx, chat.agent)
        if seat is not None:
            seat.give_back(tx.now, was_served=True)
            store_seat(tx, seat, reason="会话结束")
            await serve_waiting(tx, seat)
    return chat
