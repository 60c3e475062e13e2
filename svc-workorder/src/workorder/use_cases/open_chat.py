from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.chats import TAKEN_WORDS, Chat, ChatOpenError
from workorder.repository.chats import add_chat, add_message, open_chat_of
from workorder.repository.seats import next_seat, store_seat


async def open_chat(skill: str, text: str, tx: Transaction) -> Chat:
    """A citizen begins to write; the next agent with the skill has it, or it waits. Raises ChatOpenError."""
    citizen_id = UUID(tx.principal.owner_id)
    if await open_chat_of(tx, citizen_id) is not None:
        raise ChatOpenError
    chat = Chat(
        id=new_id(),
        citizen_id=citizen_id,
        skill=skill,
        state="waiting",
        opened_at=tx.now,
        last_said_at=tx.now,
    )
    said = text.strip()
    # Seats are not the citizen's to see; the system finds the next one.
    async with tx.beyond_reach():
        seat = await next_seat(tx, skill)
        if seat is not None:
            chat.take(seat.agent, tx.now)
            seat.serve(tx.now)
            store_seat(tx, seat, reason="接入在线会话")
        add_chat(tx, chat)
        if said:
            add_message(tx, chat, side="citizen", text=said)
        if seat is not None:
            add_message(tx, chat, side="system", text=TAKEN_WORDS)
    return chat
