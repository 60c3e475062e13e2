"""Triage as it comes in and goes out through the HTTP door."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import DivisionCode
from workorder.schemas.applications import Reason


class OtherLabelOut(Out):
    label: str
    confidence: float


class ProposalOut(Out):
    """What triage proposes; null where it is not sure enough. A person decides."""

    id: UUID
    model_id: UUID | None
    proposed_at: datetime
    label: str | None
    """The category."""
    confidence: float | None
    """0 to 1: of proposals this sure, so many are right."""
    reasons: list[str]
    """Words of the text that spoke for it, the weightiest first."""
    others: list[OtherLabelOut]
    department: str | None
    department_confidence: float | None
    department_from: Literal["list", "ruling", "model"] | None
    """By the responsibility list, by a ruling younger than it, or guessed."""
    department_reasons: list[str]
    co_departments: list[str]
    responsibility_id: UUID | None
    place: str | None
    """Code of the division, town or village."""
    place_name: str | None
    place_reasons: list[str]


class DecisionOut(Out):
    """What somebody decided about an order, beside what was proposed."""

    id: UUID
    work_order_id: UUID
    number: str
    step: str
    decided_at: datetime
    label: str
    department: str
    division: str
    model_id: UUID | None
    proposed_label: str | None
    proposed_department: str | None
    confidence: float | None
    label_accepted: bool | None
    department_accepted: bool | None


class ModelOut(Out):
    id: UUID
    state: Literal["kept", "active", "retired"]
    origin: Literal["uploaded", "trained"]
    note: str
    sha256: str
    size_bytes: int
    labels: dict[str, int]
    """Rows of each label that it learnt from."""
    rows: int
    held_out: dict[str, Any]
    """How it did, while it learnt, on rows held out: accuracy and macro F1."""
    evaluation: dict[str, Any] | None
    made_at: datetime
    activated_at: datetime | None
    replaces: UUID | None
    version: int

    @classmethod
    def of_row(cls, row: Any) -> "ModelOut":
        facts = row.facts
        return cls(
            id=row.id,
            state=row.state,
            origin=row.origin,
            note=row.note,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            labels=facts.get("labels", {}),
            rows=facts.get("rows", 0),
            held_out=facts.get("held_out", {}),
            evaluation=row.evaluation,
            made_at=row.made_at,
            activated_at=row.activated_at,
            replaces=row.replaces,
            version=row.row_version,
        )


class ModelStepOut(StepOut):
    pass


class ModelReasonIn(In):
    reason: Reason


class TrainingIn(In):
    """Decisions to learn from; days of Asia/Shanghai, both included."""

    first_day: date | None = None
    last_day: date | None = None
    note: str = Field(default="", max_length=200)


class ScoreOut(Out):
    """How proposals did in a month, or for a label; shares from 0 to 1, null with nothing to divide by."""

    month: str | None
    label: str | None
    model_id: UUID | None
    decisions: int
    """On orders that a model had looked at."""
    silent: int
    proposed: int
    accepted: int
    silent_share: float | None
    accepted_share: float | None
    departments_proposed: int
    departments_accepted: int
    department_accepted_share: float | None
    held_out_accuracy: float | None
    """What the model promised when it was trained."""
    drift: float | None
    """Promised minus accepted: above 0, it does worse than it promised."""


class ScoresOut(Out):
    scores: list[ScoreOut]


class PlaceOut(Out):
    code: str
    name: str


class PlaceIn(In):
    code: DivisionCode
    name: str = Field(min_length=1, max_length=100)
