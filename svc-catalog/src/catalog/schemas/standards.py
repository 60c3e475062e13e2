"""What comes in and goes out at the doors of basic items and of guides' files."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import LegalBasis, Material, Name, Text
from contracts.vocabulary import TaskType, UseLevel

ROWS_MAX = 2_000
BasicCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{12}$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BasicItemRow(In):
    """A basic item of the national or provincial list; its task type is that inside its code."""

    code: BasicCode
    name: Name
    task_type: TaskType
    parent: BasicCode | None = None
    """The main item (主项) of a sub-item."""
    use_levels: tuple[UseLevel, ...] = Field(min_length=1, max_length=6)
    legal_basis: tuple[LegalBasis, ...] = Field(default=(), max_length=100)
    conditions: tuple[Text, ...] | None = Field(default=None, max_length=200)
    """What every implementation asks for; null: nothing is said."""
    materials: tuple[Material, ...] | None = Field(default=None, max_length=200)
    in_force_from: date
    in_force_until: date | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.in_force_until and self.in_force_until < self.in_force_from:
            raise ValueError("in_force_until is before in_force_from")
        return self


class BasicItemsIn(In):
    rows: tuple[BasicItemRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason


class BasicItemsOut(Out):
    added: int
    corrected: int
    unchanged: int


class BasicItemOut(Out):
    id: UUID
    code: str
    name: str
    task_type: TaskType
    parent: str | None
    use_levels: list[str]
    legal_basis: list[LegalBasis]
    conditions: list[str] | None
    materials: list[Material] | None
    in_force_from: date
    in_force_until: date | None
    is_national: bool
    implementations: int
    """Published items that carry it out."""


class BasicItemStepOut(StepOut):
    pass


class GuideFileOut(Out):
    """A sample or blank file; a guide names it by `id` and `name`."""

    id: str
    name: str
    media_type: str
    bytes: int
    kept_at: datetime
    withdrawn_at: datetime | None = None
    """Since then it is shown to nobody."""
    withdrawn_for: str = ""


class FileStandingIn(In):
    reason: Annotated[str, StringConstraints(min_length=2, max_length=1000, strip_whitespace=True)]


class FileStandingOut(GuideFileOut):
    items_naming: int
    """Items of which a published version names it; `/files/{id}/items` lists them."""


class FileItemOut(Out):
    id: UUID
    item_code: str
    name: str
    department: str
    division: str


class FileStepOut(StepOut):
    state: Literal["withdrawn", "kept"]
