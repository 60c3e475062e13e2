"""Facts that svc-evaluation tells."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from chassis.envelope import Fact
from contracts.vocabulary import RatingLevel


class InvitationCreated(Fact):
    """评价邀请: somebody may rate one service, once. The code itself never rides along."""

    TYPE: ClassVar[str] = "evaluation.invitation.created.v1"

    invitation_id: UUID
    rated_kind: Literal["application", "work-order"]
    rated_id: UUID
    applicant_id: UUID
    channel: str
    expires_at: datetime


class RatingGiven(Fact):
    """A service was rated (评分); a bad one (差评) opens a rectification."""

    TYPE: ClassVar[str] = "evaluation.rating.given.v1"

    rating_id: UUID
    invitation_id: UUID
    rated_kind: Literal["application", "work-order"]
    rated_id: UUID
    rater_id: UUID
    item_code: str
    level: RatingLevel
    is_bad: bool
    reason_codes: tuple[str, ...] = ()
    given_at: datetime


class RatingChanged(Fact):
    """The loop of a bad rating moved on: under rectification, rectified, or still unsatisfied."""

    TYPE: ClassVar[str] = "evaluation.rating.changed.v1"

    rating_id: UUID
    state: Literal["given", "rectifying", "rectified", "unresolved"]
    changed_at: datetime
