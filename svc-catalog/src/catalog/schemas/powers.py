"""What comes in and goes out through the doors of powers, their adjustment and the directory."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from catalog.domain.adjustments import AdjustmentState, Kind, Receiver, Review, Terms
from catalog.domain.powers import PowerContent, Standing
from catalog.schemas.items import ShortText
from chassis.indicators import FIRST_DAY
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code, Guide, Name, Text
from contracts.vocabulary import DepartmentCode, DivisionCode

ROWS_MAX = 500
Reason = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class PowerTypeRow(In):
    code: Code
    name: Name
    stages: tuple[Code, ...] = Field(min_length=1, max_length=20)
    """Stages that every power of this type must answer for."""
    source: ShortText = ""


class PowerTypesIn(In):
    rows: tuple[PowerTypeRow, ...] = Field(min_length=1, max_length=100)


class PowerTypeOut(Out):
    code: str
    name: str
    stages: list[str]
    source: str


class PowersIn(In):
    """Rows of the list; `atomic`: one bad row refuses them all. `since`: from when they have been listed, at most now."""

    rows: tuple[PowerContent, ...] = Field(min_length=1, max_length=ROWS_MAX)
    reason: Reason
    since: date | None = Field(default=None, ge=FIRST_DAY)
    atomic: bool = False


class FaultOut(Out):
    pointer: str
    code: str
    detail: str
    detail_en: str


class PowerRowOut(Out):
    """The verdict on one row; a draft may have faults, which its publication will refuse."""

    number: int
    outcome: Literal["listed", "new-version", "unchanged", "drafted", "refused"]
    id: UUID | None
    faults: list[FaultOut]


class PowerRowsOut(Out):
    accepted: int
    refused: int
    results: list[PowerRowOut]


class PowerOut(Out):
    """A power as one version of the list says it. `managing_area`: carried out for that functional district (代实施)."""

    id: UUID
    number: int
    standing: Standing
    code: str
    name: str
    kind: str
    division: str
    department: str
    department_name: str
    level: str
    power_source: str
    from_division: str | None
    managing_area: str | None
    in_force_from: datetime
    in_force_until: datetime | None
    listed_at: datetime
    content: PowerContent


class PowerChangeOut(Out):
    """One part that changed since the version before, in words."""

    field: str
    label: str
    before: str
    after: str


class PowerVersionOut(Out):
    number: int
    standing: Standing
    in_force_from: datetime
    in_force_until: datetime | None
    words: str
    """What happened, in one sentence."""
    adjustment_id: UUID | None
    adjustment_number: str | None
    adjustment_kind: str | None
    document_number: str | None
    changes: list[PowerChangeOut]


class PowerDraftOut(Out):
    """`is_mine`: the caller wrote in it and may not publish it; `faults` stand in the way of publishing it."""

    id: UUID
    content: PowerContent
    drafted_at: datetime
    is_mine: bool
    version: int
    faults: list[FaultOut]


class ReasonIn(In):
    reason: Reason


class DelegatedPowerOut(Out):
    """A power that was moved down; `divisions`: who received it, within the filter."""

    code: str
    name: str
    kind: str
    from_division: str
    divisions: list[str]
    receivers: int


class AdjustmentIn(In):
    """`power_id` for what is listed; add and take-over name the whole power in `terms.content`."""

    kind: Kind
    power_id: UUID | None = None
    terms: Terms
    receivers: tuple[Receiver, ...] = Field(default=(), max_length=200)
    effective_at: datetime


class AmendmentIn(In):
    terms: Terms
    effective_at: datetime
    reason: Reason


class OpinionIn(In):
    agrees: bool
    opinion: Reason


class ReviewIn(In):
    review: Review


class MovedGuideIn(In):
    """`from_item_id`: the giver's item that this guide takes over from; empty for a power that is new."""

    from_item_id: UUID | None = None
    guide: Guide


class PartyOut(Out):
    role: str
    division: str
    department: str
    department_name: str
    level: str
    agency_kind: str
    agrees: bool | None
    opinion: str
    answered_at: datetime | None
    taken_back_by: UUID | None = None
    """The adjustment that took back what it had received."""


class AdjustmentOut(Out):
    """An adjustment whole. `is_proposed_late`: after `propose_by`; `overdue`: whose time is over now, if anybody's."""

    id: UUID
    number: str
    kind: Kind
    kind_name: str
    state: AdjustmentState
    state_name: str
    power_id: UUID | None
    power_code: str
    power_name: str
    division: str
    department: str
    terms: Terms
    parties: list[PartyOut]
    effective_at: datetime
    propose_by: date
    is_proposed_late: bool
    opinions_due_on: date | None
    review_due_on: date | None
    overdue: Literal["opinions", "review"] | None
    review: Review | None
    proposed_at: datetime
    amended_at: datetime | None
    reviewed_at: datetime | None
    approved_at: datetime | None
    published_at: datetime | None
    in_force_at: datetime | None
    ended_at: datetime | None
    superseded_by: UUID | None
    fault: str | None
    """Why it could not take effect at its minute; it is tried again."""
    is_mine: bool


class AdjustmentStepOut(StepOut):
    state: AdjustmentState


class AdjustmentRowOut(Out):
    """An adjustment in a list."""

    id: UUID
    number: str
    kind: str
    state: AdjustmentState
    power_id: UUID | None
    power_code: str
    power_name: str
    division: str
    department: str
    document_number: str
    effective_at: datetime
    proposed_at: datetime
    propose_by: date
    is_proposed_late: bool
    review_due_on: date | None
    published_at: datetime | None
    in_force_at: datetime | None


class MovedGuideOut(Out):
    """Who takes an item over; `is_drafted` false: derived from the giver's guide at the effective minute."""

    from_item_id: UUID | None
    to_item_id: UUID
    to_item_code: str
    division: str
    department: str
    is_drafted: bool
    guide: Guide | None


class MovedGuidesOut(Out):
    results: list[MovedGuideOut]


class ItemMoveOut(Out):
    adjustment_id: UUID
    from_item_id: UUID | None
    to_item_id: UUID | None
    moved_at: datetime


class MovablePowerRow(In):
    """One entry of 指导目录 by its eight fields: 序号, 职权编码, 职权名称, 职权类型, 实施依据, 调出部门, 调整方式, 承接条件与备注 [D]."""

    serial: int = Field(ge=1, le=100_000)
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    name: Name
    kind: Code
    legal_basis: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    giving_department: DepartmentCode
    mode: Literal["move-down", "entrust"]
    conditions: Text = ""


class MovablePowersIn(In):
    rows: tuple[MovablePowerRow, ...] = Field(min_length=1, max_length=ROWS_MAX)
    source: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """The document that publishes the directory."""


class MovablePowerOut(Out):
    id: UUID
    serial: int
    code: str
    name: str
    kind: str
    legal_basis: str
    giving_department: str
    mode: str
    conditions: str
    source: str


class KeptRowsOut(Out):
    added: int
    corrected: int
    unchanged: int


class UptakeIn(In):
    """What a county takes up of one entry: for which of its towns, from when, by which document."""

    division: DivisionCode
    towns: tuple[DivisionCode, ...] = Field(min_length=1, max_length=200)
    taken_on: date
    document_number: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    reason: Reason


class UptakeEndIn(In):
    ended_on: date
    reason: Reason


class UptakeOut(Out):
    id: UUID
    movable_id: UUID
    serial: int
    code: str
    name: str
    division: str
    towns: list[str]
    taken_on: date
    ended_on: date | None
    document_number: str
    recorded_at: datetime


class UptakeCountOut(Out):
    division: str
    taken_up: int


class UptakeCountsOut(Out):
    as_of: date
    results: list[UptakeCountOut]


def words_of(value: Any) -> str:
    """A part of a power in one line, for a history that people read."""
    if value is None or value in ("", (), []):
        return "（空）"
    if isinstance(value, list | tuple):
        return "；".join(words_of(each) for each in value)
    if isinstance(value, dict):
        return " ".join(words_of(each) for each in value.values() if each not in ("", None))
    return str(value)
