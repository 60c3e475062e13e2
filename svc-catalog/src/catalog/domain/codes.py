"""Codes of items (事项编码, GB/T 39554): what a code that claims to be national is made of, and what is wrong with it.

实施编码, 31 characters = department's unified social credit code (18, GB 32100) + level (1) + basic code (12);
基本编码, 12 characters = province (2; `00` the nation) + task type (2) + main item (5) + sub-item (3).
A code that is none of these is kept as another system's own; ours for such items begin with `YW-`.
"""

import re
from dataclasses import dataclass

from stdnum.cn import uscc

from catalog.domain.faults import field_fault
from chassis.errors import FieldFault
from contracts.vocabulary import TaskType

ITEM_CODE_CHARACTERS = 31
BASIC_CODE_CHARACTERS = 12
OWN_PREFIX = "YW-"

_BASIC = re.compile(r"\d{2}\d{2}\d{5}\d{3}")
_CLAIMS_NATIONAL = re.compile(r"[0-9A-Z]{18}\d[0-9A-Z]{12}")
LEVELS = {
    "1": "nation",
    "2": "province",
    "3": "city",
    "4": "county",
    "5": "town",
    "6": "village",
}
"""行使层级 [6: K, one source uses it for shared exercise; domain.md 1.3]."""

_GUANGDONG = {TaskType.OTHER_POWER: "20", TaskType.PUBLIC_SERVICE: "21"}
"""Two types have other numbers in 广东政务服务网; inside we keep the nation's."""
_FROM_GUANGDONG = {code: task_type for task_type, code in _GUANGDONG.items()}


@dataclass(frozen=True, kw_only=True)
class BasicCode:
    """A basic code, taken apart."""

    province: str
    task_type: str
    main_item: str
    sub_item: str

    @property
    def is_national(self) -> bool:
        return self.province == "00"


@dataclass(frozen=True, kw_only=True)
class ItemCode:
    """An item code (实施编码), taken apart."""

    department: str
    level: str
    """One of LEVELS' words."""
    basic_code: str


def claims_to_be_national(code: str) -> bool:
    """Whether a code has the outer shape of a national one; then its parts must be sound."""
    return _CLAIMS_NATIONAL.fullmatch(code) is not None


def read_basic_code(code: str) -> BasicCode | None:
    """The parts of a basic code; None when it is none."""
    if _BASIC.fullmatch(code) is None:
        return None
    return BasicCode(province=code[:2], task_type=code[2:4], main_item=code[4:9], sub_item=code[9:])


def read_item_code(code: str) -> ItemCode | None:
    """The parts of a sound national item code; None when it is none."""
    if item_code_faults(code) or not claims_to_be_national(code):
        return None
    return ItemCode(department=code[:18], level=LEVELS[code[18]], basic_code=code[19:])


def item_code_faults(code: str, pointer: str = "/guide/item_code") -> list[FieldFault]:
    """What is wrong with a code that claims to be national; nothing for one that does not claim so."""
    if not claims_to_be_national(code):
        return []
    faults = []
    if not uscc.is_valid(code[:18]):
        faults.append(
            field_fault(
                pointer,
                "code-department-unsound",
                f"前 18 位 {code[:18]} 不是有效的统一社会信用代码（校验码不符），请核对实施主体代码",
                "The first 18 characters are no sound credit code (GB 32100); check the department's code",
            )
        )
    if code[18] not in LEVELS:
        faults.append(
            field_fault(
                pointer,
                "code-level-unknown",
                f"第 19 位 {code[18]} 不是行使层级，应为 1 国家、2 省、3 市、4 县、5 镇街、6 村",
                "Character 19 is the level: 1 nation, 2 province, 3 city, 4 county, 5 town, 6 village",
            )
        )
    return [*faults, *basic_code_faults(code[19:], pointer)]


def basic_code_faults(code: str, pointer: str = "/guide/basic_code") -> list[FieldFault]:
    """What is wrong with a basic code, in words."""
    found = read_basic_code(code)
    if found is None:
        return [
            field_fault(
                pointer,
                "basic-code-malformed",
                "基本编码应为 12 位数字：省 2 位、事项类型 2 位、主项 5 位、子项 3 位",
                "A basic code has 12 digits: province 2, task type 2, main item 5, sub-item 3",
            )
        ]
    if found.task_type not in set(TaskType):
        return [
            field_fault(
                pointer,
                "basic-code-type-unknown",
                f"基本编码中的事项类型 {found.task_type} 不在国家分类之内（01–10、20、99）",
                "The task type inside the basic code is not a national one (01 to 10, 20, 99)",
            )
        ]
    return []


def agreement_faults(
    *,
    item_code: str,
    basic_code: str | None,
    task_type: str,
    department: str,
    use_level: str | None,
) -> list[FieldFault]:
    """Where a sound national item code and the guide's own fields say different things."""
    found = read_item_code(item_code)
    if found is None:
        return []
    said = (
        ("/guide/department", "部门代码", found.department, department),
        ("/guide/basic_code", "基本编码", found.basic_code, basic_code or found.basic_code),
        ("/guide/task_type", "事项类型", found.basic_code[2:4], task_type),
        ("/guide/use_level", "行使层级", found.level, use_level or found.level),
    )
    return [
        field_fault(
            pointer,
            "code-disagrees",
            f"{name}与实施编码不一致：编码中为 {in_code}，填写为 {given}",
            f"The item code says {in_code}, the guide says {given}",
        )
        for pointer, name, in_code, given in said
        if in_code != given
    ]


def to_guangdong(task_type: str) -> str:
    """A national task type as 广东政务服务网 numbers it."""
    return _GUANGDONG.get(TaskType(task_type), task_type)


def from_guangdong(task_type: str) -> str:
    """A task type as 广东政务服务网 numbers it, in the nation's numbers."""
    found = _FROM_GUANGDONG.get(task_type)
    return found.value if found is not None else task_type
