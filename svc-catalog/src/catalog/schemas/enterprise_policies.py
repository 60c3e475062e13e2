"""What comes in and goes out at the doors of policies for enterprises (惠企政策)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator

from catalog.domain.enterprise_policies import PolicyState
from catalog.domain.policy_rules import RULES_MAX, trade_code
from chassis.schemas import In, Out, Page
from chassis.steps import StepOut
from contracts.guide import Code, Name, Text
from contracts.vocabulary import DepartmentCode, DivisionCode

Size = Literal["micro", "small", "medium", "large"]
Ownership = Literal[
    "private",
    "state",
    "collective",
    "foreign",
    "hong-kong-macao-taiwan",
    "joint",
    "individual",
    "cooperative",
]
Verdict = Literal["fits", "unknown", "not"]


class PolicyContent(In):
    """What a policy says. `rules`: all must hold; the words for them are in `domain/policy_rules.py`."""

    code: Code
    title: Name
    division: DivisionCode
    department: DepartmentCode
    department_name: Name
    document: Name
    """文号 of the document that grants it."""
    summary: Text
    benefits: tuple[Name, ...] = Field(min_length=1, max_length=40)
    valid_from: date
    valid_until: date | None = None
    """The last day on which it may be applied for."""
    phone: Annotated[str, StringConstraints(max_length=60)] = ""
    url: Annotated[str, StringConstraints(max_length=1000)] = ""
    item_code: Annotated[str, StringConstraints(max_length=64)] = ""
    """The item by which it is applied for; empty: given without applying (免申即享)."""
    rules: tuple[dict[str, Any], ...] = Field(default=(), max_length=RULES_MAX)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self


class PolicyDraftIn(In):
    policy: PolicyContent


class PolicyDraftOut(Out):
    """A draft, with everything that stands in the way of publishing it."""

    policy_id: UUID
    number: int
    state: PolicyState
    policy: dict[str, Any]
    drafted_at: datetime
    is_mine: bool
    """The caller wrote in it and may not publish it."""
    faults: list[dict[str, str]]


class PolicyPublicationIn(In):
    number: int = Field(ge=1, le=1_000_000)


class PolicyReasonIn(In):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class PolicyBudgetIn(PolicyReasonIn):
    is_exhausted: bool
    """True: the budget is used up (资金用完), nobody new is matched; false takes that back."""


class PolicyHitOut(Out):
    """A policy in a list."""

    policy_id: UUID
    code: str
    title: str
    division: str
    department: str
    department_name: str
    version: int
    starts_on: date
    ends_on: date | None
    is_exhausted: bool
    is_open: bool
    """Whether it may be applied for on the day asked for."""


class PolicyOut(PolicyHitOut):
    state: PolicyState
    policy: dict[str, Any]
    rules_in_words: list[str]
    published_at: datetime


class PolicyVersionOut(Out):
    number: int
    state: str
    published_at: datetime | None
    is_in_force: bool


class PolicyStepOut(StepOut):
    pass


class Profile(In):
    """What an enterprise says of itself; what it does not say is not known, and is never taken for a no."""

    size: Size | None = None
    trade: Annotated[str, StringConstraints(max_length=8)] | None = None
    """GB/T 4754 code, with or without its section letter."""
    division: DivisionCode | None = None
    ownership: Ownership | None = None
    registered_on: date | None = None
    certificates: tuple[Code, ...] | None = Field(default=None, max_length=200)
    """What it holds; an empty list says that it holds none."""

    @field_validator("trade")
    @classmethod
    def _known_trade(cls, value: str | None) -> str | None:
        if value is None:
            return None
        code = trade_code(value)
        if code is None:
            raise ValueError("not a GB/T 4754 code")
        return code


class KeptProfileIn(Profile):
    """The enterprise's own profile; name, code and telephone are kept sealed and used for nothing but to show them back."""

    enterprise_name: Annotated[str, StringConstraints(max_length=200)] = ""
    credit_code: Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{18})?$")] = ""
    contact_phone: Annotated[str, StringConstraints(max_length=40)] = ""
    wants_to_be_told: bool = False
    """Tell me when a policy comes to fit (订阅)."""


class KeptProfileOut(Out):
    """The own profile; the telephone is masked."""

    size: str | None
    trade: str | None
    division: str | None
    ownership: str | None
    registered_on: date | None
    certificates: list[str] | None
    enterprise_name: str
    credit_code: str
    contact_phone: str
    wants_to_be_told: bool
    kept_at: datetime
    lacks: list[str]
    """Fields that are not filled in: policies that ask for them cannot be judged."""


class MatchingIn(In):
    profile: Profile | None = None
    """Left out: the caller's own kept profile."""


class RuleVerdictOut(Out):
    words: str
    verdict: Verdict
    why: str
    lacks: list[str]


class PolicyMatchOut(PolicyHitOut):
    verdict: Verdict
    benefits: list[str]
    rules: list[RuleVerdictOut]
    lacks: list[str]
    """Profile fields that would settle what is not known."""
    to_fit: list[str]
    """What stands in the way, in words."""


class MatchingOut(Page[PolicyMatchOut]):
    fits: int
    unknown: int
    not_fitting: int
    lacks: list[str]
    """Fields of the profile that would settle at least one policy."""


class OwnMatchOut(Out):
    """A policy that came to fit the own enterprise, as told; `still`: what it says of the profile today."""

    id: UUID
    policy_id: UUID
    policy_code: str
    title: str
    version: int
    matched_at: datetime
    still: Verdict | Literal["ended"]
