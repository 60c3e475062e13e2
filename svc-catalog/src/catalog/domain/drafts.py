"""The life that items, bundles and policies for enterprises share: numbered versions, published by a second person.

whole     draft ── publish a version ──▶ published ── withdraw ──▶ withdrawn ── publish a later version ──▶ published
            └── its last draft is discarded, none was ever published ──▶ discarded ── draft ──▶ draft

version   draft ── publish (a second person) ──▶ published, for good
            └── discard ──▶ discarded, for good

The versions of an item have steps between, see item.py.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Self, TypeVar
from uuid import UUID

from chassis.errors import ConflictError, ForbiddenError


class VersionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    SCHEDULED = "scheduled"
    """Published for a later day; on that day it enters into force by itself."""
    PUBLISHED = "published"
    DISCARDED = "discarded"
    """Ended unpublished; nobody works on it any more."""


ENDED = (VersionState.PUBLISHED, VersionState.DISCARDED)
"""Nothing becomes of a version any more: it is in force, was so, or never will be."""

STATE_WORDS = {
    VersionState.DRAFT: "草稿",
    VersionState.SUBMITTED: "待复核",
    VersionState.CHECKED: "已复核",
    VersionState.SCHEDULED: "待生效",
    VersionState.PUBLISHED: "已发布",
    VersionState.DISCARDED: "已作废",
}


class SecondPersonNeededError(ForbiddenError):
    """Four eyes: who wrote or changed a draft does not publish it."""

    code = "second-person-needed"
    title_zh = "草稿须由本部门另一名事项管理员发布，起草人不能发布自己的草稿"
    title_en = (
        "A draft is published by a second publisher of the department, never by who drafted it"
    )


class DraftPublishedError(ConflictError):
    code = "draft-published"
    title_zh = "该版本已发布，不能再改；请新建草稿"
    title_en = "This version is published and stays as it is; make a new draft"


class DraftDiscardedError(ConflictError):
    code = "draft-discarded"
    title_zh = "该草稿已作废，不能再办理；如需继续请新建草稿，可沿用其内容"
    title_en = "This draft was discarded; make a new draft, with its content if you like"


class DraftScheduledError(ConflictError):
    """What is to enter into force by itself is called back before it is ended."""

    code = "draft-scheduled"
    title_zh = "该版本已定期生效，不能作废；请先撤回，再作废草稿"
    title_en = "This version is scheduled for its day; recall it first, then discard the draft"


class DraftStateError(ConflictError):
    """The step is not one of the draft's present state; the words say which it is."""

    code = "draft-state"
    title_zh = "草稿当前状态不能办理此步骤，请刷新后查看"
    title_en = "Not possible in the draft's present state; read it again"

    @classmethod
    def of(cls, state: VersionState) -> Self:
        return cls(
            f"该版本处于“{STATE_WORDS[state]}”状态，不能办理此步骤；如需修改请先撤回",
            f"This version is {state.value}; recall it first if it is to be changed",
        )


@dataclass(kw_only=True)
class Draft:
    """One numbered version; once published it never changes. `version` counts its changes, for If-Match."""

    id: UUID
    number: int
    state: VersionState
    drafters: tuple[str, ...]
    """Everybody who wrote in it; none of them may publish it."""
    drafted_at: datetime
    published_by: str | None = None
    published_at: datetime | None = None
    version: int = 1

    def need(self, *states: VersionState) -> None:
        """Raise DraftPublishedError, DraftDiscardedError or DraftStateError unless it is in one of these states."""
        if self.state is VersionState.PUBLISHED:
            raise DraftPublishedError
        if self.state is VersionState.DISCARDED:
            raise DraftDiscardedError
        if self.state not in states:
            raise DraftStateError.of(self.state)

    def need_second(self, by: str) -> None:
        """Raise SecondPersonNeededError for one of its drafters."""
        if by in self.drafters:
            raise SecondPersonNeededError

    def be_written(self, by: str) -> None:
        """Its content was replaced: whoever did so is one of its drafters."""
        self.drafters = tuple(dict.fromkeys((*self.drafters, by)))
        self.version += 1

    def discard(self) -> None:
        """作废: ended for good; raises DraftPublishedError, DraftScheduledError, DraftDiscardedError."""
        if self.state is VersionState.SCHEDULED:
            raise DraftScheduledError
        self.need(VersionState.DRAFT, VersionState.SUBMITTED, VersionState.CHECKED)
        self.state = VersionState.DISCARDED
        self.version += 1


State = TypeVar("State", bound=StrEnum)
"""A topic's own enumeration of draft, published, withdrawn and discarded."""


@dataclass(kw_only=True)
class Drafted(Generic[State]):
    """What is drafted in versions, one of them public at a time. `version` counts its changes, for If-Match."""

    id: UUID
    division: str
    department: str
    state: State
    published_number: int | None = None
    latest_number: int = 0
    created_at: datetime
    version: int = 1

    def next_number(self) -> int:
        """The number of a new draft; what was given up is taken up again by it."""
        if self.state == "discarded":
            self._be("draft")
        if self.latest_number:
            self.version += 1
        self.latest_number += 1
        return self.latest_number

    def put_in_force(self, draft: Draft, *, by: str, at: datetime) -> None:
        """From now on this version is the public one. Who may say so, and when, is the caller's to check."""
        draft.state, draft.published_by, draft.published_at = VersionState.PUBLISHED, by, at
        self.published_number = draft.number
        self._be("published")

    def discard(self, draft: Draft, *, is_last: bool) -> None:
        """作废 a draft; with the last one, what was never published is given up.

        Raises DraftPublishedError, DraftScheduledError, DraftDiscardedError.
        """
        draft.discard()
        if is_last and self.state == "draft":
            self._be("discarded")
        self.version += 1

    def _be(self, state: str) -> None:
        self.state = type(self.state)(state)
