"""What comes in and goes out through the HTTP door of svc-catalog."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from catalog.domain.codes import to_guangdong
from catalog.domain.drafts import VersionState
from catalog.domain.item import ItemState
from catalog.domain.materials import ExemptionKind
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code, Guide, Name
from contracts.vocabulary import DepartmentCode, DivisionCode, TaskType

PLACES_MAX = 2_000
ShownTaskType = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "enum": sorted({each.value for each in TaskType} | {to_guangdong(t) for t in TaskType}),
        }
    ),
]
"""A task type in the nation's numbers (GB/T 39554) or, with `codes=guangdong`, in those of 广东政务服务网."""
ShortText = Annotated[str, StringConstraints(max_length=200)]


class HighlightOut(Out):
    """Where a result matches: half-open spans of characters in `text`."""

    field: str
    text: str
    spans: list[tuple[int, int]]


class ItemHitOut(Out):
    """An item in a list or among search results."""

    id: UUID
    item_code: str
    original_code: str | None
    name: str
    main_item: str
    task_type: ShownTaskType
    department: str
    """The department's name."""
    department_code: str
    division: str
    division_name: str | None
    managing_area: str | None
    audience: list[str]
    channels: list[str]
    online_depth: int
    visits: int
    promised_days: int
    statutory_days: int | None
    is_four_exempt: bool
    is_show_code: bool
    version: int
    published_at: datetime
    highlights: list[HighlightOut]


class MovedItemOut(Out):
    """The other item of a move of powers (职权调整), and since when who does it."""

    item_id: UUID
    item_code: str
    name: str
    division: str
    department: str
    department_name: str
    since: datetime


class ShownGuide(Guide):
    """A guide as it is shown: its task type in the numbers that were asked for."""

    task_type: ShownTaskType  # type: ignore[assignment]  # of the nation's numbers, or of Guangdong's


class ItemOut(Out):
    """An item with one version of its guide; `version` is the guide's number.

    `moved_to`: who does it now, wholly or in their division, when its power moved; `moved_from`: whose it was.
    """

    id: UUID
    item_code: str
    original_code: str | None
    division: str
    department: str
    """The department's code; its name stands in the guide."""
    state: ItemState
    version: int
    item_version_id: UUID
    published_at: datetime | None
    effective_from: date | None
    guide: ShownGuide
    moved_to: list[MovedItemOut] = Field(default_factory=list)
    moved_from: list[MovedItemOut] = Field(default_factory=list)


class VersionOut(Out):
    """A published version of an item's guide."""

    number: int
    item_version_id: UUID
    drafted_at: datetime
    published_at: datetime
    effective_from: date | None
    is_in_force: bool


class ItemStepOut(StepOut):
    state: ItemState
    number: int


class DraftIn(In):
    """The content of a draft; codes, department and division stay those of the item."""

    guide: Guide


class DraftOut(Out):
    """A draft, for publishers of its department; `is_mine`: the caller wrote in it and may not publish it."""

    item_id: UUID
    item_version_id: UUID
    number: int
    state: VersionState
    guide: Guide
    drafted_at: datetime
    submitted_at: datetime | None
    effective_from: date | None
    is_checked: bool
    base_number: int | None
    """The version in force when it was last written; when another is in force by now, it must be written again."""
    drafters: list[str]
    """Who wrote in it, as subjects of the identity provider, never names."""
    is_mine: bool


class CheckIn(In):
    """A second person's check of a submitted draft."""

    outcome: Literal["passed", "returned"]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class RecallIn(In):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class DiscardIn(In):
    """Why a draft is ended unpublished."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class DifferenceOut(Out):
    """One change. `pointer` is into the later guide, or into the earlier one for what was removed."""

    pointer: str
    kind: Literal["added", "removed", "changed", "moved"]
    words: str
    before: Any
    after: Any


class DifferencesOut(Out):
    """Every change from one version of an item's guide to another, in the order of the guide's fields."""

    item_id: UUID
    from_version: int
    to_version: int
    results: list[DifferenceOut]


class PublicationIn(In):
    number: int = Field(ge=1, le=1_000_000)


class WithdrawalIn(In):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class MaterialListIn(In):
    """Question code to option code, as the guide's `situations` name them. What is not answered rules nothing out."""

    answers: dict[Code, Code] = Field(default_factory=dict, max_length=40)


class ExemptionOut(Out):
    kind: ExemptionKind
    why: str
    why_en: str


class NeededMaterialOut(Out):
    """A material that is needed; `to_bring` is false when a certificate or data stands in for it."""

    code: str
    name: str
    necessity: str
    form: str
    originals: int
    copies: int
    certificate_type: str | None
    data_resource: str | None
    is_exempt: bool
    to_bring: bool
    exemptions: list[ExemptionOut]


class MaterialListOut(Out):
    item_id: UUID
    version: int
    item_version_id: UUID
    answers: dict[str, str]
    unanswered: list[str]
    """Questions still open; answering them may make the list shorter."""
    materials: list[NeededMaterialOut]
    guide_materials: int
    """How many materials the guide names for all situations together."""


AreaCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}$")]
"""A functional district (功能区) has no GB/T 2260 code of its own; letters, so that none is invented."""


class DivisionRow(In):
    code: DivisionCode | AreaCode
    name: Name
    level: Literal["nation", "province", "city", "county", "town", "village"]
    parent: DivisionCode | None = None
    kind: Literal["administrative", "functional", "statistical"] = "administrative"

    @model_validator(mode="after")
    def _letters_are_functional(self) -> Self:
        if self.code.isalpha() != (self.kind == "functional"):
            raise ValueError("a functional district, and only one, has a code of letters")
        return self


class DivisionsIn(In):
    rows: tuple[DivisionRow, ...] = Field(min_length=1, max_length=PLACES_MAX)


class DivisionOut(Out):
    code: str
    name: str
    level: str
    parent: str | None
    kind: str


class DepartmentRow(In):
    code: DepartmentCode
    name: Name
    division: DivisionCode


class DepartmentsIn(In):
    rows: tuple[DepartmentRow, ...] = Field(min_length=1, max_length=PLACES_MAX)


class DepartmentOut(Out):
    code: str
    name: str
    division: str


class HallRow(In):
    code: Code
    name: Name
    division: DivisionCode
    address: Name
    hours: ShortText = ""
    phone: ShortText = ""


class HallsIn(In):
    rows: tuple[HallRow, ...] = Field(min_length=1, max_length=PLACES_MAX)


class HallOut(Out):
    code: str
    name: str
    division: str
    address: str
    hours: str
    phone: str


class KeptOut(Out):
    """How many rows were registered or corrected."""

    kept: int
