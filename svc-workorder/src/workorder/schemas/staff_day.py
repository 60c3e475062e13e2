"""The staff's day as it comes in and goes out through the HTTP door."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import Row

from chassis.schemas import In, Out
from chassis.steps import StepOut
from workorder.domain.process.definition import CODE_PATTERN
from workorder.domain.staff_day import BULK_MAX
from workorder.domain.work_order import Urgency
from workorder.schemas.applications import Note

DueWhen = Literal["overdue", "today"]


class TaskFilter(In):
    """What a list of tasks can be narrowed by; also what a saved filter keeps."""

    mine: bool | None = None
    due: DueWhen | None = None
    kind: str | None = Field(default=None, pattern=CODE_PATTERN)
    state: str | None = Field(default=None, pattern=CODE_PATTERN)
    type: str | None = Field(default=None, max_length=48)
    urgency: Urgency | None = None
    supervised: bool | None = None
    wait_over: bool | None = None
    """Whether its present state has waited longer than it may."""
    q: str | None = Field(default=None, min_length=2, max_length=60)
    """Words of the title, or a whole number."""
    division: str | None = Field(default=None, pattern=r"^[0-9A-Z]{2,12}$")

    def over(self, kept: "TaskFilter") -> "TaskFilter":
        """This one, with what it leaves open taken from a kept filter."""
        stated = self.model_dump(exclude_none=True)
        return TaskFilter.model_validate({**kept.model_dump(exclude_none=True), **stated})


class TaskOut(Out):
    """A piece of work that waits for the caller's desk."""

    id: UUID
    number: str
    kind: str
    type: str
    title: str
    state: str
    waits_for: str
    assignee: str | None
    department: str
    division: str
    urgency: str
    is_supervised: bool
    round: int
    act_by: datetime | None
    """By when the desk has to act; the promised date stands in `due_on`."""
    due_on: date | None
    is_overdue: bool
    opened_at: datetime


class TaskPartOut(Out):
    """The caller's department's part of an order that several work on (协办)."""

    id: UUID
    work_order_id: UUID
    number: str
    title: str
    lead_department: str
    state: str
    due_on: date | None
    sent_at: datetime
    signed_at: datetime | None


class TaskCountsOut(Out):
    """How many things wait, for the tabs of a desk. Parts are those of joint orders."""

    all: int
    mine: int
    due_today: int
    overdue: int
    supervised: int
    emergency: int
    parts: int
    applications: int
    """办件 that wait for the caller's counter or office: `/workorder/v1/applications` lists them."""


class SavedFilterIn(In):
    name: str = Field(min_length=1, max_length=60)
    filter: TaskFilter
    is_shared: bool = False


class SavedFilterOut(Out):
    id: UUID
    name: str
    filter: dict[str, Any]
    is_shared: bool
    is_mine: bool
    is_removed: bool
    created_at: datetime
    version: int

    @classmethod
    def of(cls, row: Row[Any], reader: str) -> Self:
        return cls(
            id=row.id,
            name=row.name,
            filter=row.filter,
            is_shared=row.is_shared,
            is_mine=str(row.owner_id) == reader,
            is_removed=row.removed_at is not None,
            created_at=row.created_at,
            version=row.version,
        )


class SavedFilterStepOut(StepOut):
    """One step in the life of a saved filter."""


class SeenOrderIn(In):
    """An order as whoever takes the step saw it; changed since, its step is refused by itself."""

    id: UUID
    version: int | None = Field(default=None, ge=1)
    """The ETag under which it was read; left out, the step is taken on whatever it is by then."""


class BulkStepIn(In):
    """One step for many orders: named, all that a saved filter finds (at most 500), or those that a job refused."""

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=BULK_MAX)
    items: list[SeenOrderIn] | None = Field(default=None, min_length=1, max_length=BULK_MAX)
    """Instead of `ids`: each with the version seen."""
    filter_id: UUID | None = None
    retry_of: UUID | None = None
    """A bulk step of the caller's own: only what it refused is tried again."""
    step: str = Field(pattern=CODE_PATTERN)
    form: dict[str, Any] = Field(default_factory=dict, max_length=100)
    note: Note = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.ids, self.items, self.filter_id, self.retry_of)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of ids, items, filter_id, retry_of")
        named = [each.id for each in self.items or ()]
        if len(set(named)) != len(named):
            raise ValueError("an order stands twice in items; name each once")
        return self


class BulkStepOut(Out):
    job_id: UUID
    total: int
