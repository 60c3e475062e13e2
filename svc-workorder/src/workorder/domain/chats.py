"""Live chat (在线客服): a citizen waits, is taken by the next agent, and both write until one ends it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError

TEXT_CHARACTERS_MAX = 2_000
IDLE_WORDS = "您已长时间未发言，本次会话已结束。如需继续，请重新发起会话或拨打 12345。"
TAKEN_WORDS = "话务员已接入，请讲。"
HANDED_WORDS = "您的会话已转交另一位话务员，请稍候。"


class ChatEndedError(ConflictError):
    code = "chat-ended"
    title_zh = "会话已结束，请重新发起会话"
    title_en = "The chat has ended; begin another one"


class NotYourChatError(ForbiddenError):
    code = "not-your-chat"
    title_zh = "该会话由其他话务员服务，请由其转交后再办理"
    title_en = "Another agent has this chat; they hand it over first"


class ChatOpenError(ConflictError):
    code = "chat-open"
    title_zh = "您已有进行中的会话，请在该会话中继续"
    title_en = "You have a chat already; go on in that one"


class ChatOrderedError(ConflictError):
    code = "chat-has-order"
    title_zh = "该会话已登记为工单，请在工单中继续办理"
    title_en = "This chat became an order already; go on there"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one side said, in clear."""

    id: UUID
    side: str
    text: str
    said_at: datetime


@dataclass(kw_only=True)
class Chat:
    """One chat; its messages stand apart, encrypted."""

    id: UUID
    citizen_id: UUID
    skill: str
    state: str
    opened_at: datetime
    last_said_at: datetime
    agent: str | None = None
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    work_order_id: UUID | None = None
    row_version: int = 1

    def take(self, agent: str, at: datetime) -> None:
        self.state, self.agent, self.last_said_at = "talking", agent, at
        self.taken_at = self.taken_at or at

    def wait_again(self, at: datetime) -> None:
        """Its agent went away, or handed it over to whoever is next."""
        self.state, self.agent, self.last_said_at = "waiting", None, at

    def say(self, at: datetime) -> None:
        """Raises ChatEndedError."""
        if self.state == "ended":
            raise ChatEndedError
        self.last_said_at = at

    def end(self, by: str, at: datetime) -> None:
        """Raises ChatEndedError."""
        if self.state == "ended":
            raise ChatEndedError
        self.state, self.ended_at, self.ended_by = "ended", at, by

    def check_agent(self, agent: str) -> None:
        """Raises NotYourChatError."""
        if self.agent != agent:
            raise NotYourChatError
