"""A process definition (流程定义): what kinds of work look like, as versioned data.

A state waits for an owner, under the promised clock or a limit of its own, or it is final. A step leads from states
to a state; branches choose where by what the form says or the work knows. What a step changes beyond the state is a
list of effects out of a fixed vocabulary (`EFFECTS`), so that a new process needs a definition and no code.

Source: the procedure of the hotline is that of the provincial ordinances (domain.md 3.3); that definitions are data
is this project's decision (docs/decisions/0024-one-engine.md).
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workorder.domain.process.forms import (
    FormValidator,
    form_validator,
    free_texts_of,
    properties_of,
)

STATES_MAX = 200
STEPS_MAX = 500
DEFINITION_BYTES_MAX = 512_000
CASES_MAX = 50
CASE_STEPS_MAX = 100
ANYWHERE = "*"
"""In a step's `from`: every waiting state."""

Code = str
CODE_PATTERN = r"^[a-z][a-z0-9-]{0,47}$"


class Owner(StrEnum):
    """Who has to act on work that waits."""

    HOTLINE = "hotline"
    DEPARTMENT = "department"
    HEAD = "head"
    COORDINATOR = "coordinator"
    APPLICANT = "applicant"
    CLERK = "clerk"
    REVIEWER = "reviewer"
    SYSTEM = "system"
    """An event or a timer moves it on; its limit says when somebody has to look."""


class Unit(StrEnum):
    WORKING_DAYS = "working-days"
    NATURAL_DAYS = "natural-days"
    HOURS = "hours"
    OFFICE_HOURS = "office-hours"
    """Hours while offices are open (rule `office-hours`)."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Budget(_Part):
    """How long: stated, or read from a rule; a rule with several values is read at `key`, or by a field of the work."""

    amount: int | None = Field(default=None, ge=0, le=10_000)
    rule: str = Field(default="", max_length=64)
    key: str = Field(default="", max_length=48)
    by: Literal["", "type", "urgency"] = ""
    unit: Unit = Unit.WORKING_DAYS


class State(_Part):
    code: Code = Field(pattern=CODE_PATTERN)
    name: str = Field(min_length=1, max_length=40)
    name_en: str = Field(default="", max_length=60)
    is_final: bool = False
    owner: Owner | None = None
    clock: Literal["runs", "stands", "none"] = "none"
    """Whether the promised clock runs while the work is here."""
    limit: Budget | None = None
    """How long the work may wait here at most, whatever the promised clock says."""
    late: Code | None = None
    """The step that a timer takes when the limit is over; without one an alarm is given."""


class Condition(_Part):
    """One comparison. `read` is `form.x`, `work.x`, `facts.x`, `count.<step>`, `tasks.open|undelivered|done|returning`,
    or `part.x`: the part of the department that the form names as `co_department`, else of whoever takes the step.
    """

    read: str = Field(pattern=r"^(form|work|facts|count|tasks|part)\.[a-z][a-z0-9_-]{0,47}$")
    equals: str | int | bool | None = None
    one_of: tuple[str, ...] = ()
    at_least: int | None = None
    below: int | None = None
    at_least_rule: str = Field(default="", max_length=64)
    at_most_rule: str = Field(default="", max_length=64)
    at_most_read: str = Field(
        default="", pattern=r"^(|(form|work|facts|count|tasks|part)\.[a-z][a-z0-9_-]{0,47})$"
    )
    """No more than something else that can be read."""
    is_set: bool | None = None
    otherwise: str = Field(default="", max_length=200)
    """What is said, in Chinese, when a step is refused because this does not hold."""
    otherwise_en: str = Field(default="", max_length=200)

    @property
    def compares(self) -> bool:
        """Whether it says with what; otherwise it always holds."""
        given = (self.equals, self.at_least, self.below, self.is_set)
        named = (self.one_of, self.at_least_rule, self.at_most_rule, self.at_most_read)
        return any(each is not None for each in given) or any(named)


ClockAct = Literal["start", "stop", "go-on", "extend", "end"]
Told = Literal[
    "opened",
    "dispatched",
    "signed",
    "returned",
    "extended",
    "urged",
    "supervised",
    "replied",
    "reopened",
    "merged",
    "closed",
    "emergency-raised",
    "part-returned",
    "part-return-withdrawn",
    "part-return-ruled",
    "part-sent",
]


class Branch(_Part):
    when: tuple[Condition, ...] = ()
    """All hold; an empty list always does."""
    to: Code | None = None
    """None: the work stays where it is."""
    effects: tuple[str, ...] = ()
    clock: tuple[ClockAct, ...] = ()
    tells: tuple[Told, ...] = ()


class Doer(_Part):
    role: str = Field(pattern=r"^[a-z_]{1,40}$")
    reach: Literal["own", "department", "task", "division", "city"] = "department"


class Limit(_Part):
    """How often a step may be taken: counted for the whole work, or again in each round."""

    count: int | None = Field(default=None, ge=0, le=1_000)
    rule: str = Field(default="", max_length=64)
    per: Literal["work", "round"] = "work"


class Finds(_Part):
    """Work that a fact is about: whose column, or whose kept field (`facts.x`), holds what the fact's field says."""

    field: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")
    by: str = Field(
        pattern=r"^(id|finding_id|application_id|rating_id|merged_into|facts\.[a-z][a-z0-9_]{0,47})$"
    )

    @property
    def kept_field(self) -> str:
        """The field of `facts` by which the work is found; empty when a column says it."""
        return self.by.removeprefix("facts.") if self.by.startswith("facts.") else ""


class Fill(_Part):
    """One field of a form, filled from a field of the fact; with `words`, what each value is called there."""

    field: str = Field(min_length=1, max_length=48)
    reads: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")
    words: dict[str, str] = Field(default_factory=dict, max_length=50)


class Asks(_Part):
    """A question that a step puts beside the state: who has to answer it, and for how long it may wait."""

    owner: Owner
    limit: Budget


class Step(_Part):
    code: Code = Field(pattern=CODE_PATTERN)
    name: str = Field(min_length=1, max_length=40)
    name_en: str = Field(default="", max_length=60)
    from_: tuple[str, ...] = Field(alias="from", min_length=1)
    to: Code | None = None
    branches: tuple[Branch, ...] = Field(default=(), max_length=50)
    """The first whose conditions hold decides; without branches, `to` does."""
    by: tuple[Doer, ...] = ()
    trigger: Literal["person", "fact", "timer", "join"] = "person"
    fact: str = Field(default="", max_length=100)
    """With trigger `fact`: the fact that moves the work on."""
    finds: Finds | None = None
    """With trigger `fact`: which work it is about; without it, code takes the step by its name."""
    fills: tuple[Fill, ...] = Field(default=(), max_length=20)
    """With trigger `fact`: how the form is filled from the fact."""
    happens_at: str = Field(default="", max_length=48)
    """With trigger `fact`: the field of the fact that says when; empty: when it is heard."""
    form: dict[str, Any] = Field(default_factory=dict)
    """JSON Schema (2020-12) of an object: what whoever takes the step has to say."""
    when: tuple[Condition, ...] = ()
    limit: Limit | None = None
    effects: tuple[str, ...] = ()
    clock: tuple[ClockAct, ...] = ()
    tells: tuple[Told, ...] = ()
    asks: Asks | None = None
    """With effect `ask-part-return`: who rules on it, and by when; the work itself stays where it is."""
    by_others_only: bool = True
    """Not for those whose own matter it is (回避)."""
    is_internal: bool = False
    """Shown to officers only, not in the public history."""
    records: str = Field(default="", max_length=48)
    """The word under which the history keeps it, in the past tense; by default its code."""

    @property
    def all_branches(self) -> tuple[Branch, ...]:
        """The branches; `to` alone is one without conditions."""
        return self.branches or (Branch(to=self.to),)

    @cached_property
    def validator(self) -> FormValidator:
        """The form's schema, compiled once."""
        return form_validator(self.form)

    @cached_property
    def free_texts(self) -> frozenset[str]:
        """Fields in which people write what they like: kept masked."""
        return free_texts_of(self.form)

    def form_fields(self) -> frozenset[str]:
        return frozenset(properties_of(self.form))

    def conditions(self) -> Iterator[Condition]:
        yield from self.when
        for branch in self.branches:
            yield from branch.when

    def every_effect(self) -> Iterator[str]:
        yield from self.effects
        for branch in self.branches:
            yield from branch.effects


class ClockChoice(_Part):
    """Another budget for work of which this holds (urgent, an enterprise's)."""

    when: tuple[Condition, ...] = Field(min_length=1)
    budget: Budget


class Gap(_Part):
    """How much time passes."""

    days: int = Field(default=0, ge=0, le=3_660)
    hours: int = Field(default=0, ge=0, le=10_000)


class CaseActor(_Part):
    """Who takes a step of a sample case; left empty: the department and division that the work is at then."""

    role: str = Field(pattern=r"^[a-z_]{1,40}$")
    department: str = Field(default="", max_length=22)
    division: str = Field(default="", max_length=12)


class CaseStep(_Part):
    """One thing that happens in a sample case: time passes, parts are delivered, then a step is taken, if one is named."""

    after: Gap = Gap()
    delivered: tuple[str, ...] = Field(default=(), max_length=20)
    """Departments whose own system says now that it has the work."""
    step: Code = Field(default="", pattern=r"^([a-z][a-z0-9-]{0,47})?$")
    form: dict[str, Any] = Field(default_factory=dict)
    as_: CaseActor | None = Field(default=None, alias="as")
    """None: a fact, a timer or a join takes it."""
    refused: str = Field(default="", max_length=48)
    """The code with which it has to be refused; the case goes on after it."""


class CaseWork(_Part):
    """What a sample case begins with."""

    type: str = Field(default="", max_length=48)
    urgency: str = Field(default="normal", max_length=48)
    department: str = Field(default="", max_length=22)
    division: str = Field(default="445102", max_length=12)
    is_enterprise: bool = False
    is_confidential: bool = False
    remote: tuple[str, ...] = Field(default=(), max_length=20)
    """Departments whose own system has to say that it has the work."""
    facts: dict[str, Any] = Field(default_factory=dict)


class Expected(_Part):
    """What has to come out of a sample case; what is left out is not looked at."""

    ends_in: Code | None = None
    round: int | None = Field(default=None, ge=1, le=1_000)
    on_time: bool | None = None
    outcome: str | None = Field(default=None, max_length=48)


class Case(_Part):
    """A sample case (样例): how work is meant to go, tried before a definition goes live."""

    name: str = Field(min_length=1, max_length=80)
    work: CaseWork = CaseWork()
    steps: tuple[CaseStep, ...] = Field(default=(), max_length=CASE_STEPS_MAX)
    expects: Expected = Expected()


class Definition(_Part):
    """One version of one process."""

    code: Code = Field(pattern=CODE_PATTERN)
    name: str = Field(min_length=1, max_length=80)
    name_en: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=2_000)
    source: str = Field(default="", max_length=400)
    """The law or paper it follows."""
    starts_in: Code = Field(pattern=CODE_PATTERN)
    clock: Budget | None = None
    """The promised clock of the whole work; none for work that promises nothing."""
    clock_choices: tuple[ClockChoice, ...] = ()
    """Looked at before `clock`; the first that holds gives the budget."""
    starts_clock: bool = False
    """The clock starts when the work is opened, and not by a step."""
    states: tuple[State, ...] = Field(min_length=1, max_length=STATES_MAX)
    steps: tuple[Step, ...] = Field(max_length=STEPS_MAX)
    opens_by: tuple[Doer, ...] = Field(default=(), max_length=20)
    """Who may begin such work at the common door; nobody: the service itself begins it."""
    form: dict[str, Any] = Field(default_factory=dict)
    """JSON Schema of what has to be said to begin it; kept in `facts`."""
    number_prefix: str = Field(default="GD", pattern=r"^[A-Z]{2,4}$")
    """The first letters of the numbers of such work, as people read them out."""
    cases: tuple[Case, ...] = Field(default=(), max_length=CASES_MAX)
    """Sample cases of its own; it goes live only when every one of them comes out as it expects."""

    @cached_property
    def validator(self) -> FormValidator:
        """The schema of its opening form, compiled once."""
        return form_validator(self.form)

    @cached_property
    def joins(self) -> tuple[Step, ...]:
        """Steps that are taken by themselves as soon as their conditions hold."""
        return tuple(each for each in self.steps if each.trigger == "join")

    @cached_property
    def fact_keys(self) -> frozenset[tuple[str, str]]:
        """Types of facts with the kept field by which its work is found; such work is kept under those keys."""
        return frozenset(
            (step.fact, step.finds.kept_field)
            for step in self.steps
            if step.trigger == "fact" and step.finds is not None and step.finds.kept_field
        )

    @cached_property
    def states_by_code(self) -> dict[str, State]:
        return {each.code: each for each in self.states}

    @cached_property
    def steps_by_code(self) -> dict[str, Step]:
        return {each.code: each for each in self.steps}

    @cached_property
    def internal_records(self) -> frozenset[str]:
        """Words of the history that only the office sees."""
        return frozenset(step.records or step.code for step in self.steps if step.is_internal)

    def sources(self, step: Step) -> tuple[str, ...]:
        """The states a step may be taken in."""
        named = tuple(code for code in step.from_ if code != ANYWHERE)
        if ANYWHERE not in step.from_:
            return named
        return (*named, *(each.code for each in self.states if not each.is_final))

    @cached_property
    def rules(self) -> frozenset[str]:
        """Codes of every rule that limits, budgets or conditions name."""
        budgets = [self.clock, *(state.limit for state in self.states)]
        budgets += [choice.budget for choice in self.clock_choices]
        budgets += [step.asks.limit for step in self.steps if step.asks]
        names = {budget.rule for budget in budgets if budget}
        names |= {
            rule
            for choice in self.clock_choices
            for condition in choice.when
            for rule in (condition.at_least_rule, condition.at_most_rule)
        }
        for step in self.steps:
            names.add(step.limit.rule if step.limit else "")
            for condition in step.conditions():
                names |= {condition.at_least_rule, condition.at_most_rule}
        return frozenset(names - {""})

    @property
    def is_opened_by_people(self) -> bool:
        """Whether such work is begun at the common door; otherwise the service begins it, and needs it in force."""
        return bool(self.opens_by)


EFFECTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # name: (form fields that it needs, form fields that it may read)
    "assign": (frozenset({"department"}), frozenset({"division", "co_departments"})),
    "release": (frozenset(), frozenset()),
    "sign": (frozenset(), frozenset()),
    "take": (frozenset(), frozenset()),
    "hand-over": (frozenset({"assignee"}), frozenset()),
    "reply": (frozenset({"outcome", "text"}), frozenset()),
    "reviewed": (frozenset(), frozenset()),
    "visit": (frozenset({"satisfied"}), frozenset({"solved", "satisfaction"})),
    "new-round": (frozenset(), frozenset()),
    "deny-return": (frozenset(), frozenset()),
    "supervise": (frozenset(), frozenset()),
    "end-supervision": (frozenset(), frozenset()),
    "ask-return": (frozenset({"reason"}), frozenset({"suggested_department"})),
    "rule-return": (frozenset({"reason"}), frozenset({"granted", "department"})),
    "city-leads": (frozenset(), frozenset()),
    "urgency": (frozenset({"urgency"}), frozenset()),
    "category": (frozenset(), frozenset({"category"})),
    "cite": (frozenset(), frozenset({"article_id"})),
    "exempt": (frozenset({"ground"}), frozenset()),
    "approved": (frozenset(), frozenset()),
    "repeat": (frozenset({"of"}), frozenset()),
    "no-repeat": (frozenset(), frozenset()),
    "follow-lead": (frozenset({"department", "division", "outcome", "text"}), frozenset()),
    "outcome": (frozenset({"outcome"}), frozenset()),
    "unsolved": (frozenset(), frozenset()),
    "withdrawn": (frozenset(), frozenset()),
    "explained": (frozenset({"text"}), frozenset()),
    "merge": (frozenset({"into"}), frozenset()),
    "unmerge": (frozenset(), frozenset()),
    "task-sign": (frozenset(), frozenset()),
    "task-done": (frozenset({"text"}), frozenset({"outcome"})),
    "task-reopen": (frozenset(), frozenset()),
    "ask-part-return": (frozenset({"reason"}), frozenset({"suggested_department", "duty_id"})),
    "take-part-return-back": (frozenset(), frozenset()),
    "grant-part-return": (frozenset({"co_department", "reason"}), frozenset({"replacement"})),
    "deny-part-return": (frozenset({"co_department", "reason"}), frozenset()),
    "keep": (frozenset(), frozenset()),
    "close-own": (frozenset(), frozenset()),
}
"""What a step can change, and what its form must say for it. `keep` keeps every field of the form in `facts`."""

WORK_FIELDS = frozenset(
    {
        "type",
        "kind",
        "urgency",
        "round",
        "department",
        "is_return_denied",
        "is_supervised",
        "is_late",
        "outcome",
        "is_confidential",
        "is_enterprise",
        "days_since_dispatch",
        "days_since_close",
        "is_accepted",
        "clock_unit",
        "clock_days",
        "exclude_from_satisfaction",
    }
)
"""What a condition may read of the work itself (`work.x`)."""
FOUND_BY_CODE = frozenset({"workorder.work-order.closed.v1"})
"""Facts of this service that move other work on in the same commit (merging.py); such a step needs no `finds`."""
TASK_FIELDS = frozenset({"open", "undelivered", "done", "returning"})
PART_FIELDS = frozenset({"is_signed", "is_returning", "is_return_denied", "days_since_sent"})
"""What a condition may read of one department's part (`part.x`)."""
