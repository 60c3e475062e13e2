"""An item (事项) and the numbered versions of its guide (办事指南).

item      draft ── publish (a second person) ──▶ published ── withdraw ──▶ withdrawn
            └── its last draft is discarded ──▶ discarded ── draft ──▶ draft
                                                   └── publish a later version ──▶ published    └── publish ──▶ published

version   draft ── submit ──▶ submitted ── check (a second person) ──▶ checked ── publish ──▶ published
            ▲                    └── returned, recalled ──▶ draft          │
            └──────────────── recall ── scheduled ◀── publish for a later day
          draft, submitted, checked ── discard ──▶ discarded, for good
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from catalog.domain.drafts import Draft, Drafted, VersionState
from chassis.clock import local_date
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from contracts.guide import Guide


class ItemState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    """Never published, and nobody drafts it any more; its code is free for whoever drafts it again."""


class DepartmentNotYoursError(ForbiddenError):
    code = "department-not-yours"
    title_zh = "只能编写本部门的事项，请核对 department"
    title_en = "Only items of your own department can be written; check `department`"


class EffectiveDatePastError(InvalidError):
    code = "effective-date-past"
    title_zh = "生效日期早于今天，请改为今天或以后，或留空即日生效"
    title_en = "effective_from lies in the past; name today or a later day, or leave it out"


class VersionScheduledError(ConflictError):
    """Two versions that wait for their day would enter in an order that nobody decided."""

    code = "version-scheduled"
    title_zh = "另有版本已定期生效，请先撤回该版本再办理"
    title_en = "Another version is scheduled for a later day; recall it first"


class DraftOutdatedError(ConflictError):
    """Another version came into force since this draft was written: publishing it would undo that one unseen."""

    code = "draft-outdated"
    title_zh = "起草之后已有其他版本生效，请查看与现行版本的差异，并入后重新保存草稿再发布"
    title_en = (
        "Another version came into force since this was drafted; "
        "look at the differences, take them in and save the draft again"
    )

    @classmethod
    def overtaken(cls) -> Self:
        """Versions enter into force in the order of their numbers: a lower one can no longer follow."""
        return cls(
            "更晚的版本已经生效，此草稿不能再发布；请以现行版本为准新建草稿",
            "A later version is in force and this draft cannot follow it; make a new draft from that one",
        )


class CodeUnsoundError(InvalidError):
    """An item keeps its code for good, so that it is looked at before there is an item."""

    code = "item-code-unsound"
    title_zh = "实施编码有误，请按 errors 修改；没有国家编码的事项请用 YW- 开头的编码"
    title_en = "The item code is unsound, see errors; an item without a national code has one that begins with YW-"


class GuideNotPublishableError(InvalidError):
    code = "guide-not-publishable"
    title_zh = "办事指南不符合发布规则，请按 errors 逐项修改后再提交"
    title_en = "The guide does not keep the publishing rules; see errors, mend them and try again"


class ItemWithdrawnError(ConflictError):
    code = "item-withdrawn"
    title_zh = "该事项已停办，无需再次停办；如需恢复请发布新版本"
    title_en = "This item is withdrawn already; publish a new version to take it up again"


class ItemNotPublishedError(ConflictError):
    code = "item-not-published"
    title_zh = "该事项尚未发布，不能停办"
    title_en = "This item is not published yet; there is nothing to withdraw"


class ItemIdentityError(InvalidError):
    """Another code, department or division would be another item."""

    code = "item-identity-changed"
    title_zh = "事项编码、原编码、部门和区划确定后不能更改；如需更改请另建事项"
    title_en = "Codes, department and division of an item stay; create another item instead"


class GuideInconsistentError(InvalidError):
    code = "guide-inconsistent"
    title_zh = "办事指南前后不一致，请按 errors 逐项修改"
    title_en = "The guide contradicts itself; see errors and mend them"


@dataclass(kw_only=True)
class ItemVersion(Draft):
    """One numbered version of an item's guide; once published it never changes."""

    item_id: UUID
    guide: Guide
    submitted_at: datetime | None = None
    checked_by: str | None = None
    base_number: int | None = None
    """The version that was in force when this content was written."""

    def change(self, guide: Guide, *, by: str, upon: int | None = None) -> None:
        """Replace a draft's content, written upon the version in force.

        Raises DraftPublishedError, DraftStateError, ItemIdentityError, GuideInconsistentError.
        """
        self.need(VersionState.DRAFT)
        check_identity(self.guide, guide)
        check_consistent(guide)
        self.guide = guide
        self.base_number = upon
        self.be_written(by)

    def submit(self, *, at: datetime) -> None:
        """提交复核: it stays as it is until it is checked, returned or recalled."""
        self.need(VersionState.DRAFT)
        self.submitted_at = at
        self._move(VersionState.SUBMITTED)

    def check(self, *, by: str) -> None:
        """复核通过 by a second person; raises SecondPersonNeededError, DraftStateError."""
        self.need(VersionState.SUBMITTED)
        self.need_second(by)
        self.checked_by = by
        self._move(VersionState.CHECKED)

    def send_back(self, *, by: str) -> None:
        """退回 by a second person: a draft again."""
        self.need(VersionState.SUBMITTED, VersionState.CHECKED)
        self.need_second(by)
        self._move(VersionState.DRAFT)

    def recall(self) -> None:
        """撤回: what is not in force yet is a draft again."""
        self.need(VersionState.SUBMITTED, VersionState.CHECKED, VersionState.SCHEDULED)
        self._move(VersionState.DRAFT)

    def _move(self, state: VersionState) -> None:
        self.state = state
        if state is VersionState.DRAFT:
            self.submitted_at, self.checked_by, self.published_by = None, None, None
        self.version += 1


@dataclass(kw_only=True)
class Item(Drafted[ItemState]):
    """A thing a department does on application; its versions hang on it."""

    item_code: str
    original_code: str | None

    @classmethod
    def create(cls, guide: Guide, *, id: UUID, at: datetime) -> Self:
        """A new item without any version yet; raises GuideInconsistentError."""
        check_consistent(guide)
        return cls(
            id=id,
            item_code=guide.item_code,
            original_code=guide.original_code,
            division=guide.division,
            department=guide.department,
            state=ItemState.DRAFT,
            created_at=at,
        )

    def draft(self, guide: Guide, *, id: UUID, by: str, at: datetime) -> ItemVersion:
        """The next version, as a draft; raises ItemIdentityError, GuideInconsistentError."""
        if self.state is ItemState.DISCARDED:
            self.original_code = guide.original_code
        if (guide.item_code, guide.original_code) != (self.item_code, self.original_code):
            raise ItemIdentityError
        if (guide.department, guide.division) != (self.department, self.division):
            raise ItemIdentityError
        check_consistent(guide)
        return ItemVersion(
            id=id,
            item_id=self.id,
            number=self.next_number(),
            state=VersionState.DRAFT,
            guide=guide,
            drafters=(by,),
            drafted_at=at,
            base_number=self.published_number,
        )

    def publish(self, draft: ItemVersion, *, by: str, at: datetime) -> None:
        """发布 by a second person, at once or for the guide's later day; of an unchecked draft it is the check too.

        Raises SecondPersonNeededError, DraftPublishedError, DraftStateError, DraftOutdatedError,
        EffectiveDatePastError.
        """
        draft.need(VersionState.DRAFT, VersionState.SUBMITTED, VersionState.CHECKED)
        draft.need_second(by)
        if draft.number < (self.published_number or 0):
            raise DraftOutdatedError.overtaken()
        if draft.base_number != self.published_number:
            raise DraftOutdatedError
        today, wanted = local_date(at), draft.guide.effective_from
        if wanted is not None and wanted < today:
            raise EffectiveDatePastError
        draft.published_by = by
        draft.checked_by = draft.checked_by or by
        if wanted is not None and wanted > today:
            draft._move(VersionState.SCHEDULED)
            return
        self.put_in_force(draft, by=by, at=at)
        self.version += 1
        draft.version += 1

    def discard(self, draft: Draft, *, is_last: bool) -> None:
        """作废 a draft; an item that is given up leaves its original code free."""
        super().discard(draft, is_last=is_last)
        if self.state is ItemState.DISCARDED:
            self.original_code = None

    def take_step(self) -> None:
        """A step on one of its drafts is one of the item's own, and has its place in the item's order."""
        self.version += 1

    def begin(self, scheduled: ItemVersion, *, at: datetime) -> None:
        """A scheduled version's day has come: it is in force from now on."""
        scheduled.need(VersionState.SCHEDULED)
        assert scheduled.published_by is not None, "what is scheduled was published by somebody"
        self.put_in_force(scheduled, by=scheduled.published_by, at=at)
        self.version += 1
        scheduled.version += 1

    def take_over(self, guide: Guide, *, id: UUID, by: str, at: datetime) -> ItemVersion:
        """A version that another authority has published already (import): in force at once, no second person."""
        taken = self.draft(guide, id=id, by=by, at=at)
        self.put_in_force(taken, by=by, at=at)
        return taken

    def withdraw(self) -> None:
        """停办; raises ItemWithdrawnError, ItemNotPublishedError."""
        if self.state is ItemState.WITHDRAWN:
            raise ItemWithdrawnError
        if self.published_number is None:
            raise ItemNotPublishedError
        self.state = ItemState.WITHDRAWN
        self.version += 1


def check_identity(before: Guide, after: Guide) -> None:
    """Raise ItemIdentityError when these are guides of two items."""
    for name in ("item_code", "original_code", "department", "division"):
        if getattr(before, name) != getattr(after, name):
            raise ItemIdentityError


def check_consistent(guide: Guide) -> None:
    """Raise GuideInconsistentError for doubled codes and for conditions on questions that nobody asks."""
    faults = [*_doubled(guide), *_unknown_conditions(guide)]
    if guide.statutory_days is not None and guide.promised_days > guide.statutory_days:
        faults.append(
            FieldFault(
                pointer="/guide/promised_days",
                code="promised-past-statutory",
                zh="承诺时限不能超过法定时限",
                en="The promise cannot be longer than the law allows",
            )
        )
    if faults:
        raise GuideInconsistentError(faults=tuple(faults))


def _doubled(guide: Guide) -> list[FieldFault]:
    faults = []
    for name in ("materials", "situations"):
        codes = [part.code for part in getattr(guide, name)]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                faults.append(
                    FieldFault(
                        pointer=f"/guide/{name}/{index}/code",
                        code="code-twice",
                        zh=f"代码 {code} 重复",
                        en=f"The code {code} stands twice",
                    )
                )
    return faults


def _unknown_conditions(guide: Guide) -> list[FieldFault]:
    options = {q.code: {option.code for option in q.options} for q in guide.situations}
    return [
        FieldFault(
            pointer=f"/guide/materials/{index}/applies_when/{question}",
            code="condition-unknown",
            zh=f"情形 {question} 或其选项不存在",
            en=f"There is no such question or option: {question}",
        )
        for index, material in enumerate(guide.materials)
        for question, wanted in material.applies_when.items()
        if not set(wanted) <= options.get(question, set())
    ]
