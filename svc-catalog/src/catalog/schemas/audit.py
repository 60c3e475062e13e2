"""Publishing rules, findings, audits and channel copies as they come in and go out through the HTTP door."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from catalog.domain.publishing_rules import RuleKind, Severity
from chassis.schemas import In, Out
from chassis.steps import StepOut
from contracts.guide import Code, Material, Text
from contracts.vocabulary import TaskType

Words = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Reason = Annotated[str, StringConstraints(min_length=2, max_length=1000, strip_whitespace=True)]
Outcome = Literal["mended", "accepted", "withdrawn"]


class RuleOut(Out):
    """A publishing rule (发布规则): what must hold of a guide, and what to do when it does not."""

    code: str
    version: int
    kind: RuleKind
    """`guide`: an expression; `divisions`, `channels`: a comparison that the audit makes."""
    expression: dict[str, Any]
    parameters: dict[str, Any]
    pointers: list[str]
    message_zh: str
    message_en: str
    how_to_mend_zh: str
    how_to_mend_en: str
    source: str
    verified: bool
    severity: Severity
    is_enabled: bool
    applies_to: list[str]
    changed_at: datetime


class FactOut(Out):
    name: str
    kind: str
    meaning: str


class RuleIn(In):
    expression: dict[str, Any]
    parameters: dict[Code, Any] = Field(default_factory=dict, max_length=20)
    pointers: list[Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_~]+)+$")]] = Field(
        min_length=1, max_length=10
    )
    message_zh: Words
    message_en: Words
    how_to_mend_zh: Words
    how_to_mend_en: Words
    source: Words
    verified: bool = False
    severity: Severity
    is_enabled: bool
    applies_to: list[TaskType] = Field(default=[], max_length=20)
    reason: Reason


class TrialIn(In):
    """A rule as it might be; what is left out is as the rule has it."""

    expression: dict[str, Any] | None = None
    parameters: dict[Code, Any] | None = None
    applies_to: list[TaskType] | None = None


class TrialExampleOut(Out):
    item_id: UUID
    item_code: str
    name: str
    department: str
    division: str


class TrialOut(Out):
    code: str
    items: int
    """Items in force that it looked at."""
    found: int
    examples: list[TrialExampleOut]


class RuleVersionOut(Out):
    version: int
    content: dict[str, Any]
    actor_kind: str
    reason: str
    changed_at: datetime


class FindingOut(Out):
    """Something that an audit found (问题): what rule, where, and how to mend it."""

    id: UUID
    rule: str
    rule_version: int
    item_id: UUID
    item_code: str
    item_name: str
    division: str
    department: str
    fields: list[str]
    place: str
    what: str
    how_to_mend: str
    differences: list[dict[str, Any]]
    """Field by field: `pointer`, `label`, `label_en`, `before` (the reference), `after` (here)."""
    reference_item_id: UUID | None
    due_on: date | None
    state: Literal["open", "closed"]
    outcome: Outcome | None
    opened_at: datetime
    closed_at: datetime | None
    accepted_until: date | None
    basis: str
    version: int


class FindingStepOut(StepOut):
    pass


class AcceptanceIn(In):
    """A difference that a law or local rule allows (认可), until a day."""

    reason: Reason
    basis: Reason
    until: date


class AcceptanceEndIn(In):
    reason: Reason


class FindingCountOut(Out):
    department: str
    rule: str
    open: int
    overdue: int


class FindingDayOut(Out):
    day: date
    opened: int
    closed: int
    open: int
    """At the end of the day."""


class FindingSummaryOut(Out):
    open: int
    overdue: int
    counts: list[FindingCountOut]
    days: list[FindingDayOut]
    last_audit_at: datetime | None


class AuditOut(Out):
    id: UUID
    started_at: datetime
    finished_at: datetime | None
    items: int
    opened: int
    closed: int
    open_findings: int


class CopyIn(In):
    """What a channel really shows of an item."""

    item_id: UUID
    channel: Code
    materials: list[Material] = Field(max_length=300)
    conditions: list[Text] = Field(max_length=100)


class CopiesIn(In):
    rows: list[CopyIn] = Field(min_length=1, max_length=200)


class CopiesOut(Out):
    kept: int
    differing: int


class ChannelStandingOut(Out):
    channel: str
    standing: Literal["consistent", "differs", "unknown"]
    """`unknown`: it never reported what it shows."""
    reported_at: datetime | None
    differences: list[dict[str, Any]]


class DivisionStandingOut(Out):
    item_id: UUID
    division: str
    department: str
    standing: Literal["consistent", "differs"]


class ConsistencyOut(Out):
    item_id: UUID
    group: str | None
    """What makes it the same item elsewhere; null: it stands alone."""
    divisions: list[DivisionStandingOut]
    channels: list[ChannelStandingOut]


class CompletenessOut(Out):
    """How complete a department's guides are, as the last audit counted (办事指南完备度)."""

    department: str
    division: str
    items: int
    filled: int
    mandatory: int
    share: float | None
