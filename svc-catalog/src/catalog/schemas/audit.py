"""Publishing rules, findings, audits and channel copies as they come in and go out through the HTTP door."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

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
    is_retired: bool
    """Out of use until it is taken up again."""
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
    is_retired: bool | None = None
    """As it was read; a rule is retired and taken up again at doors of its own."""

    def content(self) -> dict[str, Any]:
        """What of it is kept."""
        return self.model_dump(mode="json", include=set(RULE_CONTENT))


RULE_CONTENT = (
    "expression",
    "parameters",
    "pointers",
    "message_zh",
    "message_en",
    "how_to_mend_zh",
    "how_to_mend_en",
    "source",
    "verified",
    "severity",
    "is_enabled",
    "applies_to",
)


class NewRuleIn(RuleIn):
    """A rule that is not there yet: an expression over the facts of a guide (`GET /publishing-facts`)."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,63}$")]
    """By which faults and findings name it. Beginnings of codes that other refusals have are not taken."""


class RuleReasonIn(In):
    reason: Reason


class NewTrialIn(In):
    """A rule that is not there yet, to be tried."""

    expression: dict[str, Any]
    parameters: dict[Code, Any] = Field(default_factory=dict, max_length=20)
    applies_to: list[TaskType] = Field(default=[], max_length=20)


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
    """Empty: a rule that is not there yet."""
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
    """What a channel really shows of an item: materials and conditions, or the version of the guide that it shows."""

    item_id: UUID
    channel: Code
    materials: list[Material] | None = Field(default=None, max_length=300)
    conditions: list[Text] | None = Field(default=None, max_length=100)
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    """The published version that it shows whole, as `GET /items/{id}` numbers it."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        said = (self.materials is not None, self.conditions is not None)
        if said != ((False, False) if self.version is not None else (True, True)):
            raise ValueError("give materials and conditions, or version alone")
        return self


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
    shown_version: int | None = None
    """The version that it says it shows; null: it reported materials and conditions, or nothing."""
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
