"""A data resource (数据资源) on the city's catalogue: whose it is, what it holds, on which terms it is shared.

                 ┌ unconditional (无条件共享)  granted at once
share type ──────┼ conditional   (有条件共享)  the provider decides, within its terms
                 └ none          (不予共享)    refused, with the law that says so
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chassis.errors import FieldFault, InvalidError, NotFoundError

FIELDS_MAX = 200
ROWS_MAX = 1_000


class ShareType(StrEnum):
    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


class ResourceState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class FieldLevel(StrEnum):
    """分级: L3 is personal, L4 sensitive (domain.md 8.6)."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class ResourceUnknownError(NotFoundError):
    code = "resource-unknown"
    title_zh = "目录中没有这个数据资源，请核对资源代码"
    title_en = "The catalogue has no such data resource; check its code"


class ResourceTermsMissingError(InvalidError):
    """A conditional resource states its conditions, a refused one its law (条例 and domain.md 8.3)."""

    code = "resource-terms-missing"
    title_zh = "有条件共享须写明共享条件，不予共享须写明法律依据"
    title_en = (
        "State the conditions of a conditional resource, and the law of one that is not shared"
    )


class FieldUnknownError(InvalidError):
    code = "field-unknown"
    title_zh = "含有该资源没有的信息项，请按目录中的信息项填写"
    title_en = "A field is not among this resource's; use the fields of the catalogue"


class ResourceOfOtherError(InvalidError):
    code = "resource-of-other-department"
    title_zh = "资源代码已由其他部门登记，或提供部门不是您的部门"
    title_en = "The code belongs to another department, or you do not act for the provider"


@dataclass(frozen=True, kw_only=True)
class Field:
    """信息项: one thing that a record of this resource holds."""

    name: str
    label: str
    level: FieldLevel


@dataclass(frozen=True, kw_only=True)
class Resource:
    code: str
    name: str
    provider_department: str
    division: str
    fields: tuple[Field, ...]
    share_type: ShareType
    conditions: str
    law: str
    update_cycle: str
    state: ResourceState

    def __post_init__(self) -> None:
        """Raises ResourceTermsMissingError when the terms that its share type needs are not there."""
        if self.share_type is ShareType.CONDITIONAL and not self.conditions:
            raise ResourceTermsMissingError
        if self.share_type is ShareType.NONE and not self.law:
            raise ResourceTermsMissingError

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def levels(self) -> dict[str, FieldLevel]:
        return {field.name: field.level for field in self.fields}

    @property
    def labels(self) -> dict[str, str]:
        return {field.name: field.label for field in self.fields}

    def chosen(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """These fields, in the catalogue's order, each once; raises FieldUnknownError for a foreign one."""
        foreign = [name for name in names if name not in self.field_names]
        if foreign:
            raise FieldUnknownError(
                faults=tuple(_foreign(f"/fields/{names.index(name)}") for name in foreign)
            )
        return tuple(name for name in self.field_names if name in names)

    def check_values(self, values: dict[str, Any], *, row: int) -> None:
        """Raises FieldUnknownError, with the row's number, when a value has no field here."""
        foreign = sorted(set(values) - set(self.field_names))
        if foreign:
            faults = tuple(_foreign(f"/rows/{row}/values/{name}") for name in foreign[:20])
            raise FieldUnknownError(faults=faults)


def _foreign(pointer: str) -> FieldFault:
    return FieldFault(
        pointer=pointer,
        code="field-unknown",
        zh="目录中没有这个信息项",
        en="The catalogue has no such field",
    )
