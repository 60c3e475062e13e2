"""Office platforms, to-dos and notices as they come in and go out through the HTTP door."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from chassis.schemas import In, Out
from chassis.steps import StepOut
from workorder.domain.notices import URL_CHARACTERS_MAX, Want, words_of
from workorder.domain.transfer import PushedLine

NoticeState = Literal["new", "kept", "feed", "waiting", "held", "delivered", "failed"]
EndpointState = Literal["unverified", "active", "disabled", "off"]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class _EndpointFields(In):
    name: str = Field(min_length=1, max_length=60)
    url: str = Field(default="", max_length=URL_CHARACTERS_MAX)
    """Empty: the platform comes and reads the feed."""
    wants: list[Want] = Field(min_length=1, max_length=2)
    needs_receipt: bool = False
    """A joint order is dispatched only when this platform said that it has its department's part."""
    reason: Reason

    @model_validator(mode="after")
    def _receipts_are_of_todos(self) -> Self:
        if self.needs_receipt and ("todos" not in self.wants or not self.url):
            raise ValueError("needs_receipt takes a url and todos among wants")
        return self


class EndpointIn(_EndpointFields):
    """An office platform (粤政易等); `department` empty: the city's, for whoever has none of their own."""

    department: str = Field(default="", pattern=r"^[0-9A-Z-]{0,22}$")
    line: PushedLine | Literal[""] = ""
    """110's own system: sent what became of what it handed over (`wants`: results, and nothing else)."""

    @model_validator(mode="after")
    def _city_needs_no_receipt(self) -> Self:
        if self.needs_receipt and not self.department:
            raise ValueError("needs_receipt is for a department's own platform")
        return self


class EndpointChangeIn(_EndpointFields):
    """What of a platform can be changed; whose it is cannot."""


class SwitchIn(In):
    reason: Reason


class EndpointOut(Out):
    """An office platform; its secret is shown once, when it is made."""

    id: UUID
    department: str
    line: str
    name: str
    url: str
    wants: list[Want]
    needs_receipt: bool
    state: EndpointState
    trouble: str
    """Why it is not active, or what its messages run into."""
    verified_at: datetime | None
    failing_since: datetime | None
    created_at: datetime
    version: int


class EndpointSecretOut(EndpointOut):
    """The platform with its secret: keep it, it is not shown again."""

    secret: str


class EndpointStepOut(StepOut):
    """One step in the life of an endpoint."""


class RedeliveryIn(In):
    """Which messages of an endpoint go out again: created from `since` (included) until `until`."""

    since: AwareDatetime
    until: AwareDatetime
    only_failed: bool = False
    reason: Reason


class RedeliveryOut(Out):
    count: int


class NoticeOut(Out):
    """One thing that somebody is told, and whether their platform has it."""

    id: UUID
    kind: str
    words: str
    todo_id: UUID | None
    sequence: int
    work_kind: str
    work_id: UUID
    number: str
    process: str
    title: str
    department: str
    division: str
    recipient: str
    due_at: datetime | None
    urgency: str
    detail: str
    created_at: datetime
    state: NoticeState
    endpoint_id: UUID | None
    tries: int
    try_at: datetime | None
    delivered_at: datetime | None
    receipt: str
    error: str

    @classmethod
    def of(cls, row: Any) -> Self:
        fields = row._mapping
        return cls.model_validate({**fields, "work_id": row.above_id, "words": words_of(row.kind)})


class FeedEntryOut(Out):
    """One change of one to-do (待办), for platforms that come and read. `position` is what to go on after."""

    position: int
    id: UUID
    kind: str
    todo_id: UUID
    sequence: int
    work_kind: str
    work_id: UUID
    number: str
    process: str
    title: str
    department: str
    division: str
    recipient: str
    assignee: str
    due_at: datetime | None
    urgency: str
    created_at: datetime

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls.model_validate({**row._mapping, "work_id": row.above_id})


class FeedOut(Out):
    """A piece of the feed; `next_after` is where to go on, the same as was asked when there is nothing new."""

    results: list[FeedEntryOut]
    next_after: int
