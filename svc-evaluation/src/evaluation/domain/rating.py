"""A rating (评分) and the loop of a bad one (差评整改).

given ── open rectification ──▶ rectifying ── closed, satisfied ──▶ rectified
                                    └───────── closed, not satisfied ──▶ unresolved
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.errors import ConflictError, InvalidError
from contracts.vocabulary import RatingLevel
from evaluation.domain.invitation import RatedService

COMMENT_CHARACTERS_MAX = 500
REASONS_MAX = 10


class RatingState(StrEnum):
    GIVEN = "given"
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    UNRESOLVED = "unresolved"


class ReasonMissingError(InvalidError):
    """A bad rating says why: without a reason nobody can mend it."""

    code = "reason-missing"
    title_zh = "请至少选择一项不满意的原因，以便整改"
    title_en = "Choose at least one reason, so that it can be mended"


class ReasonUnknownError(InvalidError):
    code = "reason-unknown"
    title_zh = "原因代码不在评价指标之内"
    title_en = "A reason code is not among the indicators"


class RatingNotBadError(ConflictError):
    code = "rating-not-bad"
    title_zh = "该评价不是差评，不需要整改"
    title_en = "This rating is not a bad one; there is nothing to rectify"


@dataclass(kw_only=True)
class Rating:
    """What somebody said of one service; never changed or deleted, only followed up."""

    id: UUID
    invitation_id: UUID
    rated: RatedService
    level: RatingLevel
    reason_codes: tuple[str, ...]
    state: RatingState
    given_at: datetime
    work_order_id: UUID | None
    settled_at: datetime | None
    version: int
    comment_masked: str | None = None
    """What was said, without personal data."""

    @classmethod
    def give(
        cls,
        *,
        id: UUID,
        invitation_id: UUID,
        rated: RatedService,
        level: RatingLevel,
        reason_codes: tuple[str, ...],
        known_reasons: frozenset[str],
        at: datetime,
        comment_masked: str | None = None,
    ) -> Self:
        """Rate once; raises ReasonMissingError for a bad rating without a reason."""
        if level.is_bad and not reason_codes:
            raise ReasonMissingError
        if not set(reason_codes) <= known_reasons:
            raise ReasonUnknownError
        return cls(
            id=id,
            invitation_id=invitation_id,
            rated=rated,
            level=level,
            reason_codes=reason_codes,
            state=RatingState.GIVEN,
            given_at=at,
            work_order_id=None,
            settled_at=None,
            version=1,
            comment_masked=comment_masked,
        )

    def begin_rectification(self, *, work_order_id: UUID) -> bool:
        """整改 began. False when it had begun before; raises RatingNotBadError for a good rating."""
        if not self.level.is_bad:
            raise RatingNotBadError
        if self.state is not RatingState.GIVEN:
            return False
        self.state = RatingState.RECTIFYING
        self.work_order_id = work_order_id
        self.version += 1
        return True

    def note_work_order(self, *, work_order_id: UUID) -> bool:
        """Keep which work order it was, when the rating was settled before the order was seen to open: the two facts
        are of different aggregates. False when it is known already."""
        if self.work_order_id is not None:
            return False
        self.work_order_id = work_order_id
        self.version += 1
        return True

    def settle(self, *, satisfied: bool, at: datetime) -> bool:
        """The rectification was closed after a visit (回访). False when it was settled before."""
        if not self.level.is_bad:
            raise RatingNotBadError
        if self.state in {RatingState.RECTIFIED, RatingState.UNRESOLVED}:
            return False
        self.state = RatingState.RECTIFIED if satisfied else RatingState.UNRESOLVED
        self.settled_at = at
        self.version += 1
        return True
