"""What comes in and goes out about proofs (证明) and exemptions (四免)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from catalog.domain.materials import FourExemptWay, Spared
from catalog.domain.proofs import ChangeKind, ChangeState, ProofStatus, StandsIn
from catalog.schemas.items import ExemptionOut
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code, Name
from contracts.vocabulary import DepartmentCode, DivisionCode

ROWS_MAX = 1_000
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Words = Annotated[str, StringConstraints(max_length=2_000)]


class _RulingIn(In):
    stands_in: StandsIn | None = None
    certificate_type: Code | None = None
    data_resource: Code | None = None
    commitment_text: Annotated[str, StringConstraints(max_length=10_000)] = ""
    """告知承诺书范本; needed when a commitment stands in."""
    document: Words = ""


class ProofRow(_RulingIn):
    code: Code
    name: Name
    other_names: tuple[Name, ...] = Field(default=(), max_length=30)
    department: DepartmentCode
    """索要部门."""
    department_name: Name
    division: DivisionCode
    issuing_unit: Name
    """开具单位."""
    legal_basis: Words = ""
    status: Literal["retained", "cancelled"] = "retained"
    effective_from: date


class ProofsIn(In):
    rows: tuple[ProofRow, ...] = Field(min_length=1, max_length=ROWS_MAX)


class RegisteredProofsOut(Out):
    listed: int
    corrected: int


class CancellationIn(_RulingIn):
    stands_in: StandsIn
    effective_from: date
    reason: Reason


class ReinstatementIn(In):
    effective_from: date
    reason: Reason
    document: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    """The law or decision that brings it back."""


class DecisionIn(In):
    reason: Annotated[str, StringConstraints(max_length=500)] = ""


class ReturnIn(In):
    reason: Reason


class ProofOut(Out):
    """An entry of the list as it stood on the day that was asked for."""

    id: UUID
    code: str
    name: str
    other_names: list[str]
    department: str
    department_name: str
    division: str
    issuing_unit: str
    legal_basis: str
    status: ProofStatus
    stands_in: StandsIn | None
    stands_in_words: str
    certificate_type: str | None
    data_resource: str | None
    commitment_text: str
    document: str
    listed_from: date
    effective_from: date
    effective_to: date | None
    """The first day on which it no longer holds, when that is known."""
    version: int


class ProofChangeOut(Out):
    id: UUID
    proof_id: UUID
    kind: ChangeKind
    state: ChangeState
    stands_in: StandsIn | None
    certificate_type: str | None
    data_resource: str | None
    commitment_text: str
    document: str
    reason: str
    effective_from: date
    proposed_at: datetime
    decided_at: datetime | None
    is_mine: bool
    """The caller proposed it and cannot confirm it."""


class ProofStepOut(StepOut):
    pass


class AskingOut(Out):
    """A material of a guide in force that is this proof; `is_spared`: something stands in for it there."""

    item_id: UUID
    item_code: str
    name: str
    division: str
    department: str
    department_name: str
    material: str
    pointer: str
    is_spared: bool


class AskedByOut(Out):
    proof: str
    status: ProofStatus
    items_asking: int
    """Items whose guide asks for it; with a cancelled proof each must be mended."""
    items_sparing: int
    results: list[AskingOut]
    next_cursor: str | None


class SparedOut(Out):
    """One of the four (四免), in words, with how many items and materials it is spared in."""

    kind: Spared
    words: str
    words_en: str
    items: int
    materials: int
    items_url: str


class DepartmentExemptionsOut(Out):
    department: str
    department_name: str | None
    items: int
    """Items in force of this department."""
    kinds: list[SparedOut]


class ExemptionsOut(Out):
    """What is spared, counted from the materials of guides in force; nobody types it in."""

    last_day: date | None
    way: FourExemptWay
    kinds: list[SparedOut]
    departments: list[DepartmentExemptionsOut]


class MaterialExemptionsOut(Out):
    code: str
    name: str
    kinds: list[Spared]
    to_bring: bool
    exemptions: list[ExemptionOut]
    ground: str
    prefilled_from: list[str]


class ItemExemptionsOut(Out):
    """What one item spares its applicants, in words."""

    item_id: UUID
    version: int
    is_four_exempt: bool
    is_show_code: bool
    summary: str
    summary_en: str
    counts: dict[Spared, int]
    materials: list[MaterialExemptionsOut]
