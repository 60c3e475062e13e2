"""Telephone calls to the hotline, as the telephone system tells of them. No number of a caller is ever here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError


class CallStateError(ConflictError):
    code = "call-state"
    title_zh = "该来电当前状态不能登记此操作，请核对话务系统的顺序"
    title_en = "Not possible for this call now; look at the order of what is told"


class NotTelephonyError(ForbiddenError):
    code = "not-telephony"
    title_zh = "只有话务系统（授权范围 telephony）可以登记来电"
    title_en = "Calls are told by the telephone system (scope telephony) only"


@dataclass(kw_only=True)
class PhoneCall:
    """queued → offered → answered → ended; or abandoned before it was answered."""

    id: UUID
    call_id: str
    skill: str
    state: str
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_seconds: int | None = None
    seat_id: UUID | None = None
    recording_ref: str = ""
    row_version: int = 1

    def offer(self, seat_id: UUID) -> None:
        self._must_be("queued")
        self.state, self.seat_id = "offered", seat_id

    def answer(self, ring_seconds: int) -> None:
        self._must_be("offered")
        self.state, self.ring_seconds = "answered", ring_seconds
        self.answered_at = self.offered_at + timedelta(seconds=ring_seconds)

    def abandon(self, ring_seconds: int, at: datetime) -> None:
        self._must_be("queued", "offered")
        self.state, self.ring_seconds, self.ended_at = "abandoned", ring_seconds, at

    def end(self, recording_ref: str, at: datetime) -> None:
        self._must_be("answered")
        self.state, self.recording_ref, self.ended_at = "ended", recording_ref, at

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            raise CallStateError
