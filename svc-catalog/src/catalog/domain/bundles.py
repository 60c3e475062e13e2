"""A bundle (一件事): several items behind one form, such as 企业开办 (setting up a company).

draft ── publish (a second person) ──▶ published ── withdraw ──▶ withdrawn ── publish a later version ──▶ published
  └── its last draft is discarded, never published ──▶ discarded ── draft ──▶ draft

What its members come to together (one list of materials, one set of questions, one time limit) is worked out when a
version is drafted and again when it is published, and kept with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from catalog.domain.drafts import Draft, Drafted, VersionState
from catalog.domain.faults import field_fault
from chassis.errors import ConflictError, FieldFault, ForbiddenError, InvalidError
from contracts.guide import Code, Guide, Name
from contracts.vocabulary import DepartmentCode, DivisionCode

EVERYWHERE = ""
MEMBERS_MAX = 20
DIVISIONS_MAX = 30


class BundleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"
    """Never published, and nobody drafts it any more."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Part):
    """One item of a bundle: the same everywhere, or another one in each division."""

    key: Code
    item_id: UUID | None = None
    by_division: dict[DivisionCode, UUID] = Field(default_factory=dict, max_length=DIVISIONS_MAX)
    after: tuple[Code, ...] = Field(default=(), max_length=MEMBERS_MAX)
    """Keys of members that must be finished first."""

    def item_ids(self) -> tuple[UUID, ...]:
        return (self.item_id,) if self.item_id is not None else tuple(self.by_division.values())

    def item_in(self, division: str) -> UUID | None:
        return self.item_id if self.item_id is not None else self.by_division.get(division)


class FieldTarget(_Part):
    member: Code
    material: Code
    field: Name


class FormField(_Part):
    """A field of the one form, and where its answer goes in the members' materials."""

    name: Code
    targets: tuple[FieldTarget, ...] = Field(min_length=1, max_length=100)


class BundleContent(_Part):
    code: Code
    name: Name
    summary: Annotated[str, StringConstraints(max_length=5_000)] = ""
    life_event: Code | None = None
    audience: tuple[Literal["person", "enterprise"], ...] = ("person", "enterprise")
    division: DivisionCode
    department: DepartmentCode
    """The lead department (牵头部门)."""
    department_name: Name
    members: tuple[Member, ...] = Field(min_length=2, max_length=MEMBERS_MAX)
    form: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    """JSON Schema of the one form."""
    fields: tuple[FormField, ...] = Field(default=(), max_length=300)
    phone: Annotated[str, StringConstraints(max_length=100)] = ""

    def places(self) -> tuple[str, ...]:
        """The divisions that it is worked out for; everywhere, when no member differs by division."""
        named = sorted({division for member in self.members for division in member.by_division})
        return tuple(named) or (EVERYWHERE,)

    def item_ids(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(each for member in self.members for each in member.item_ids()))


class BundleFaultyError(InvalidError):
    code = "bundle-inconsistent"
    title_zh = "一件事配置有误，请按 errors 逐项修改"
    title_en = "The bundle contradicts itself; see errors and mend them"


class BundleCircularError(InvalidError):
    code = "bundle-circular"
    title_zh = "事项之间的先后关系成环，请删除其中一个"
    title_en = "The order of the members runs in a circle; take one of them out"


class BundlePublishedError(ConflictError):
    code = "bundle-not-published"
    title_zh = "该一件事不在办理中，不能停办"
    title_en = "This bundle is not open; there is nothing to withdraw"


class BundleNotYoursError(ForbiddenError):
    code = "department-not-yours"
    title_zh = "只能编写本部门牵头的一件事，请核对 department"
    title_en = "Only bundles that your own department leads can be written; check `department`"


class BundleIdentityError(InvalidError):
    code = "bundle-identity-changed"
    title_zh = "编码、牵头部门和区划确定后不能更改；如需更改请另建一件事"
    title_en = "Code, lead department and division of a bundle stay; create another one instead"


@dataclass(kw_only=True)
class BundleVersion(Draft):
    """A version, and what its members came to together when it was written (`merged`)."""

    bundle_id: UUID
    content: BundleContent
    merged: dict[str, Any]

    def change(self, content: BundleContent, merged: dict[str, Any], *, by: str) -> None:
        """Replace a draft's content; raises DraftPublishedError, DraftDiscardedError, BundleIdentityError."""
        self.need(VersionState.DRAFT)
        if _identity(content) != _identity(self.content):
            raise BundleIdentityError
        self.content, self.merged = content, merged
        self.be_written(by)


@dataclass(kw_only=True)
class Bundle(Drafted[BundleState]):
    code: str

    @classmethod
    def create(cls, content: BundleContent, *, id: UUID, at: datetime) -> Self:
        return cls(
            id=id,
            code=content.code,
            division=content.division,
            department=content.department,
            state=BundleState.DRAFT,
            created_at=at,
        )

    def draft(
        self, content: BundleContent, merged: dict[str, Any], *, id: UUID, by: str, at: datetime
    ) -> BundleVersion:
        """The next version; raises BundleIdentityError."""
        if _identity(content) != (self.code, self.department, self.division):
            raise BundleIdentityError
        return BundleVersion(
            id=id,
            bundle_id=self.id,
            number=self.next_number(),
            state=VersionState.DRAFT,
            content=content,
            merged=merged,
            drafters=(by,),
            drafted_at=at,
        )

    def publish(
        self, draft: BundleVersion, merged: dict[str, Any], *, by: str, at: datetime
    ) -> None:
        """By a second person; raises DraftPublishedError, DraftDiscardedError, SecondPersonNeededError."""
        draft.need(VersionState.DRAFT)
        draft.need_second(by)
        draft.merged = merged
        self.put_in_force(draft, by=by, at=at)
        draft.version += 1
        self.version += 1

    def withdraw(self) -> None:
        """Raises BundlePublishedError unless it is open."""
        if self.state is not BundleState.PUBLISHED:
            raise BundlePublishedError
        self.state = BundleState.WITHDRAWN
        self.version += 1


def _identity(content: BundleContent) -> tuple[str, str, str]:
    return content.code, content.department, content.division


def check_members(content: BundleContent) -> None:
    """Raise BundleFaultyError (twice, unknown, nowhere) or BundleCircularError, naming the circle."""
    faults = [*_doubled(content), *_misplaced(content)]
    keys = {member.key for member in content.members}
    for index, member in enumerate(content.members):
        for unknown in [key for key in member.after if key not in keys]:
            faults.append(
                field_fault(
                    f"/bundle/members/{index}/after",
                    "member-unknown",
                    f"没有成员 {unknown}，请核对 after",
                    f"There is no member {unknown}",
                )
            )
    if faults:
        raise BundleFaultyError(faults=tuple(faults))
    circle = find_circle({member.key: member.after for member in content.members})
    if circle:
        words = " → ".join(circle)
        raise BundleCircularError(
            f"事项之间的先后关系成环：{words}；请删除其中一个 after",
            f"The order of the members runs in a circle: {words}; take one `after` out",
        )


def _doubled(content: BundleContent) -> list[FieldFault]:
    faults: list[FieldFault] = []
    keys: set[str] = set()
    items: set[UUID] = set()
    for index, member in enumerate(content.members):
        if member.key in keys:
            faults.append(
                field_fault(
                    f"/bundle/members/{index}/key",
                    "member-key-twice",
                    f"成员代码 {member.key} 重复",
                    f"The key {member.key} stands twice",
                )
            )
        for item_id in member.item_ids():
            if item_id in items:
                faults.append(
                    field_fault(
                        f"/bundle/members/{index}",
                        "item-twice",
                        f"事项 {item_id} 在一件事中出现两次",
                        f"The item {item_id} stands in the bundle twice",
                    )
                )
        keys.add(member.key)
        items.update(member.item_ids())
    return faults


def _misplaced(content: BundleContent) -> list[FieldFault]:
    """A member is one item everywhere or one in each of the bundle's divisions, not both and not in some only."""
    faults = []
    for index, member in enumerate(content.members):
        if (member.item_id is None) == (not member.by_division):
            faults.append(
                field_fault(
                    f"/bundle/members/{index}",
                    "member-needs-one-item",
                    "item_id 与 by_division 须且只须填写一个",
                    "Give either `item_id` or `by_division`",
                )
            )
        missing = set(content.places()) - set(member.by_division) if member.by_division else set()
        if missing:
            named = "、".join(sorted(missing))
            faults.append(
                field_fault(
                    f"/bundle/members/{index}/by_division",
                    "member-missing-in-division",
                    f"缺少这些区划的事项：{named}",
                    f"No item is named for {', '.join(sorted(missing))}",
                )
            )
    return faults


def find_circle(after: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The first circle in an order, from a key back to itself; empty: there is none."""
    done: set[str] = set()
    for start in after:
        path: list[str] = []
        if circle := _walk(start, after, path, done):
            return circle
    return ()


def _walk(
    key: str, after: Mapping[str, Sequence[str]], path: list[str], done: set[str]
) -> tuple[str, ...]:
    if key in path:
        return (*path[path.index(key) :], key)
    if key in done:
        return ()
    path.append(key)
    for before in after[key]:
        if circle := _walk(before, after, path, done):
            return circle
    path.pop()
    done.add(key)
    return ()


def check_fields(content: BundleContent, guides: Mapping[UUID, Guide]) -> None:
    """Raise BundleFaultyError for fields that the form does not have, or that go to materials that there are not."""
    properties = content.form.get("properties")
    known = set(properties) if isinstance(properties, dict) else set()
    faults = []
    if content.form.get("type") != "object" or not isinstance(properties, dict):
        faults.append(
            field_fault(
                "/bundle/form",
                "form-not-an-object",
                "表单须为 JSON Schema 对象，含 type=object 和 properties",
                "The form is a JSON Schema with type=object and properties",
            )
        )
    materials = {
        member.key: {
            material.code
            for item_id in member.item_ids()
            if item_id in guides
            for material in guides[item_id].materials
        }
        for member in content.members
    }
    for index, field in enumerate(content.fields):
        if field.name not in known:
            faults.append(
                field_fault(
                    f"/bundle/fields/{index}/name",
                    "field-unknown",
                    f"表单中没有字段 {field.name}",
                    f"The form has no field {field.name}",
                )
            )
        for number, target in enumerate(field.targets):
            if target.material not in materials.get(target.member, set()):
                faults.append(
                    field_fault(
                        f"/bundle/fields/{index}/targets/{number}",
                        "target-unknown",
                        f"成员 {target.member} 没有材料 {target.material}",
                        f"The member {target.member} has no material {target.material}",
                    )
                )
    if faults:
        raise BundleFaultyError(faults=tuple(faults))


def missing_items(content: BundleContent, guides: Mapping[UUID, Guide]) -> None:
    """Raise BundleFaultyError for members that are unknown or not in force."""
    faults = tuple(
        field_fault(
            f"/bundle/members/{index}",
            "item-not-in-force",
            f"事项 {item_id} 不存在或已停办，请换成在办事项",
            f"The item {item_id} is unknown or withdrawn; name one in force",
        )
        for index, member in enumerate(content.members)
        for item_id in member.item_ids()
        if item_id not in guides
    )
    if faults:
        raise BundleFaultyError(faults=faults)
