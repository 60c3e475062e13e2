"""The knowledge base as it comes in and goes out through the HTTP door."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from chassis.schemas import In, Out
from chassis.steps import StepOut
from workorder.domain.knowledge import ANSWER_CHARACTERS_MAX
from workorder.schemas.applications import Note, Reason
from workorder.schemas.work_orders import Category

CategoryAsked = Annotated[str | None, Field(max_length=64)]
DepartmentAsked = Annotated[str | None, Field(pattern=r"^[0-9A-Z-]{2,22}$")]
ItemAsked = Annotated[str | None, Field(max_length=64)]


class PolicyRef(In):
    """A policy or law that the answer stands on."""

    title: str = Field(min_length=1, max_length=300)
    number: str = Field(default="", max_length=100)
    url: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")


class ArticleIn(In):
    category: Category = ""
    title: str = Field(min_length=1, max_length=200)
    question: str = Field(min_length=1, max_length=500)
    answer: str = Field(min_length=1, max_length=ANSWER_CHARACTERS_MAX)
    policy_refs: list[PolicyRef] = Field(default_factory=list, max_length=20)
    valid_from: date | None = None
    valid_until: date | None = None
    review_due: date | None = None
    """When it has to be looked at again; without one, by the rule `knowledge-review-days`."""

    def content(self) -> dict[str, Any]:
        return self.model_dump(mode="json", include=set(ArticleIn.model_fields))


class ArticleSaveIn(ArticleIn):
    reason: Note = ""
    task_id: UUID | None = None
    """The task that asked for this answer; it is done by it."""


class ArticleReasonIn(In):
    reason: Reason


class ArticleReviewIn(In):
    reason: Reason
    review_due: date | None = None


class ArticleOut(Out):
    """An article; `pending` is a change that waits for a second person."""

    id: UUID
    state: Literal["draft", "published", "retired"]
    origin: Literal["guide", "department"]
    department: str
    owner: str
    category: str
    title: str
    question: str
    answer: str
    policy_refs: list[PolicyRef]
    valid_from: date | None
    valid_until: date | None
    review_due: date | None
    is_stale: bool
    stale_reason: str
    pending: dict[str, Any] | None
    item_id: UUID | None
    item_code: str
    item_version: int | None
    part: str
    answered_at: datetime | None
    created_at: datetime
    version: int
    row_version: int


class FoundAnswerOut(Out):
    """A published answer with its age and its owner."""

    id: UUID
    title: str
    question: str
    answer: str
    category: str
    policy_refs: list[PolicyRef]
    department: str
    owner: str
    origin: str
    item_code: str
    version: int
    answered_at: datetime
    age_days: int
    """Since it was last published or looked at."""
    review_due: date | None
    is_overdue: bool
    is_stale: bool
    stale_reason: str
    use_count: int
    """Calls that were answered by it."""

    @classmethod
    def of_row(cls, row: Any, now: datetime, today: date) -> Self:
        is_overdue = row.review_due is not None and row.review_due < today
        stated = {**row._mapping, "is_overdue": is_overdue}
        return cls.model_validate({**stated, "age_days": (now - row.answered_at).days})


class ArticleStepOut(StepOut):
    version: int
    content: dict[str, Any] | None
    """What was published in this version."""


class KbTaskOut(Out):
    id: UUID
    kind: Literal["review", "redraw", "answer"]
    department: str
    kb_article_id: UUID | None
    work_order_id: UUID | None
    number: str
    title: str
    due_on: date
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    row_version: int


class CitationOut(Out):
    id: UUID
    kb_article_id: UUID
    version: int
    cited_at: datetime


class CatchUpOut(Out):
    """How far a catch-up with the guides in force is; `done` of `total` guides were looked at."""

    id: UUID
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    drawn: int
    unreadable: int
    """Guides of which nothing could be drawn; the rows of the job say why."""
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
