"""Applications as they come in and go out through the HTTP door."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code
from contracts.vocabulary import Channel, DecisionOutcome
from workorder.domain.application import Application, ApplicationState

MATERIALS_MAX = 200
FORM_FIELDS_MAX = 200
FORM_BYTES_MAX = 64 * 1024
REASON_CHARACTERS_MAX = 2_000

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{5,18}$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=REASON_CHARACTERS_MAX)]
Note = Annotated[str, StringConstraints(max_length=REASON_CHARACTERS_MAX)]


class MaterialIn(In):
    """A material handed in: a file uploaded before, or without one on paper."""

    code: Code
    attachment_sha256: Sha256 | None = None


class ApplicationIn(In):
    item_id: UUID | None = None
    item_code: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    answers: dict[Code, Code] = Field(default_factory=dict, max_length=100)
    presentation_id: UUID | None = None
    contact_phone: Phone | None = None
    form: dict[str, Any] = Field(default_factory=dict, max_length=FORM_FIELDS_MAX)
    materials: tuple[MaterialIn, ...] = Field(default=(), max_length=MATERIALS_MAX)
    channel: Channel | None = None

    @field_validator("form")
    @classmethod
    def _is_small(cls, form: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(form, ensure_ascii=False).encode()) > FORM_BYTES_MAX:
            raise ValueError(f"a form holds at most {FORM_BYTES_MAX} bytes")
        return form

    @model_validator(mode="after")
    def _names_an_item(self) -> Self:
        if self.item_id is None and self.item_code is None:
            raise ValueError("name the item by item_id or item_code")
        return self


class MaterialsIn(In):
    materials: tuple[MaterialIn, ...] = Field(min_length=1, max_length=MATERIALS_MAX)


class ReasonIn(In):
    reason: Reason


class NoteIn(In):
    """A step that needs no words, and may have some."""

    reason: Note = ""


class CorrectionRequestIn(In):
    material_codes: tuple[Code, ...] = Field(min_length=1, max_length=MATERIALS_MAX)
    reason: Reason


class CorrectionIn(In):
    materials: tuple[MaterialIn, ...] = Field(default=(), max_length=MATERIALS_MAX)
    note: Note = ""


class SuspensionIn(In):
    procedure: Literal["hearing", "inspection", "expert-review"]
    reason: Reason
    until: date | None = None


class DecisionIn(In):
    outcome: DecisionOutcome
    reason: Note = ""


class AppliedItemOut(Out):
    id: UUID
    version_id: UUID
    version: int
    code: str
    name: str


class MaterialOut(Out):
    """`by` says which way it came, or while it is gathered which way is asked."""

    code: str
    name: str
    necessity: str
    state: Literal["needed", "gathering", "satisfied", "uploaded", "refused"]
    by: Literal["certificate", "data", "upload", "paper", "prefilled"] | None
    certificate_type: str | None
    data_resource: str | None
    certificate_id: str | None
    attachment_sha256: str | None
    reason: str


class ResultOut(Out):
    name: str
    certificate_type: str | None
    validity_years: int | None
    certificate_id: str | None


class ApplicationOut(Out):
    """An application. Before acceptance `due_on` is what acceptance today would promise; null while the clock is stopped."""

    id: UUID
    number: str
    state: ApplicationState
    clock: Literal["not-started", "running", "stopped", "ended"]
    item: AppliedItemOut
    division: str
    department: str
    applicant_kind: str
    channel: str
    answers: dict[str, str]
    presentation_id: UUID | None
    promised_days: int
    due_on: date | None
    due_is_provisional: bool
    materials: list[MaterialOut]
    results: list[ResultOut]
    contact: str | None
    """The telephone, masked."""
    process_version: int
    waits_for: str | None
    wait_until: datetime | None
    submitted_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    outcome: DecisionOutcome | None
    decision_reason: str
    on_time: bool | None
    ended_at: datetime | None
    version: int

    @classmethod
    def of(cls, application: Application) -> Self:
        names = cls.model_fields.keys() - {"item", "materials", "contact", "results"}
        return cls(
            item=AppliedItemOut(
                id=application.item_id,
                version_id=application.item_version_id,
                version=application.item_version,
                code=application.item_code,
                name=application.item_name,
            ),
            materials=[
                MaterialOut.model_validate(each).model_copy(
                    update={"by": each.by or (each.ways[0] if each.ways else None)}
                )
                for each in application.materials
            ],
            results=[ResultOut.model_validate(each) for each in application.results],
            contact=application.contact_masked,
            **{name: getattr(application, name) for name in names},
        )


class FormOut(Out):
    """What the applicant wrote; numbers that name a person are masked."""

    form: dict[str, Any]


class ApplicationStepOut(StepOut):
    state: ApplicationState
    due_on: date | None


class SuspensionOut(Out):
    """One entry of the ledger from which the due date is counted."""

    id: UUID
    kind: Literal["correction", "hearing", "inspection", "expert-review"]
    reason: str
    started_on: date
    started_at: datetime
    planned_until: date | None
    ended_on: date | None
    ended_at: datetime | None


class AttachmentOut(Out):
    sha256: str
    size_bytes: int
    media_type: str
