"""The hotline's desk as it comes in and goes out through the HTTP door: repeats, returns, parts of joint orders."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field

from chassis.schemas import Out
from contracts.vocabulary import DepartmentCode
from workorder.domain.similarity import Similar, Why
from workorder.schemas.applications import Note, Reason
from workorder.schemas.triage import ProposalOut
from workorder.schemas.work_orders import StepFormIn, WorkOrderOut


class ApprovalIn(StepFormIn):
    passed: bool
    reason: Note = ""


class PartReturnIn(StepFormIn):
    reason: Reason
    suggested_department: DepartmentCode | None = None
    duty_id: UUID | None = None
    """The row of the responsibility list (职责清单) that says whose it is."""


class PartRulingIn(StepFormIn):
    co_department: DepartmentCode
    """Whose part it is."""
    granted: bool
    reason: Reason
    replacement: DepartmentCode | None = None
    """Who gets a part in its place; only with a return that is granted."""


class RepeatIn(StepFormIn):
    of: UUID
    """The order that was there first."""
    reason: Reason


class UrgencyIn(StepFormIn):
    urgency: Literal["normal", "urgent", "emergency"]
    reason: Reason


class ExclusionIn(StepFormIn):
    ground: Literal["mediation", "law-enforcement", "none"]
    """`none` takes it back."""
    reason: Reason


class SimilarOrderOut(Out):
    """An order that is much the same; whoever takes the call decides what it is."""

    id: UUID
    number: str
    title: str
    """Masked."""
    state: str
    department: str
    opened_at: datetime
    score: int = Field(ge=0, le=100)
    """Percent."""
    why: list[Why]

    @classmethod
    def of(cls, similar: Similar) -> Self:
        row = similar.order
        return cls(
            id=row.id,
            number=row.number,
            title=row.title,
            state=row.state,
            department=row.department,
            opened_at=row.opened_at,
            score=similar.score,
            why=list(similar.why),
        )


class SimilarOrdersOut(Out):
    results: list[SimilarOrderOut]


class HotlineOrderOut(WorkOrderOut):
    """An order that was just taken down; `similar` is null unless it was asked for."""

    proposed: ProposalOut | None = None
    """What triage proposes for it; null when there is nothing to propose by."""

    similar: list[SimilarOrderOut] | None = None


class PartOut(Out):
    """One department's part of a joint order (协办); `delivery_error` says why its system does not have it yet."""

    department: str
    division: str
    is_lead: bool
    round: int
    state: str
    sent_at: datetime
    delivered_at: datetime | None
    delivery_error: str
    delivery_tries: int
    signed_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    reply: str
    due_on: date | None
    return_asked_at: datetime | None = None
    """Since when it asks to return its part, and nobody has ruled yet."""
    is_return_denied: bool = False


class PartsOut(Out):
    results: list[PartOut]


class ReturnOut(Out):
    """A return (退单) of an order or of a part (协办退单), and what was ruled on it."""

    id: UUID
    work_order_id: UUID
    number: str
    department: str
    division: str
    round: int
    asked_at: datetime
    reason: str
    suggested_department: str
    is_granted: bool | None
    ruled_at: datetime | None
    ruling: str
    decided_department: str
    task_id: UUID | None = None
    """The part that is returned; null: the whole order."""
    duty_id: UUID | None = None
    """The row of the responsibility list that the department rests on."""
    waits_for: str = ""
    rule_by: datetime | None = None
    """Of a part: who has to rule, and when that is late; of a whole order its state says so."""
    withdrawn_at: datetime | None = None
    """Taken back, or ended with the work on its part before anybody ruled."""


class ReturnCountOut(Out):
    department: str
    asked: int
    granted: int
    denied: int
    open: int
    withdrawn: int = 0
    of_parts: int = 0
    """How many of those asked were of a part of a joint order."""


class ReturnCountsOut(Out):
    results: list[ReturnCountOut]


class RefusalReasonOut(Out):
    """Why the hotline does not take a matter, and which way it has to go (domain.md 3.2)."""

    code: str
    name: str
    channel: str


class RefusalReasonsOut(Out):
    results: list[RefusalReasonOut]
