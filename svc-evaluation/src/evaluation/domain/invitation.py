"""An invitation to rate (评价邀请): one service, one rating.

open ── use ──▶ used
  └── time ──▶ expired
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from chassis.errors import GoneError

RatedKind = Literal["application", "work-order"]


class InvitationState(StrEnum):
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


class InvitationUsedError(GoneError):
    """一次一评: the second try with the same invitation is refused, for ever."""

    code = "invitation-used"
    title_zh = "此邀请已用于评价，每次服务只评价一次"
    title_en = "This invitation has been used; each service is rated once"


class InvitationExpiredError(GoneError):
    code = "invitation-expired"
    title_zh = "评价邀请已过期，可拨打 12345 反映"
    title_en = "The invitation has expired; you can still call 12345"


@dataclass(frozen=True, kw_only=True)
class RatedService:
    """What is rated: which service was given, by which department, to whom."""

    kind: RatedKind
    id: UUID
    name: str
    item_code: str
    applicant_id: UUID
    division: str
    department: str
    channel: str


@dataclass(kw_only=True)
class Invitation:
    """Somebody may rate one service, until a day."""

    id: UUID
    rated: RatedService
    state: InvitationState
    created_at: datetime
    expires_at: datetime
    version: int

    @classmethod
    def create(cls, *, id: UUID, rated: RatedService, at: datetime, open_days: int) -> Self:
        """Invite; the invitation is open for `open_days` natural days."""
        return cls(
            id=id,
            rated=rated,
            state=InvitationState.OPEN,
            created_at=at,
            expires_at=at + timedelta(days=open_days),
            version=1,
        )

    def state_at(self, at: datetime) -> InvitationState:
        """The state as a reader should see it: an open one past its time is expired."""
        if self.state is InvitationState.OPEN and at >= self.expires_at:
            return InvitationState.EXPIRED
        return self.state

    def use(self, *, at: datetime) -> None:
        """Use it for one rating; raises InvitationUsedError or InvitationExpiredError."""
        state = self.state_at(at)
        if state is InvitationState.USED:
            raise InvitationUsedError
        if state is InvitationState.EXPIRED:
            raise InvitationExpiredError
        self.state = InvitationState.USED
        self.version += 1
