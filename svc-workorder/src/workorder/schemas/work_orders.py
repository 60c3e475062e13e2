"""Work orders as they come in and go out through the HTTP door."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import (
    Channel,
    ClosingOutcome,
    DepartmentCode,
    DivisionCode,
)
from workorder.domain.work_order import (
    CONTENT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    Confidentiality,
    HotlineType,
    Urgency,
    WorkOrder,
)
from workorder.schemas.applications import Note, Phone, Reason

_CATEGORY = re.compile(r"[\w./、（）()·-]{0,64}")


def _category(text: str) -> str:
    if _CATEGORY.fullmatch(text) is None:
        raise ValueError("分类为代码或名称，最多 64 个字 / a code or a name, 64 characters at most")
    return text


# Checked here and not by a pattern in the contract, which once knew codes only and may not change.
Category = Annotated[str, AfterValidator(_category)]
"""A code or the name of a category (诉求分类), as the city names them."""
Source = Literal["phone", "web-chat", "app", "mini-program", "mail", "110", "window", "open311"]
"""Where an appeal came in (诉求来源)."""
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
    source: Source | None = None
    urgency: Urgency = Urgency.NORMAL
    confidentiality: Confidentiality = Confidentiality.NORMAL
    place: str = Field(default="", max_length=200)
    """Where it happens, as people say it (事发地址)."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    is_enterprise: bool = False


class StepFormIn(In):
    """What a step's form takes; the definition in force checks it again."""

    def form(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True, exclude_unset=True)


class NoteStepIn(StepFormIn):
    reason: Note = ""


class ReasonStepIn(StepFormIn):
    reason: Reason


class NotedStepIn(StepFormIn):
    note: Note = ""


class DispatchIn(StepFormIn):
    department: DepartmentCode
    division: DivisionCode | None = None
    co_departments: list[DepartmentCode] | None = Field(default=None, max_length=20)
    category: Category | None = None
    """Where the dispatch sets another than the order has."""
    limit_days: int | None = Field(default=None, ge=1, le=250)
    """Working days, where a law sets another limit than the rule for this type."""
    reason: Reason


class OwnerDecisionIn(StepFormIn):
    department: DepartmentCode
    division: DivisionCode | None = None
    reason: Reason


class HandOverIn(StepFormIn):
    assignee: str = Field(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")
    reason: Reason


class ReturnIn(StepFormIn):
    reason: Reason
    suggested_department: DepartmentCode | None = None


class RulingIn(StepFormIn):
    granted: bool
    reason: Reason


class ExtensionIn(StepFormIn):
    days: int = Field(ge=1, le=60)
    reason: Reason


class SuspensionIn(StepFormIn):
    kind: Literal["legal-procedure", "waiting-for-caller", "force-majeure", "other"]
    reason: Reason
    until: date | None = None


class ReplyIn(StepFormIn):
    outcome: Literal[
        ClosingOutcome.SOLVED,
        ClosingOutcome.PARTLY_SOLVED,
        ClosingOutcome.UNSOLVED,
        ClosingOutcome.EXPLAINED,
        ClosingOutcome.UNFOUNDED,
    ]
    text: ReplyText


class AnswerIn(ReplyIn):
    article_id: UUID | None = None
    """The article of the knowledge base by which it was answered; the order keeps it."""


class TaskReplyIn(StepFormIn):
    text: ReplyText
    outcome: ClosingOutcome | None = None


class ReviewIn(StepFormIn):
    passed: bool
    reason: Note = ""


class VisitIn(StepFormIn):
    satisfied: bool
    solved: bool | None = None
    satisfaction: int | None = Field(default=None, ge=1, le=5)
    note: Note = ""


class RefusalIn(StepFormIn):
    reason_code: Literal[
        "litigation",
        "petition",
        "information-disclosure",
        "review",
        "discipline",
        "secrets-privacy",
        "already-concluded",
        "emergency-number",
        "party-npc-court-military",
    ]
    text: ReplyText


class MergeIn(StepFormIn):
    into: UUID
    reason: Reason


class StepIn(In):
    """Any step of the process that the work runs on."""

    step: str = Field(pattern=r"^[a-z][a-z0-9-]{0,47}$")
    form: dict[str, Any] = Field(default_factory=dict, max_length=100)


class PossibleStepOut(Out):
    """A step that the caller may take now."""

    code: str
    name: str
    name_en: str
    form: dict[str, Any]
    """JSON Schema of what has to be filled in."""


class PossibleStepsOut(Out):
    state: str
    state_name: str
    steps: list[PossibleStepOut]


class DisclosureIn(In):
    purpose: Reason


class ContactOut(Out):
    contact_phone: str


class WorkOrderOut(Out):
    """A work order; who raised it stays out, and what they said is masked."""

    id: UUID
    number: str
    kind: str
    process_version: int
    type: str
    category: str
    division: str
    department: str
    co_departments: list[str]
    title: str
    content: str
    place: str
    source: str
    urgency: str
    is_confidential: bool
    confidentiality: str
    state: str
    waits_for: str | None
    assignee: str | None
    wait_until: datetime | None
    round: int
    due_on: date | None
    due_at: datetime | None
    due_is_provisional: bool
    extended_days: int
    application_id: UUID | None
    rating_id: UUID | None
    finding_id: UUID | None
    channel: str
    opened_at: datetime
    dispatched_at: datetime | None
    signed_at: datetime | None
    replied_at: datetime | None
    reply: str
    outcome: ClosingOutcome | None
    satisfied: bool | None
    solved: bool | None
    satisfaction: int | None
    is_return_denied: bool
    is_supervised: bool
    merged_into: UUID | None
    repeat_of: UUID | None
    voices: int
    exclude_from_satisfaction: bool
    on_time: bool
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, order: WorkOrder) -> Self:
        return cls.model_validate(order)


class WorkOrderStepOut(StepOut):
    state: str
    round: int
    due_on: date | None
    department: str
