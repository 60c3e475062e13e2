"""Facts that svc-workorder tells."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.envelope import Fact
from contracts.vocabulary import ClosingOutcome, DecisionOutcome


class NeededMaterial(BaseModel):
    """A material that the city should fetch itself, and by which way; at least one way is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    material_code: str
    certificate_type: str | None = None
    data_resource: str | None = None


class ApplicationResult(BaseModel):
    """A result that an approval brings: certificates are made by svc-certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    certificate_type: str | None = None
    validity_years: int | None = None


class ApplicationSubmitted(Fact):
    """An applicant handed in an application (申请); the city now gathers what it already knows."""

    TYPE: ClassVar[str] = "workorder.application.submitted.v1"

    application_id: UUID
    number: str
    item_id: UUID
    item_version_id: UUID
    item_code: str
    item_name: str
    applicant_id: UUID
    applicant_kind: Literal["person", "enterprise"]
    presentation_id: UUID | None = None
    needed: tuple[NeededMaterial, ...] = ()
    channel: str
    submitted_at: datetime


class ApplicationAccepted(Fact):
    """受理: the promised clock runs from here."""

    TYPE: ClassVar[str] = "workorder.application.accepted.v1"

    application_id: UUID
    number: str
    item_code: str
    applicant_id: UUID
    accepted_at: datetime
    due_on: date
    due_is_provisional: bool


class ApplicationCorrectionRequested(Fact):
    """补正: everything missing is named at once; the clock stops until it is corrected."""

    TYPE: ClassVar[str] = "workorder.application.correction-requested.v1"

    application_id: UUID
    number: str
    material_codes: tuple[str, ...]
    requested_at: datetime


class ApplicationCorrected(Fact):
    """The applicant corrected what was asked; the clock goes on."""

    TYPE: ClassVar[str] = "workorder.application.corrected.v1"

    application_id: UUID
    number: str
    corrected_at: datetime
    due_on: date | None
    due_is_provisional: bool


class ApplicationSuspended(Fact):
    """A special procedure (特别程序) stops the clock: hearing, inspection, expert review."""

    TYPE: ClassVar[str] = "workorder.application.suspended.v1"

    application_id: UUID
    number: str
    procedure: str
    suspended_at: datetime


class ApplicationResumed(Fact):
    """The special procedure ended; the clock goes on."""

    TYPE: ClassVar[str] = "workorder.application.resumed.v1"

    application_id: UUID
    number: str
    resumed_at: datetime
    due_on: date
    due_is_provisional: bool


class ApplicationDecided(Fact):
    """办结决定: approved or refused; an approval names the results to be made."""

    TYPE: ClassVar[str] = "workorder.application.decided.v1"

    application_id: UUID
    number: str
    item_code: str
    item_name: str
    applicant_id: UUID
    applicant_kind: Literal["person", "enterprise"]
    outcome: DecisionOutcome
    results: tuple[ApplicationResult, ...] = ()
    decided_at: datetime
    due_on: date
    on_time: bool


class ApplicationDelivered(Fact):
    """送达: the applicant holds every result; nothing is left to do."""

    TYPE: ClassVar[str] = "workorder.application.delivered.v1"

    application_id: UUID
    number: str
    item_code: str
    item_name: str
    applicant_id: UUID
    outcome: DecisionOutcome
    channel: str
    delivered_at: datetime


class ApplicationWithdrawn(Fact):
    """撤回: the applicant took it back."""

    TYPE: ClassVar[str] = "workorder.application.withdrawn.v1"

    application_id: UUID
    number: str
    withdrawn_at: datetime


class ApplicationOverstayed(Fact):
    """An application has waited in its state longer than its limit; whoever should act is named."""

    TYPE: ClassVar[str] = "workorder.application.overstayed.v1"

    application_id: UUID
    number: str
    item_code: str
    state: str
    waits_for: str
    overstayed_at: datetime


class WorkOrderOpened(Fact):
    """A work order (工单) began: a hotline order, or a rectification that a bad rating opened."""

    TYPE: ClassVar[str] = "workorder.work-order.opened.v1"

    work_order_id: UUID
    number: str
    kind: str
    """Code of its process: hotline, rectification, correction; more may come, by definition."""
    category: str
    rating_id: UUID | None = None
    application_id: UUID | None = None
    due_on: date | None = None
    opened_at: datetime


class WorkOrderDispatched(Fact):
    """派单: a department has it, with a due date."""

    TYPE: ClassVar[str] = "workorder.work-order.dispatched.v1"

    work_order_id: UUID
    number: str
    kind: str
    """Code of its process: hotline, rectification, correction; more may come, by definition."""
    due_on: date
    due_is_provisional: bool
    dispatched_at: datetime
    co_departments: tuple[str, ...] = ()
    """Others that work on it beside the department that leads."""


class WorkOrderReplied(Fact):
    """The department says what it did; nobody has checked it yet."""

    TYPE: ClassVar[str] = "workorder.work-order.replied.v1"

    work_order_id: UUID
    number: str
    kind: str
    """Code of its process: hotline, rectification, correction; more may come, by definition."""
    outcome: ClosingOutcome
    replied_at: datetime


class WorkOrderClosed(Fact):
    """办结: the loop is closed; the outcome says whether the matter was solved."""

    TYPE: ClassVar[str] = "workorder.work-order.closed.v1"

    work_order_id: UUID
    number: str
    kind: str
    """Code of its process: hotline, rectification, correction; more may come, by definition."""
    outcome: ClosingOutcome
    closed_at: datetime
    on_time: bool
    caller_id: UUID | None = None
    """Who may rate it: whoever raised it under their own account; not for a confidential order."""
    channel: str = ""
    round: int = 1
    """Above one, it was done again, and may have been closed before."""


class WorkOrderReopened(Fact):
    """The visit found it unsolved: it goes round again, and the department is told."""

    TYPE: ClassVar[str] = "workorder.work-order.reopened.v1"

    work_order_id: UUID
    number: str
    kind: str
    """Code of its process: hotline, rectification, correction; more may come, by definition."""
    round: int
    due_on: date
    reopened_at: datetime


class WorkOrderSigned(Fact):
    """签收: the department has read it and works on it."""

    TYPE: ClassVar[str] = "workorder.work-order.signed.v1"

    work_order_id: UUID
    number: str
    kind: str
    signed_at: datetime


class WorkOrderReturned(Fact):
    """退单: the department says that it is not its own; the hotline or the coordinator rules."""

    TYPE: ClassVar[str] = "workorder.work-order.returned.v1"

    work_order_id: UUID
    number: str
    kind: str
    state: str
    returned_at: datetime


class WorkOrderPartReturned(Fact):
    """协办退单: a department that works on an order beside the lead says that its part is not its own; somebody rules."""

    TYPE: ClassVar[str] = "workorder.work-order.part-returned.v1"

    work_order_id: UUID
    number: str
    kind: str
    co_department: str
    waits_for: str
    rule_by: datetime | None
    returned_at: datetime


class WorkOrderPartReturnWithdrawn(Fact):
    """The department goes on with its part after all, before anybody ruled."""

    TYPE: ClassVar[str] = "workorder.work-order.part-return-withdrawn.v1"

    work_order_id: UUID
    number: str
    kind: str
    co_department: str
    withdrawn_at: datetime


class WorkOrderPartReturnRuled(Fact):
    """协办退单裁定: granted, the part is closed and `replacement` has one in its place (empty: nobody); denied, it is
    theirs for good.
    """

    TYPE: ClassVar[str] = "workorder.work-order.part-return-ruled.v1"

    work_order_id: UUID
    number: str
    kind: str
    co_department: str
    granted: bool
    replacement: str
    ruled_at: datetime


class WorkOrderPartReturnOverstayed(Fact):
    """Nobody ruled on the return of a part in time; told once."""

    TYPE: ClassVar[str] = "workorder.work-order.part-return-overstayed.v1"

    work_order_id: UUID
    number: str
    kind: str
    co_department: str
    waits_for: str
    overstayed_at: datetime


class WorkOrderPartSent(Fact):
    """A department has a part of an order that others work on already; told under that department."""

    TYPE: ClassVar[str] = "workorder.work-order.part-sent.v1"

    work_order_id: UUID
    number: str
    kind: str
    lead_department: str
    due_on: date | None
    sent_at: datetime


class WorkOrderExtended(Fact):
    """延期: granted once, before the due date, with its reason told to the caller."""

    TYPE: ClassVar[str] = "workorder.work-order.extended.v1"

    work_order_id: UUID
    number: str
    kind: str
    due_on: date
    extended_at: datetime


class WorkOrderUrged(Fact):
    """催办: somebody waits longer than they should."""

    TYPE: ClassVar[str] = "workorder.work-order.urged.v1"

    work_order_id: UUID
    number: str
    kind: str
    state: str
    waits_for: str
    urged_at: datetime


class WorkOrderSupervised(Fact):
    """督办: the coordinator looks at it until it is closed."""

    TYPE: ClassVar[str] = "workorder.work-order.supervised.v1"

    work_order_id: UUID
    number: str
    kind: str
    state: str
    supervised_at: datetime


class WorkOrderMerged(Fact):
    """并单: it goes on in another order, and every voice with it."""

    TYPE: ClassVar[str] = "workorder.work-order.merged.v1"

    work_order_id: UUID
    number: str
    kind: str
    into: UUID
    merged_at: datetime


class WorkOrderEmergencyRaised(Fact):
    """特急: life or safety is at stake; whoever is on duty is told at once."""

    TYPE: ClassVar[str] = "workorder.work-order.emergency-raised.v1"

    work_order_id: UUID
    number: str
    kind: str
    type: str
    category: str
    state: str
    raised_at: datetime


class WorkOrderOverstayed(Fact):
    """A state has waited longer than its limit; whoever should act is named."""

    TYPE: ClassVar[str] = "workorder.work-order.overstayed.v1"

    work_order_id: UUID
    number: str
    kind: str
    state: str
    waits_for: str
    overstayed_at: datetime


class DeadlineWarned(Fact):
    """An alarm before a due date."""

    TYPE: ClassVar[str] = "workorder.deadline.warned.v1"

    work_id: UUID
    number: str
    level: Literal["yellow", "red"]
    due_on: date
    warned_at: datetime


class DeadlineMissed(Fact):
    """An alarm after a due date."""

    TYPE: ClassVar[str] = "workorder.deadline.missed.v1"

    work_id: UUID
    number: str
    due_on: date
    missed_at: datetime


class DeadlineEscalated(Fact):
    """Missed by so many working days that somebody above is told (升级督办)."""

    TYPE: ClassVar[str] = "workorder.deadline.escalated.v1"

    work_id: UUID
    number: str
    level: int
    """1 is the first."""
    to: str
    """Who is told: head, coordinator, leader, as the rule `escalations` names them."""
    missed_working_days: int
    due_on: date
    escalated_at: datetime


class RectificationClosed(Fact):
    """整改 ended: rectified, visited, and what the rater said of it."""

    TYPE: ClassVar[str] = "workorder.rectification.closed.v1"

    work_order_id: UUID
    number: str
    rating_id: UUID
    outcome: ClosingOutcome
    visited: bool
    satisfied: bool
    on_time: bool
    closed_at: datetime


class KnowledgeReviewDue(Fact):
    """An answer of the knowledge base has to be looked at again by the department that answers for it."""

    TYPE: ClassVar[str] = "workorder.knowledge.review-due.v1"

    article_id: UUID
    review_due: date
    told_at: datetime


class KnowledgeAnswerAsked(Fact):
    """A consultation was closed: its department is asked to write the answer into the knowledge base."""

    TYPE: ClassVar[str] = "workorder.knowledge.answer-asked.v1"

    task_id: UUID
    work_order_id: UUID
    number: str
    due_on: date
    asked_at: datetime
