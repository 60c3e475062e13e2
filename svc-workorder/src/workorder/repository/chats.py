"""Live chats in and out of PostgreSQL; what is said is encrypted."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, literal, select

from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.chats import Chat, Message
from workorder.tables import chat_messages, chats

TEXT_CONTEXT = "chat_messages.text"
_PLAIN = tuple(each.name for each in fields(Chat))
_CHANGING = (
    "skill",
    "state",
    "agent",
    "taken_at",
    "last_said_at",
    "ended_at",
    "ended_by",
    "work_order_id",
)


async def get_chat(tx: Transaction, chat_id: UUID, *, lock: bool = True) -> Chat:
    """A chat within reach; raises NotFoundError."""
    statement = select(chats).where(chats.c.id == chat_id)
    row = await tx.one_or_none(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFoundError
    return _chat(row)


async def open_chat_of(tx: Transaction, citizen_id: UUID) -> Chat | None:
    """A citizen's chat that has not ended."""
    t = chats.c
    row = await tx.one_or_none(
        select(chats).where(t.citizen_id == citizen_id, t.state != "ended").limit(1)
    )
    return None if row is None else _chat(row)


async def next_chat(tx: Transaction, skills: Sequence[str]) -> Chat | None:
    """The chat that has waited longest for one of these skills, locked."""
    t = chats.c
    statement = select(chats).where(t.state == "waiting", t.skill.in_(skills)).order_by(t.id)
    row = await tx.one_or_none(statement.limit(1).with_for_update(skip_locked=True))
    return None if row is None else _chat(row)


async def chats_of_agent(tx: Transaction, agent: str) -> Sequence[Chat]:
    """Chats that an agent has now, locked."""
    t = chats.c
    statement = select(chats).where(t.state == "talking", t.agent == agent)
    return [_chat(row) for row in await tx.all(statement.with_for_update())]


async def quiet_chats(tx: Transaction, since: datetime) -> Sequence[Chat]:
    """Chats in which nobody said anything since, locked."""
    t = chats.c
    statement = select(chats).where(t.state == "talking", t.last_said_at < since)
    rows = await tx.all(statement.limit(100).with_for_update(skip_locked=True))
    return [_chat(row) for row in rows]


async def waiting_before(tx: Transaction, chat: Chat) -> int:
    """How many wait for the same skill and came before."""
    t = chats.c
    statement = select(func.count()).where(
        t.state == "waiting", t.skill == chat.skill, t.id < literal(chat.id)
    )
    return int(await tx.scalar(statement) or 0)


async def messages_of(
    tx: Transaction, chat_id: UUID, *, after: UUID | None = None, limit: int = 200
) -> list[Message]:
    """What was said, oldest first, in clear: whoever shows it masks it."""
    t = chat_messages.c
    statement = select(chat_messages).where(t.chat_id == chat_id)
    if after is not None:
        statement = statement.where(t.id > after)
    rows = await tx.all(statement.order_by(t.id).limit(limit))
    return [
        Message(
            id=row.id,
            side=row.side,
            text=tx.keyring.decrypt(row.text_encrypted, context=TEXT_CONTEXT),
            said_at=row.said_at,
        )
        for row in rows
    ]


def add_chat(tx: Transaction, chat: Chat) -> None:
    tx.insert(chats, **{name: getattr(chat, name) for name in _PLAIN})


def store_chat(tx: Transaction, chat: Chat) -> None:
    """Keep a changed chat; raises PreconditionError at the end when somebody was faster."""
    tx.update(
        chats,
        match={"id": chat.id, "row_version": chat.row_version},
        row_version=chat.row_version + 1,
        **{name: getattr(chat, name) for name in _CHANGING},
    )
    chat.row_version += 1


def add_message(tx: Transaction, chat: Chat, *, side: str, text: str) -> Message:
    """Keep what was said."""
    message = Message(id=new_id(), side=side, text=text, said_at=tx.now)
    tx.insert(
        chat_messages,
        id=message.id,
        chat_id=chat.id,
        side=side,
        text_encrypted=tx.keyring.encrypt(text, context=TEXT_CONTEXT),
        said_at=tx.now,
    )
    return message


def _chat(row: Row[Any]) -> Chat:
    return Chat(**{name: getattr(row, name) for name in _PLAIN})
