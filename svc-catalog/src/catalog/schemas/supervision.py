"""What comes in and goes out at the doors of supervision items (监管事项)."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.schemas import In, Out, Page
from chassis.steps import StepOut
from contracts.guide import Name, Text
from contracts.vocabulary import DepartmentCode, DivisionCode

ROWS_MAX = 2_000
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Kind = Literal["inspection", "penalty", "compulsion", "other"]
Reason = Annotated[str, StringConstraints(max_length=500)]


class SupervisionItemRow(In):
    """A supervision item of the list (监管事项目录清单)."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    name: Name
    kind: Kind
    """行政检查, 行政处罚, 行政强制, 其他."""
    department: DepartmentCode
    department_name: Name
    division: DivisionCode
    basis: Text = ""
    power_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    """The power (权责清单) that it watches over."""
    object: Annotated[str, StringConstraints(max_length=500)] = ""
    """监管对象."""
    no_object_confirmed: bool = False
    """Nobody here is subject to it, and the department has confirmed so."""
    listed_from: date | None = None


class SupervisionItemsIn(In):
    rows: tuple[SupervisionItemRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason = ""


class RegisteredOut(Out):
    added: int
    corrected: int
    unchanged: int


class SupervisionItemOut(Out):
    """`is_covered`: a behaviour was reported for the months asked for; `is_reported`: something was, be it none."""

    id: UUID
    code: str
    name: str
    kind: str
    department: str
    department_name: str
    division: str
    basis: str
    power_code: str | None
    object: str
    no_object_confirmed: bool
    listed_from: date
    listed_until: date | None
    is_reported: bool
    is_covered: bool


class SupervisionStepOut(StepOut):
    pass


class RemovalIn(In):
    on: date | None = None
    """The first day on which it is not on the list; left out: today."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class CountRow(In):
    item_id: UUID | None = None
    item_code: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    behaviours: int = Field(ge=0, le=10_000_000)
    """How often it was acted on in the month (监管行为数); 0: reported, and none."""

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.item_id is None) == (self.item_code is None):
            raise ValueError("name the item by item_id or by item_code")
        return self


class SupervisionReportIn(In):
    month: Month
    rows: tuple[CountRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason = ""
    """Why, when items were reported for this month before."""


class SupervisionReportOut(Out):
    id: UUID
    department: str
    division: str
    month: str
    items: int
    corrected: int
    behaviours: int
    is_late: bool
    due_on: date
    reason: str
    reporter_kind: str
    reported_at: datetime


class SupervisionReportedOut(Out):
    """What a report did; `report` is null when everything was reported so already."""

    report: SupervisionReportOut | None
    unchanged: int


class ReportedCountOut(Out):
    item_id: UUID
    code: str
    name: str
    behaviours: int
    before: int | None
    """What was reported before, when this corrects it."""
    number: int
    is_current: bool


class ItemCountOut(Out):
    """One report on an item, corrected ones included."""

    id: UUID
    month: str
    number: int
    behaviours: int
    is_current: bool
    is_late: bool
    reason: str
    reporter_kind: str
    reported_at: datetime


class DepartmentCoverageOut(Out):
    """A department: items on its list, reported on in the month, covered (at least one behaviour), covered so far."""

    code: str
    name: str
    items: int
    reported: int
    covered: int
    covered_so_far: int
    missing: int
    """Items that nobody has reported on for the month."""
    without_object: int
    share: float | None
    share_so_far: float | None
    is_missing: bool
    missing_url: str


class CoverageOut(Page[DepartmentCoverageOut]):
    month: str
    known_on: date
    due_on: date
    items: int
    reported: int
    covered: int
    covered_so_far: int
    share: float | None
    """covered / items of the month; null when there are no items."""
    share_so_far: float | None
    departments: int
    departments_missing: int


class ReminderOut(Out):
    department: str
    division: str
    month: str
    missing: int
    """Items not reported on when it was raised."""
    state: str
    raised_at: datetime
    closed_at: datetime | None
