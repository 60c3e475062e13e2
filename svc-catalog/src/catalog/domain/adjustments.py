"""An adjustment of powers (权责清单动态调整), from proposal to the minute it takes effect.

proposed ─ request review ─▶ legality-review ─ review ─▶ passed | passed-with-changes ─ approve ─▶ approved
   └──────────────── approve (kinds that need no review) ────────────────────────────────────────▶
approved ─ publish ─▶ published ─ effective minute ─▶ in-force ─ taken back ─▶ superseded
rejected (by the review, or instead of an approval) and withdrawn (before it is in force) are ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.domain.powers import (
    ENTRUSTED,
    LEVELS,
    PERMIT,
    Level,
    PowerBasis,
    PowerContent,
)
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from chassis.identity import subtree_prefix
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
]
"""新增, 取消, 变更要素, 下放, 承接, 收回, 代实施, 委托."""
KIND_WORDS: dict[str, str] = {
    "add": "新增",
    "cancel": "取消",
    "change": "变更",
    "move-down": "下放",
    "take-over": "承接",
    "take-back": "收回",
    "carry-out-for": "代实施",
    "entrust": "委托",
}
Conclusion = Literal["passed", "passed-with-changes", "rejected"]
AgencyKind = Literal["statutory-organ", "authorized-organization", "entrusted-organization"]
TO_RECEIVERS = frozenset({"move-down", "entrust"})
WITH_CONTENT = frozenset({"add", "change", "take-over"})
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
    """What is to change and why; `content` is the whole new content for add, change and take-over."""

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

    def be_superseded(self, by: UUID, *, at: datetime) -> None:
        self._must_be({S.IN_FORCE})
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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A proposal as it comes in, before it is an adjustment."""

    kind: Kind
    power: PowerContent | None
    """The power as it is listed; None for add and take-over."""
    terms: Terms
    receivers: Sequence[Receiver]
    effective_at: datetime
    is_holder_entrusted: bool = False


def check_plan(plan: Plan, rules: AdjustmentRules, *, at: datetime, today: date) -> None:
    """Raise AdjustmentFaultyError naming every rule that the plan breaks."""
    faults = [
        *_time_faults(plan, at, today),
        *_shape_faults(plan),
        *_receiver_faults(plan, rules),
        *_entrusting_faults(plan),
    ]
    if faults:
        raise AdjustmentFaultyError(faults=tuple(faults))


def _time_faults(plan: Plan, at: datetime, today: date) -> list[FieldFault]:
    found = []
    if plan.effective_at <= at:
        found.append(
            _fault(
                "/effective_at", "past", "生效时间不能早于现在", "the effective time is not past"
            )
        )
    if plan.terms.trigger_on > today:
        found.append(
            _fault(
                "/terms/trigger_on",
                "future",
                "触发事由尚未发生，请核对日期",
                "the trigger lies in the future",
            )
        )
    return found


def _shape_faults(plan: Plan) -> list[FieldFault]:
    """What this kind must have and may not have."""
    terms, kind = plan.terms, plan.kind
    wanted = (
        (terms.content is not None, kind in WITH_CONTENT, "/terms/content", "调整后的职权内容"),
        (bool(plan.receivers), kind in TO_RECEIVERS, "/receivers", "承接方"),
        (
            terms.managing_area is not None,
            kind == "carry-out-for",
            "/terms/managing_area",
            "代实施的功能区",
        ),
        (terms.takes_back is not None, kind == "take-back", "/terms/takes_back", "被收回的调整"),
    )
    found = []
    for is_there, is_needed, pointer, zh in wanted:
        words = KIND_WORDS[kind]
        if is_needed and not is_there:
            found.append(
                _fault(pointer, "missing", f"“{words}”须写明{zh}", f"{kind} needs {pointer}")
            )
        if is_there and not is_needed:
            found.append(
                _fault(pointer, "not-for-kind", f"“{words}”不应填写{zh}", f"not for {kind}")
            )
    content = terms.content
    if kind == "change" and plan.power is not None and content is not None:
        is_other = content.line != plan.power.line
        if is_other:
            found.append(
                _fault(
                    "/terms/content",
                    "line-changed",
                    "职权编码、区划和部门不能以“变更”改动",
                    "code, division and department stay in a change",
                )
            )
    if kind == "take-over" and content is not None and content.power_source == "statutory":
        found.append(
            _fault(
                "/terms/content/power_source",
                "not-from-above",
                "承接的职权须写明权力来源（上级下放、授权或委托）",
                "what is taken over has a source above",
            )
        )
    return found


def _receiver_faults(plan: Plan, rules: AdjustmentRules) -> list[FieldFault]:
    if plan.power is None:
        return []
    found, seen = [], set()
    prefix = subtree_prefix(plan.power.division)
    for place, receiver in enumerate(plan.receivers):
        pointer = f"/receivers/{place}"
        if receiver.department in seen:
            found.append(_fault(pointer, "twice", "承接方重复", "this receiver stands twice"))
        seen.add(receiver.department)
        if LEVELS.index(receiver.level) <= LEVELS.index(plan.power.level):
            found.append(
                _fault(
                    f"{pointer}/level",
                    "not-lower",
                    "承接方的层级须低于移交方",
                    "a receiver is of a lower level than the giver",
                )
            )
        if not receiver.division.startswith(prefix) or receiver.division == plan.power.division:
            found.append(
                _fault(
                    f"{pointer}/division",
                    "outside",
                    "承接方须在移交方的行政区域之内",
                    "a receiver lies inside the giver's division",
                )
            )
        needs_decision = receiver.level == "town" and rules.towns_need_decision
        if needs_decision and not plan.terms.provincial_decision:
            found.append(
                _fault(
                    "/terms/provincial_decision",
                    "missing",
                    "由镇街实施须写明省级依据，如粤府令第261号",
                    "towns need the province's decision",
                )
            )
    return found


def _entrusting_faults(plan: Plan) -> list[FieldFault]:
    """行政许可法 第24条: by law, regulation or rule; to an administrative organ; and no further."""
    if plan.kind != "entrust" or plan.power is None:
        return []
    found = []
    if plan.is_holder_entrusted or plan.power.power_source in ENTRUSTED:
        found.append(
            _fault(
                "/power_id",
                "re-entrusted",
                "受委托的职权不得再委托（行政许可法第二十四条）",
                "what was entrusted is not entrusted again",
            )
        )
    if plan.power.kind != PERMIT:
        return found
    if plan.terms.entrusting_law is None:
        found.append(
            _fault(
                "/terms/entrusting_law",
                "missing",
                "委托实施行政许可须有法律、法规或规章依据（行政许可法第二十四条）",
                "entrusting a permit needs a law, regulation or rule",
            )
        )
    found += [
        _fault(
            f"/receivers/{place}/agency_kind",
            "not-an-organ",
            "行政许可只能委托其他行政机关实施（行政许可法第二十四条）",
            "a permit is entrusted to an administrative organ only",
        )
        for place, receiver in enumerate(plan.receivers)
        if receiver.agency_kind != "statutory-organ"
    ]
    return found


def _fault(pointer: str, code: str, zh: str, en: str) -> FieldFault:
    return FieldFault(pointer=pointer, code=code, zh=zh, en=en)
