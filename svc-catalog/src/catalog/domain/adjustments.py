"""An adjustment of powers (权责清单动态调整), from proposal to the minute it takes effect.

proposed ─ request review ─▶ legality-review ─ review ─▶ passed | passed-with-changes ─ approve ─▶ approved
   └──────────────── approve (kinds that need no review) ────────────────────────────────────────▶
approved ─ publish ─▶ published ─ effective minute ─▶ in-force ─ taken back from all receivers ─▶ superseded
rejected (by the review, or instead of an approval) and withdrawn (before it is in force) are ends.

What a proposal must keep is in adjustment_plans.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.domain.powers import Level, PowerBasis, PowerContent
from chassis.errors import ConflictError, ForbiddenError, InvalidError
from contracts.guide import Code, FileReference, Name, Text
from contracts.vocabulary import DepartmentCode, DivisionCode

Kind = Literal[
    "add",
    "cancel",
    "change",
    "move-down",
    "take-over",
    "take-back",
    "carry-out-for",
    "entrust",
    "merge",
    "split",
]
"""新增, 取消, 变更要素, 下放, 承接, 收回, 代实施, 委托, 合并, 拆分."""
KIND_WORDS: dict[str, str] = {
    "add": "新增",
    "cancel": "取消",
    "change": "变更",
    "move-down": "下放",
    "take-over": "承接",
    "take-back": "收回",
    "carry-out-for": "代实施",
    "entrust": "委托",
    "merge": "合并",
    "split": "拆分",
}
Conclusion = Literal["passed", "passed-with-changes", "rejected"]
AgencyKind = Literal["statutory-organ", "authorized-organization", "entrusted-organization"]
TO_RECEIVERS = frozenset({"move-down", "entrust"})
REVERSIBLE = frozenset({"move-down", "entrust", "carry-out-for"})
"""What a taking back undoes."""
NEW_POWER = frozenset({"add", "take-over"})
Document = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AdjustmentState(StrEnum):
    PROPOSED = "proposed"
    LEGALITY_REVIEW = "legality-review"
    PASSED = "passed"
    PASSED_WITH_CHANGES = "passed-with-changes"
    REJECTED = "rejected"
    APPROVED = "approved"
    PUBLISHED = "published"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


S = AdjustmentState
STATE_WORDS: dict[AdjustmentState, str] = {
    S.PROPOSED: "已提出，征求意见中",
    S.LEGALITY_REVIEW: "合法性审查中",
    S.PASSED: "合法性审查已通过",
    S.PASSED_WITH_CHANGES: "合法性审查通过但须修改",
    S.REJECTED: "未通过",
    S.APPROVED: "已批准",
    S.PUBLISHED: "已公布，待生效",
    S.IN_FORCE: "已生效",
    S.SUPERSEDED: "已被收回",
    S.WITHDRAWN: "已撤回",
}
AMENDABLE = frozenset({S.PROPOSED, S.PASSED_WITH_CHANGES})
REVIEWED = frozenset({S.PASSED, S.PASSED_WITH_CHANGES})
WITHDRAWABLE = frozenset(
    {S.PROPOSED, S.LEGALITY_REVIEW, S.PASSED, S.PASSED_WITH_CHANGES, S.APPROVED, S.PUBLISHED}
)


class AdjustmentStateError(ConflictError):
    code = "adjustment-state"
    title_zh = "调整当前状态不能办理此步骤，请刷新后查看"
    title_en = "Not possible in the adjustment's present state; read it again"


class AdjustmentFaultyError(InvalidError):
    code = "adjustment-faulty"
    title_zh = "调整方案不符合规定，请按 errors 逐项修改"
    title_en = "The adjustment breaks a rule; see errors and mend each"


class OwnAdjustmentError(ForbiddenError):
    """Four eyes: who proposed neither reviews nor approves; who reviewed does not approve."""

    code = "second-person-needed"
    title_zh = "本人提出或审查的调整不能由本人审查、批准，请转交其他人员"
    title_en = "Nobody reviews or approves what they proposed or reviewed; hand it to a colleague"


class ReviewNeededError(ConflictError):
    code = "review-needed"
    title_zh = "该种调整须先经合法性审查通过，请先提请审查"
    title_en = "This kind needs a passed legality review first; request one"


class ChangesNotMadeError(ConflictError):
    code = "changes-not-made"
    title_zh = "合法性审查要求修改，尚未修改；请提出部门先按意见修改方案"
    title_en = "The review asked for changes that were not made; amend the adjustment first"


class OpinionsMissingError(ConflictError):
    code = "opinions-missing"
    title_zh = "承接方尚未全部反馈意见且未到反馈期限，请待反馈或期满后再提请审查"
    title_en = "Receivers still have time to give their opinion; wait for it or for the due day"


class NotAReceiverError(ForbiddenError):
    code = "not-a-receiver"
    title_zh = "贵部门不是该调整的承接方，不能反馈意见或起草承接指南"
    title_en = "Your department receives nothing by this adjustment"


class NotTheGiverError(ForbiddenError):
    code = "not-your-power"
    title_zh = "只能就本部门行使的职权提出调整，请由行使该职权的部门提出"
    title_en = "Adjustments are proposed by the department that exercises the power"


class NotTheGovernmentError(ForbiddenError):
    code = "not-your-government"
    title_zh = "调整由行使该职权部门的本级或上级政府批准、公布和撤回，请转由其办理"
    title_en = (
        "An adjustment is decided by the government of the giving department, or one above it"
    )


class EffectiveTimePastError(ConflictError):
    code = "effective-time-past"
    title_zh = "生效时间已过，请撤回后以新的生效时间重新提出"
    title_en = "The effective time has passed; withdraw it and propose it with another time"


class AlreadyTakenBackError(ConflictError):
    code = "already-taken-back"
    title_zh = "其中有的承接方已被收回，不能再次收回；请撤回后仅就仍在行使的承接方提出"
    title_en = "Something was taken back from one of these receivers already; propose it for those that still hold it"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Receiver(_Part):
    """One department that takes the power over (承接方)."""

    division: DivisionCode
    department: DepartmentCode
    department_name: Name
    level: Level
    agency_kind: AgencyKind = "statutory-organ"


class Terms(_Part):
    """What is to change and why; `content` is the whole new content for add, change, take-over and merge."""

    trigger: Literal["law-change", "superior-decision", "institution-change"]
    """法律立改废释, 上级决定, 机构职能调整."""
    trigger_on: date
    legal_basis: tuple[PowerBasis, ...] = Field(min_length=1, max_length=50)
    document_number: Document
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    content: PowerContent | None = None
    managing_area: Code | None = None
    provincial_decision: Annotated[str, StringConstraints(max_length=200)] = ""
    """The province's decision by which towns may have it."""
    entrusting_law: Literal["law", "regulation", "rule"] | None = None
    """委托依据: 法律, 法规, 规章 (行政许可法 第24条)."""
    transition: Text = ""
    """How applications in flight end; empty: where they began, on their version."""
    takes_back: UUID | None = None
    merges: tuple[UUID, ...] = Field(default=(), max_length=50)
    """合并: the other powers that go into one with the power that is adjusted; `content` is what they become."""
    parts: tuple[PowerContent, ...] = Field(default=(), max_length=50)
    """拆分: the powers that the one becomes, each whole, with the items that go with it."""


class Review(_Part):
    conclusion: Conclusion
    opinion: Annotated[str, StringConstraints(min_length=1, max_length=8000)]
    attachments: tuple[FileReference, ...] = Field(default=(), max_length=20)


@dataclass(kw_only=True)
class Party:
    """The giver (place 0) or a receiver, and what a receiver said."""

    place: int
    role: Literal["giver", "receiver"]
    receiver: Receiver
    agrees: bool | None = None
    opinion: str = ""
    answered_by: str | None = None
    answered_at: datetime | None = None
    taken_back_by: UUID | None = None
    """The adjustment by which what it received was taken back from it."""


@dataclass(frozen=True, kw_only=True)
class AdjustmentRules:
    """What rule rows say of adjustments."""

    kinds_reviewed: frozenset[str]
    towns_need_decision: bool


@dataclass(kw_only=True)
class Adjustment:
    id: UUID
    number: str
    kind: Kind
    state: AdjustmentState
    power_id: UUID | None
    power_code: str
    power_name: str
    division: str
    department: str
    terms: Terms
    parties: list[Party]
    effective_at: datetime
    propose_by: date
    opinions_due_on: date | None
    proposed_by: str
    proposed_at: datetime
    amended_at: datetime | None = None
    review_requested_at: datetime | None = None
    review_due_on: date | None = None
    review: Review | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None
    in_force_at: datetime | None = None
    ended_at: datetime | None = None
    superseded_by: UUID | None = None
    fault: str | None = None
    version: int = 1

    @property
    def receivers(self) -> tuple[Party, ...]:
        return tuple(party for party in self.parties if party.role == "receiver")

    @property
    def holders(self) -> tuple[Party, ...]:
        """Receivers from which nothing was taken back yet."""
        return tuple(party for party in self.receivers if party.taken_back_by is None)

    def overdue_on(self, today: date) -> Literal["opinions", "review"] | None:
        """Whose time is over: receivers that have not answered, or the legal review."""
        if self.state is S.LEGALITY_REVIEW and self.review_due_on is not None:
            return "review" if today > self.review_due_on else None
        waits = any(party.agrees is None for party in self.receivers)
        if self.state is S.PROPOSED and waits and self.opinions_due_on is not None:
            return "opinions" if today > self.opinions_due_on else None
        return None

    def amend(self, terms: Terms, effective_at: datetime, *, at: datetime) -> None:
        """Change terms while they are still proposed, or because the review asked for it; receivers stay."""
        self._must_be(AMENDABLE)
        self.terms, self.effective_at = terms, effective_at
        self.amended_at = at
        if self.state is S.PROPOSED:
            # What was agreed to was something else.
            for party in self.receivers:
                party.agrees, party.opinion = None, ""
                party.answered_by, party.answered_at = None, None
        self.version += 1

    def give_opinion(
        self, department: str, *, agrees: bool, opinion: str, by: str, at: datetime
    ) -> None:
        """征求承接方意见: one answer of each receiver, which it may replace until the review is asked for."""
        self._must_be({S.PROPOSED})
        for party in self.receivers:
            if party.receiver.department == department:
                party.agrees, party.opinion = agrees, opinion
                party.answered_by, party.answered_at = by, at
                self.version += 1
                return
        raise NotAReceiverError

    def request_review(self, *, at: datetime, today: date, due_on: date) -> None:
        """提请合法性审查; raises OpinionsMissingError while receivers still have time."""
        self._must_be({S.PROPOSED})
        waits = any(party.agrees is None for party in self.receivers)
        if waits and self.opinions_due_on is not None and today <= self.opinions_due_on:
            raise OpinionsMissingError
        self.state = S.LEGALITY_REVIEW
        self.review_requested_at, self.review_due_on = at, due_on
        self.version += 1

    def conclude_review(self, review: Review, *, by: str, at: datetime) -> None:
        """合法性审查意见, by somebody who did not propose it."""
        self._must_be({S.LEGALITY_REVIEW})
        if by == self.proposed_by:
            raise OwnAdjustmentError
        self.review, self.reviewed_by, self.reviewed_at = review, by, at
        self.state = S(review.conclusion)
        if self.state is S.REJECTED:
            self.ended_at = at
        self.version += 1

    def approve(self, *, by: str, at: datetime, rules: AdjustmentRules) -> None:
        """批准 by another person than proposed or reviewed it; what needs a review needs one that passed."""
        self._check_decider(by)
        if self.kind in rules.kinds_reviewed and self.state is S.PROPOSED:
            raise ReviewNeededError
        self._must_be(REVIEWED | {S.PROPOSED})
        if self.state is S.PASSED_WITH_CHANGES:
            assert self.reviewed_at is not None, "a concluded review has its time"
            if self.amended_at is None or self.amended_at <= self.reviewed_at:
                raise ChangesNotMadeError
        if self.effective_at <= at:
            raise EffectiveTimePastError
        self.state, self.approved_by, self.approved_at = S.APPROVED, by, at
        self.version += 1

    def reject(self, *, by: str, at: datetime) -> None:
        """不予批准."""
        self._check_decider(by)
        self._must_be(REVIEWED | {S.PROPOSED})
        self.state, self.ended_at = S.REJECTED, at
        self.version += 1

    def publish(self, *, at: datetime) -> None:
        """公布: from now on the effective minute is announced and cannot be moved."""
        self._must_be({S.APPROVED})
        if self.effective_at <= at:
            raise EffectiveTimePastError
        self.state, self.published_at = S.PUBLISHED, at
        self.version += 1

    def withdraw(self, *, at: datetime) -> bool:
        """撤回 before it is in force; returns whether it had been announced. After that only a taking back undoes it."""
        self._must_be(WITHDRAWABLE)
        if self.state is S.PUBLISHED and self.effective_at <= at:
            raise EffectiveTimePastError(
                "已到生效时间，不能再撤回；如需恢复请提出“收回”调整",
                "It has taken effect and cannot be withdrawn; propose a taking back instead",
            )
        was_published = self.state is S.PUBLISHED
        self.state, self.ended_at = S.WITHDRAWN, at
        self.version += 1
        return was_published

    def take_effect(self, *, at: datetime) -> None:
        self._must_be({S.PUBLISHED})
        self.state, self.in_force_at, self.fault = S.IN_FORCE, at, None
        self.version += 1

    def be_taken_back(self, departments: Collection[str], *, by: UUID, at: datetime) -> None:
        """收回 from these receivers; from the last of them, it is superseded. Raises AlreadyTakenBackError."""
        self._must_be({S.IN_FORCE})
        if not set(departments) <= {party.receiver.department for party in self.holders}:
            raise AlreadyTakenBackError
        for party in self.holders:
            if party.receiver.department in departments:
                party.taken_back_by = by
        if not self.holders:
            self.state, self.superseded_by, self.ended_at = S.SUPERSEDED, by, at
        self.version += 1

    def _check_decider(self, by: str) -> None:
        if by in {self.proposed_by, self.reviewed_by}:
            raise OwnAdjustmentError

    def _must_be(self, states: frozenset[AdjustmentState] | set[AdjustmentState]) -> None:
        if self.state not in states:
            raise AdjustmentStateError(
                f"调整{STATE_WORDS[self.state]}，不能办理此步骤",
                f"The adjustment is {self.state.value}; this step does not belong there",
            )
