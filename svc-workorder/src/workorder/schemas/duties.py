"""The responsibility list as it comes in and goes out through the HTTP door."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import DepartmentCode, DivisionCode
from workorder.schemas.applications import Reason

DutyCategory = Annotated[str, StringConstraints(pattern=r"^[\w./、（）()·-]{1,64}$")]


class DutyIn(In):
    """One row: who leads in a category and a division with all below it, by which law."""

    category: DutyCategory
    division: DivisionCode
    department: DepartmentCode
    co_departments: list[DepartmentCode] = Field(default_factory=list, max_length=20)
    basis: str = Field(default="", max_length=1_000)
    valid_from: date
    valid_until: date | None = None


class DutyChangeIn(DutyIn):
    reason: Reason


class DutyEndIn(In):
    valid_until: date
    """The last day on which it holds."""
    reason: Reason


class DutyOut(Out):
    id: UUID
    category: str
    division: str
    department: str
    co_departments: list[str]
    basis: str
    valid_from: date
    valid_until: date | None
    changed_at: datetime
    version: int


class DutyStepOut(StepOut):
    version: int
    content: dict[str, Any]
    """The row as it stood from this version on."""


class RulingOut(Out):
    id: UUID
    work_order_id: UUID
    number: str
    category: str
    division: str
    step: str
    department: str
    is_owner: bool
    """Whose it is by this ruling; false: whose it is not."""
    reason: str
    ruled_at: datetime
    adopted_into: UUID | None
    adopted_at: datetime | None


class AdoptionIn(In):
    reason: Reason
    basis: str | None = Field(default=None, max_length=1_000)
