"""A power (职权) of the list of powers and responsibilities (权责清单), and its numbered versions.

in-force ── moved down ──▶ delegated-out ── taken back ──▶ in-force
         ── entrusted  ──▶ entrusted-out ── taken back ──▶ in-force
         ── cancelled  ──▶ cancelled
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.errors import ConflictError, FieldFault, InvalidError
from contracts.guide import Code, FileReference, Name, Text
from contracts.vocabulary import DepartmentCode, DivisionCode

Level = Literal["nation", "province", "city", "county", "town", "village"]
LEVELS: tuple[Level, ...] = ("nation", "province", "city", "county", "town", "village")
"""行使层级, from the top down."""
PowerSource = Literal[
    "statutory",
    "delegated-from-above",
    "authorized-from-above",
    "authorized-by-peer",
    "entrusted-from-above",
    "entrusted-by-peer",
]
FROM_ABOVE = frozenset({"delegated-from-above", "authorized-from-above", "entrusted-from-above"})
ENTRUSTED = frozenset({"entrusted-from-above", "entrusted-by-peer"})
PERMIT = "01"


class Standing(StrEnum):
    """How a power stands on the list."""

    IN_FORCE = "in-force"
    DELEGATED_OUT = "delegated-out"  # 已下放
    ENTRUSTED_OUT = "entrusted-out"  # 已委托
    CANCELLED = "cancelled"


class PowerFaultyError(InvalidError):
    """A mandatory part of the list (粤府函〔2017〕15号) is missing; every one is named in errors."""

    code = "power-incomplete"
    title_zh = "权责清单要素不全或有误，请按 errors 逐项补齐"
    title_en = "Parts of the power are missing or wrong; see errors and mend each"


class PowerNotInForceError(ConflictError):
    code = "power-not-in-force"
    title_zh = "该职权当前不由本部门行使（已下放、委托或取消），不能再作此项调整；如需恢复请先收回"
    title_en = (
        "This power is not exercised there now (moved, entrusted or cancelled); take it back first"
    )


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SubItem(_Part):
    code: Annotated[str, StringConstraints(max_length=64)] = ""
    name: Name


class PowerBasis(_Part):
    """One ground in law: which law, its number, article, paragraph and item, and the words."""

    law: Name
    number: Annotated[str, StringConstraints(max_length=200)] = ""
    article: Annotated[str, StringConstraints(max_length=100)] = ""
    paragraph: Annotated[str, StringConstraints(max_length=100)] = ""
    item: Annotated[str, StringConstraints(max_length=100)] = ""
    text: Text = ""


class Responsibility(_Part):
    """责任事项 at one stage (环节); the stages of a type stand in its row of `power_types`."""

    stage: Code
    duty: Text


class Accountability(_Part):
    """追责情形和依据."""

    basis: Name
    text: Text = ""


class FlowDiagram(_Part):
    """运行流程图: a file kept by the catalog, or where it is published."""

    file: FileReference | None = None
    url: Annotated[str, StringConstraints(max_length=1000, pattern=r"^(https?://\S+)?$")] = ""


class PowerContent(_Part):
    """What the list says of one power at one department; the same on import, in the API and on export."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    """职权编码: the basic code where the power has one."""
    name: Name
    kind: Code
    """职权类型: 01 to 10 national; further rows of `power_types` are the city's own."""
    sub_items: tuple[SubItem, ...] = Field(default=(), max_length=200)
    department: DepartmentCode
    department_name: Name
    division: DivisionCode
    level: Level
    power_source: PowerSource = "statutory"
    from_division: DivisionCode | None = None
    """Whose it was before it came from above (下放、授权、委托)."""
    legal_basis: tuple[PowerBasis, ...] = Field(default=(), max_length=100)
    responsibilities: tuple[Responsibility, ...] = Field(default=(), max_length=100)
    accountability: tuple[Accountability, ...] = Field(default=(), max_length=100)
    supervision: Text = ""
    """监督方式."""
    flow_diagram: FlowDiagram = FlowDiagram()
    managing_area: Code | None = None
    """The functional district for which it is carried out (代实施), such as 枫溪区."""
    basic_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{12}$")] | None = None
    item_ids: tuple[UUID, ...] = Field(default=(), max_length=500)
    """The items of this department that are done by this power."""
    remarks: Text = ""

    @property
    def line(self) -> tuple[str, str, str]:
        return (self.code, self.division, self.department)


def content_faults(
    content: PowerContent, stages: Mapping[str, Sequence[str]], *, pointer: str = ""
) -> tuple[FieldFault, ...]:
    """Each mandatory part that is missing. `stages`: of every type known, the stages that it must answer for."""
    found = [
        *_type_faults(content, stages, pointer),
        *_basis_faults(content, pointer),
        *_source_faults(content, pointer),
    ]
    if not content.accountability:
        found.append(
            _fault(pointer, "accountability", "缺少追责情形和依据", "no accountability clause")
        )
    if not content.supervision:
        found.append(_fault(pointer, "supervision", "缺少监督方式", "no way of supervision"))
    if content.flow_diagram.file is None and not content.flow_diagram.url:
        found.append(_fault(pointer, "flow_diagram", "缺少运行流程图", "no flow diagram"))
    return tuple(found)


def _type_faults(
    content: PowerContent, stages: Mapping[str, Sequence[str]], pointer: str
) -> list[FieldFault]:
    wanted = stages.get(content.kind)
    if wanted is None:
        known = "、".join(sorted(stages))
        return [
            _fault(
                pointer,
                "kind",
                f"没有职权类型 {content.kind}，可用：{known}",
                f"there is no power type {content.kind}; known: {', '.join(sorted(stages))}",
                code="kind-unknown",
            )
        ]
    told = {each.stage for each in content.responsibilities if each.duty}
    return [
        _fault(
            pointer,
            "responsibilities",
            f"缺少“{stage}”环节的责任事项",
            f"no responsibility at the stage {stage}",
            code="stage-missing",
        )
        for stage in wanted
        if stage not in told
    ]


def _basis_faults(content: PowerContent, pointer: str) -> list[FieldFault]:
    if not content.legal_basis:
        return [_fault(pointer, "legal_basis", "缺少实施依据", "no legal basis")]
    return [
        _fault(
            pointer,
            f"legal_basis/{place}",
            "实施依据须写明条款和内容",
            "a legal basis names its article and its words",
            code="basis-incomplete",
        )
        for place, basis in enumerate(content.legal_basis)
        if not basis.article or not basis.text
    ]


def _source_faults(content: PowerContent, pointer: str) -> list[FieldFault]:
    if content.power_source in FROM_ABOVE and content.from_division is None:
        return [
            _fault(
                pointer,
                "from_division",
                "上级下放、授权或委托的职权须写明来自哪一级",
                "a power from above says from where",
            )
        ]
    return []


def _fault(pointer: str, field: str, zh: str, en: str, *, code: str = "missing") -> FieldFault:
    return FieldFault(pointer=f"{pointer}/{field}", code=code, zh=zh, en=en)


@dataclass(frozen=True, kw_only=True)
class PowerVersion:
    """One numbered version of a line of the list; it never changes once it is listed."""

    id: UUID
    power_id: UUID
    number: int
    standing: Standing
    content: PowerContent
    adjustment_id: UUID | None
    in_force_from: datetime
    listed_at: datetime
    why: str


@dataclass(kw_only=True)
class Power:
    """A line of the list: one power at one department."""

    id: UUID
    standing: Standing
    latest: PowerVersion | None
    number: int
    created_at: datetime
    version: int

    @classmethod
    def create(cls, *, id: UUID, at: datetime) -> Self:
        return cls(
            id=id, standing=Standing.IN_FORCE, latest=None, number=0, created_at=at, version=1
        )

    @property
    def content(self) -> PowerContent:
        assert self.latest is not None, "a power in the books was listed once"
        return self.latest.content

    def list_as(
        self,
        content: PowerContent,
        *,
        id: UUID,
        standing: Standing,
        at: datetime,
        since: datetime,
        why: str,
        adjustment_id: UUID | None = None,
    ) -> PowerVersion:
        """The next version; `since` is from when it holds, never before the one it follows."""
        if self.latest is not None:
            self.version += 1
            since = max(since, self.latest.in_force_from)
        self.number += 1
        self.standing = standing
        self.latest = PowerVersion(
            id=id,
            power_id=self.id,
            number=self.number,
            standing=standing,
            content=content,
            adjustment_id=adjustment_id,
            in_force_from=since,
            listed_at=at,
            why=why,
        )
        return self.latest

    def check_in_force(self) -> None:
        """Raise PowerNotInForceError unless this department exercises it now."""
        if self.standing is not Standing.IN_FORCE:
            raise PowerNotInForceError
