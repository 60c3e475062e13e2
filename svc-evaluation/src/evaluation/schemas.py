"""What comes in and goes out through the HTTP door of svc-evaluation."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import RatingLevel
from evaluation.domain.invitation import InvitationState
from evaluation.domain.rating import COMMENT_CHARACTERS_MAX, REASONS_MAX, RatingState

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,40}$")]


class InvitationOut(Out):
    """An invitation as its owner sees it; the code opens the rating page."""

    id: UUID
    code: str
    rated_kind: str
    rated_id: UUID
    rated_name: str
    state: InvitationState
    created_at: datetime
    expires_at: datetime


class OpenInvitationOut(Out):
    """An invitation as whoever holds the code sees it: what is rated, and the choices; nobody's name."""

    rated_kind: str
    rated_name: str
    state: InvitationState
    expires_at: datetime
    levels: dict[str, str]
    reasons: dict[str, str]


class RatingIn(In):
    level: RatingLevel
    reason_codes: tuple[ReasonCode, ...] = Field(default=(), max_length=REASONS_MAX)
    comment: str | None = Field(default=None, max_length=COMMENT_CHARACTERS_MAX)


class RatingOut(Out):
    """A rating; the comment is masked, and who gave it stays out."""

    id: UUID
    rated_kind: str
    rated_id: UUID
    rated_name: str
    item_code: str
    division: str
    department: str
    level: RatingLevel
    is_bad: bool
    reason_codes: list[str]
    comment: str | None
    state: RatingState
    work_order_id: UUID | None
    given_at: datetime
    settled_at: datetime | None


class RatingStepOut(StepOut):
    state: RatingState


LEVEL_WORDS = {"5": "非常满意", "4": "满意", "3": "基本满意", "2": "不满意", "1": "非常不满意"}
