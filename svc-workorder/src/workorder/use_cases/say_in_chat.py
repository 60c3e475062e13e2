from uuid import UUID

from chassis.transaction import Transaction
from contracts.vocabulary import PrincipalKind
from workorder.domain.chats import Message
from workorder.repository.chats import add_message, get_chat, store_chat


async def say_in_chat(chat_id: UUID, text: str, tx: Transaction) -> Message:
    """What one side says. Raises ChatEndedError, NotYourChatError."""
    chat = await get_chat(tx, chat_id)
    is_staff = tx.principal.kind == PrincipalKind.STAFF
    chat.say(tx.now)
    if is_staff:
        chat.check_agent(tx.principal.subject)
    store_chat(tx, chat)
    return add_message(tx, chat, side="agent" if is_staff else "citizen", text=text)
