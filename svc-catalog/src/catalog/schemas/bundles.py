"""What comes in and goes out about bundles (一件事)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from catalog.domain.bundles import BundleContent
from catalog.domain.drafts import VersionState
from catalog.schemas.items import ExemptionOut
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code
from contracts.vocabulary import DivisionCode


class BundleIn(In):
    bundle: BundleContent


class BundlePublicationIn(In):
    number: int = Field(ge=1, le=1_000_000)


class BundleWithdrawalIn(In):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BundleMaterialListIn(In):
    """Answers to the merged questions; `division` where a member is another item in each division."""

    answers: dict[Code, Code] = Field(default_factory=dict, max_length=200)
    division: DivisionCode | None = None


class BundleMemberOut(Out):
    key: str
    item_id: UUID
    item_code: str
    name: str
    department: str
    department_name: str
    promised_days: int
    visits: int
    after: list[str]


class BundleOptionOut(Out):
    code: str
    text: str


class BundleQuestionOut(Out):
    """A question asked once, for all the members that ask it."""

    code: str
    text: str
    options: list[BundleOptionOut]
    asked_by: list[str]


class PlaceOut(Out):
    """What a bundle comes to in one place; `division` is empty when it is the same everywhere."""

    division: str
    members: list[BundleMemberOut]
    order: list[list[str]]
    """Members that can be begun together, step by step."""
    questions: list[BundleQuestionOut]
    materials: int
    """Materials of all situations, each counted once."""
    member_materials: int
    """The same without merging: what applicants of the single items were asked for."""
    working_days: int
    """The longest path, when everything else is done side by side."""
    working_days_one_by_one: int
    longest_path: list[str]
    visits: int


class BundleHitOut(Out):
    id: UUID
    code: str
    name: str
    summary: str
    life_event: str | None
    audience: list[str]
    division: str
    department: str
    department_name: str
    version: int
    members: int
    needs_review: bool
    published_at: datetime


class BundleOut(Out):
    """A bundle with one published version. `needs_review`: a member changed since; `withdrawn_members` takes it out of use."""

    id: UUID
    code: str
    division: str
    department: str
    state: Literal["draft", "published", "withdrawn", "discarded"]
    version: int
    published_at: datetime | None
    needs_review: bool
    withdrawn_members: list[UUID]
    bundle: BundleContent
    places: list[PlaceOut]


class BundleDraftOut(Out):
    bundle_id: UUID
    number: int
    state: VersionState
    bundle: BundleContent
    places: list[PlaceOut]
    drafted_at: datetime
    is_mine: bool


class BundleVersionOut(Out):
    number: int
    drafted_at: datetime
    published_at: datetime


class BundleStepOut(StepOut):
    pass


class BundleReviewOut(Out):
    item_id: UUID
    item_name: str | None
    kind: Literal["changed", "withdrawn"]
    noted_at: datetime
    settled_at: datetime | None


class NeededByOut(Out):
    member: str
    item_name: str
    material: str
    name: str
    to_bring: bool


class BundleMaterialOut(Out):
    """A material that is handed in once for all who need it."""

    key: str
    name: str
    necessity: str
    originals: int
    copies: int
    to_bring: bool
    exemptions: list[ExemptionOut]
    needed_by: list[NeededByOut]


class BundleMaterialListOut(Out):
    bundle_id: UUID
    version: int
    division: str
    answers: dict[str, str]
    unanswered: list[str]
    materials: list[BundleMaterialOut]
    to_bring: int
    asked_one_by_one: int
    """How many materials the same situation asks for when each item is applied for by itself."""
    needs_review: bool
    form: dict[str, Any]
