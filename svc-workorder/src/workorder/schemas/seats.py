"""Seats, calls and live chats as they come in and go out through the HTTP door."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.masking import mask_text
from chassis.schemas import In, Out
from contracts.vocabulary import DivisionCode
from workorder.domain.chats import TEXT_CHARACTERS_MAX, Chat, Message
from workorder.domain.seats import Skill
from workorder.domain.work_order import TITLE_CHARACTERS_MAX, HotlineType, Urgency
from workorder.schemas.applications import Reason
from workorder.schemas.work_orders import Category

CallId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]
Said = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX)]
RING_SECONDS_MAX = 3_600


class SeatIn(In):
    place: Literal["hall", "home"]
    state: Literal["ready", "break", "off"]
    skills: list[Skill] = Field(min_length=1, max_length=5)


class SeatOut(Out):
    id: UUID
    place: str
    state: str
    skills: list[str]
    state_since: datetime
    idle_since: datetime
    heard_at: datetime
    served: int


class BoardOut(Out):
    """How the seats stand, and who waits (seconds; null when nobody does)."""

    seats: dict[str, int]
    by_place: dict[str, int]
    waiting_chats: int
    waiting_calls: int
    longest_wait_seconds: int | None


class CallIn(In):
    """A call that comes in. There is no field for the caller's telephone."""

    call_id: CallId
    skill: Skill = "mandarin"


class CallProgressIn(In):
    what: Literal["offered", "answered", "abandoned", "ended"]
    ring_seconds: int = Field(default=0, ge=0, le=RING_SECONDS_MAX)
    recording_ref: str = Field(default="", pattern=r"^[A-Za-z0-9_./:-]{0,200}$")


class CallOut(Out):
    call_id: str
    skill: str
    state: str
    seat_id: UUID | None
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_seconds: int | None


class PutThroughOut(CallOut):
    """For the telephone system: whose telephone has to ring; null while the call waits."""

    agent: str | None = None


class RecordingOut(Out):
    recording_ref: str


class ChatIn(In):
    skill: Skill = "mandarin"
    text: Said


class MessageIn(In):
    text: Said


class HandOverChatIn(In):
    skill: Skill | None = None
    reason: Reason


class ChatOut(Out):
    id: UUID
    state: str
    skill: str
    opened_at: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    work_order_id: UUID | None
    position: int | None = None
    """How many wait before this one; null once somebody has it."""

    @classmethod
    def of(cls, chat: Chat, position: int | None = None) -> Self:
        out = cls.model_validate(chat)
        return out.model_copy(update={"position": position}) if position is not None else out


class MessageOut(Out):
    id: UUID
    side: str
    text: str
    said_at: datetime

    @classmethod
    def of(cls, message: Message, *, is_clear: bool) -> Self:
        text = message.text if is_clear else mask_text(message.text)
        return cls(id=message.id, side=message.side, text=text, said_at=message.said_at)


class MessagesOut(Out):
    """What was said after the one that was named, oldest first."""

    results: list[MessageOut]
    state: str
    position: int | None


class ChatOrderIn(In):
    """An order out of a chat; what was written becomes its content unless something is said instead."""

    type: HotlineType
    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    content: str | None = Field(default=None, max_length=5_000)
    category: Category = ""
    division: DivisionCode | None = None
    urgency: Urgency = Urgency.NORMAL
    place: str = Field(default="", max_length=200)


class OrderAttachmentOut(Out):
    sha256: str
    media_type: str
    size_bytes: int
    side: str
    added_at: datetime


class OrderAttachmentsOut(Out):
    results: list[OrderAttachmentOut]
