"""An item (事项) and the numbered versions of its guide (办事指南).

draft ── publish (a second person) ──▶ published ── withdraw ──▶ withdrawn
                                         └── publish a later version ──▶ published      └── publish ──▶ published
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from contracts.guide import Guide


class ItemState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class SecondPersonNeededError(ForbiddenError):
    """Four eyes: who wrote or changed a draft does not publish it."""

    code = "second-person-needed"
    title_zh = "草稿须由本部门另一名事项管理员发布，起草人不能发布自己的草稿"
    title_en = (
        "A draft is published by a second publisher of the department, never by who drafted it"
    )


class DepartmentNotYoursError(ForbiddenError):
    code = "department-not-yours"
    title_zh = "只能编写本部门的事项，请核对 department"
    title_en = "Only items of your own department can be written; check `department`"


class DraftPublishedError(ConflictError):
    code = "draft-published"
    title_zh = "该版本已发布，不能再改；请新建草稿"
    title_en = "This version is published and stays as it is; make a new draft"


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
class ItemVersion:
    """One numbered version of an item's guide; once published it never changes."""

    id: UUID
    item_id: UUID
    number: int
    state: VersionState
    guide: Guide
    drafters: tuple[str, ...]
    """Everybody who wrote in it; none of them may publish it."""
    drafted_at: datetime
    published_by: str | None
    published_at: datetime | None
    version: int

    def change(self, guide: Guide, *, by: str) -> None:
        """Replace a draft's content; raises DraftPublishedError, ItemIdentityError, GuideInconsistentError."""
        if self.state is not VersionState.DRAFT:
            raise DraftPublishedError
        check_identity(self.guide, guide)
        check_consistent(guide)
        self.guide = guide
        self.drafters = tuple(dict.fromkeys((*self.drafters, by)))
        self.version += 1


@dataclass(kw_only=True)
class Item:
    """A thing a department does on application; its versions hang on it."""

    id: UUID
    item_code: str
    original_code: str | None
    division: str
    department: str
    state: ItemState
    published_number: int | None
    latest_number: int
    created_at: datetime
    version: int

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
            published_number=None,
            latest_number=0,
            created_at=at,
            version=1,
        )

    def draft(self, guide: Guide, *, id: UUID, by: str, at: datetime) -> ItemVersion:
        """The next version, as a draft; raises ItemIdentityError, GuideInconsistentError."""
        if (guide.item_code, guide.original_code) != (self.item_code, self.original_code):
            raise ItemIdentityError
        if (guide.department, guide.division) != (self.department, self.division):
            raise ItemIdentityError
        check_consistent(guide)
        if self.latest_number:
            self.version += 1
        self.latest_number += 1
        return ItemVersion(
            id=id,
            item_id=self.id,
            number=self.latest_number,
            state=VersionState.DRAFT,
            guide=guide,
            drafters=(by,),
            drafted_at=at,
            published_by=None,
            published_at=None,
            version=1,
        )

    def publish(self, draft: ItemVersion, *, by: str, at: datetime) -> None:
        """发布 by a second person; raises SecondPersonNeededError, DraftPublishedError."""
        if draft.state is not VersionState.DRAFT:
            raise DraftPublishedError
        if by in draft.drafters:
            raise SecondPersonNeededError
        self._put_in_force(draft, by=by, at=at)
        self.version += 1
        draft.version += 1

    def take_over(self, guide: Guide, *, id: UUID, by: str, at: datetime) -> ItemVersion:
        """A version that another authority has published already (import): in force at once, no second person."""
        taken = self.draft(guide, id=id, by=by, at=at)
        self._put_in_force(taken, by=by, at=at)
        return taken

    def withdraw(self) -> None:
        """停办; raises ItemWithdrawnError, ItemNotPublishedError."""
        if self.state is ItemState.WITHDRAWN:
            raise ItemWithdrawnError
        if self.state is ItemState.DRAFT:
            raise ItemNotPublishedError
        self.state = ItemState.WITHDRAWN
        self.version += 1

    def _put_in_force(self, version: ItemVersion, *, by: str, at: datetime) -> None:
        version.state = VersionState.PUBLISHED
        version.published_by = by
        version.published_at = at
        self.state = ItemState.PUBLISHED
        self.published_number = version.number


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
