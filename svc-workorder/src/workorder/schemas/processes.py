"""Process definitions as they come in and go out through the HTTP door."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field

from chassis.errors import FieldFault
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.vocabulary import DepartmentCode, DivisionCode
from workorder.domain.process.definition import CASES_MAX, CODE_PATTERN, STATES_MAX, Case
from workorder.domain.process.findings import Finding
from workorder.domain.process.simulator import Simulated
from workorder.domain.work_order import (
    CONTENT_CHARACTERS_MAX,
    TITLE_CHARACTERS_MAX,
    Urgency,
)
from workorder.schemas.applications import Reason

DefinitionState = Literal["draft", "active", "retired"]


class DefinitionIn(In):
    definition: dict[str, Any]
    """As docs/glossary.md and the first definitions have it; 512 kB at most."""
    reason: Reason


class DefinitionReasonIn(In):
    reason: Reason


class DefinitionSummaryOut(Out):
    id: UUID
    code: str
    version: int
    name: str
    state: DefinitionState
    drafted_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    row_version: int


class DefinitionOut(DefinitionSummaryOut):
    definition: dict[str, Any]


class DefinitionStepOut(StepOut):
    pass


class FindingOut(Out):
    code: str
    pointer: str
    zh: str
    en: str

    @classmethod
    def of(cls, finding: Finding | FieldFault) -> Self:
        where = finding.where if isinstance(finding, Finding) else finding.pointer
        return cls(code=finding.code, pointer=where, zh=finding.zh, en=finding.en)


class FindingsOut(Out):
    findings: list[FindingOut]
    is_ready: bool
    """It may be put in force."""


class SimulationIn(In):
    cases: list[Case] = Field(default_factory=list, max_length=CASES_MAX)
    """Left empty: the definition's own cases."""
    at: datetime | None = None
    """When each begins; now, if it is not said. With an offset."""


class SimulatedStepOut(Out):
    at: datetime
    step: str
    name: str
    by: str
    state: str
    state_name: str
    waits_for: str | None
    due_on: date | None
    wait_until: datetime | None
    told: list[str]


class RefusalOut(Out):
    place: int
    step: str
    code: str
    zh: str
    en: str
    faults: list[FindingOut]


class SimulatedOut(Out):
    name: str
    passed: bool
    path: list[SimulatedStepOut]
    ends_in: str
    round: int
    on_time: bool
    outcome: str | None
    refusal: RefusalOut | None
    failures: list[str]

    @classmethod
    def of(cls, result: Simulated) -> Self:
        refusal = result.refusal
        return cls(
            name=result.name,
            passed=result.passed,
            path=[SimulatedStepOut.model_validate(each) for each in result.path],
            ends_in=result.ends_in,
            round=result.round,
            on_time=result.on_time,
            outcome=result.outcome,
            refusal=None
            if refusal is None
            else RefusalOut(
                place=refusal.place,
                step=refusal.step,
                code=refusal.code,
                zh=refusal.zh,
                en=refusal.en,
                faults=[FindingOut.of(each) for each in refusal.faults],
            ),
            failures=[f"{zh} / {en}" for zh, en in result.failures],
        )


class SimulationOut(Out):
    cases: list[SimulatedOut]
    passed: bool


class ProcessMigrationIn(In):
    from_version: int = Field(ge=1)
    states: dict[str, str] = Field(max_length=STATES_MAX)
    """Old state: new state. Work in a state that is not named stays where it is."""
    dry_run: bool = True
    reason: Reason


class MoveGroupOut(Out):
    """Open work in one state: whether it would move, and what keeps it."""

    state: str
    to: str | None
    count: int
    moves: bool
    code: str
    zh: str
    en: str


class ProcessMigrationOut(Out):
    job_id: UUID
    job: str
    dry_run: bool
    groups: list[MoveGroupOut]
    """As it stands now; the rows of the job say it of each."""


class WorkOrderIn(In):
    """Work of a process that people may begin."""

    process: str = Field(pattern=CODE_PATTERN)
    type: str = Field(default="", pattern=r"^([a-z][a-z0-9-]{0,47})?$")
    title: str = Field(min_length=1, max_length=TITLE_CHARACTERS_MAX)
    content: str = Field(min_length=1, max_length=CONTENT_CHARACTERS_MAX)
    category: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    division: DivisionCode
    department: DepartmentCode | None = None
    urgency: Urgency = Urgency.NORMAL
    place: str = Field(default="", max_length=200)
    form: dict[str, Any] = Field(default_factory=dict, max_length=100)
