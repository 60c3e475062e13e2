"""Agents' seats (坐席): in the hall or at home, ready or not, and who is next. Pure.

Next is the ready seat with the skill asked for that has waited longest; of those that began to wait together, the one
that served least today.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import ConflictError

Skill = Literal["mandarin", "teochew", "english", "enterprise", "emergency"]
SKILLS: tuple[Skill, ...] = ("mandarin", "teochew", "english", "enterprise", "emergency")
"""普通话、潮州话、英语、企业诉求、紧急诉求."""
SeatState = Literal["ready", "busy", "break", "off"]
STATE_WORDS = {"ready": "就绪", "busy": "通话中", "break": "小休", "off": "离席"}


class SeatBusyError(ConflictError):
    code = "seat-busy"
    title_zh = "您正在服务中，请先结束或转交当前的来电或会话"
    title_en = "You are serving somebody; end it or hand it over first"


class NoSeatError(ConflictError):
    code = "no-seat"
    title_zh = "您尚未签入坐席，请先签入"
    title_en = "You have no seat yet; sign in to one first"


@dataclass(kw_only=True)
class Seat:
    """One agent's seat."""

    id: UUID
    agent: str
    place: str
    state: str
    state_since: datetime
    idle_since: datetime
    heard_at: datetime
    skills: list[str] = field(default_factory=list)
    served_on: date | None = None
    served: int = 0
    row_version: int = 1

    def become(self, state: SeatState, at: datetime) -> bool:
        """Whether anything changed."""
        self.heard_at = at
        if state == self.state:
            return False
        if state == "ready":
            self.idle_since = at
        self.state, self.state_since = state, at
        return True

    def serve(self, at: datetime) -> None:
        """Somebody is put through."""
        today = local_date(at)
        self.served = self.served + 1 if self.served_on == today else 1
        self.served_on = today
        self.state, self.state_since = "busy", at

    def give_back(self, at: datetime, *, was_served: bool) -> None:
        """Free again. Who was not reached after all keeps their place in the row, and nothing is counted."""
        if self.state != "busy":
            return
        self.state, self.state_since = "ready", at
        if was_served:
            self.idle_since = at
        else:
            self.served = max(self.served - 1, 0)
