"""Work orders as they come in and go out through the HTTP door."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import (
    Channel,
    ClosingOutcome,
    DepartmentCode,
    DivisionCode,
    WorkOrderKind,
)
from workorder.domain.work_order import (
    CONTENT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    HotlineType,
    WorkOrder,
    WorkOrderState,
)
from workorder.schemas.applications import Note, Phone, Reason

Category = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}$")]
ReplyText = Annotated[str, StringConstraints(min_length=1, max_length=CONTENT_CHARACTERS_MAX)]


class HotlineOrderIn(In):
    type: HotlineType
    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    content: str = Field(min_length=1, max_length=CONTENT_CHARACTERS_MAX)
    category: Category = ""
    division: DivisionCode | None = None
    contact_phone: Phone | None = None
    is_confidential: bool = False
    channel: Channel | None = None


class DispatchIn(In):
    department: DepartmentCode
    division: DivisionCode | None = None
    reason: Reason


class ReplyIn(In):
    outcome: Literal[
        ClosingOutcome.SOLVED,
        ClosingOutcome.PARTLY_SOLVED,
        ClosingOutcome.UNSOLVED,
        ClosingOutcome.EXPLAINED,
        ClosingOutcome.UNFOUNDED,
    ]
    text: ReplyText


class VisitIn(In):
    satisfied: bool
    note: Note = ""


class DisclosureIn(In):
    purpose: Reason


class ContactOut(Out):
    contact_phone: str


class WorkOrderOut(Out):
    """A work order; who raised it stays out, and what they said is masked."""

    id: UUID
    number: str
    kind: WorkOrderKind
    type: str
    category: str
    division: str
    department: str
    title: str
    content: str
    is_confidential: bool
    state: WorkOrderState
    round: int
    due_on: date | None
    due_is_provisional: bool
    application_id: UUID | None
    rating_id: UUID | None
    finding_id: UUID | None
    channel: str
    opened_at: datetime
    dispatched_at: datetime | None
    replied_at: datetime | None
    reply: str
    outcome: ClosingOutcome | None
    satisfied: bool | None
    on_time: bool
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, order: WorkOrder) -> Self:
        return cls.model_validate(order)


class WorkOrderStepOut(StepOut):
    state: WorkOrderState
    round: int
    due_on: date | None
    department: str
