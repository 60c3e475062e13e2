"""The flat line that city platforms export: what is taken as it is, mended with a remark, or refused.

A row says only what it says: of an item that is there, fields that it does not name stay as they are.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from catalog.domain.file_rows import (
    FLAT_COLUMNS,
    Fault,
    ImportedRow,
    Place,
    SourceRow,
    example_row,
    fault,
    faults_of,
    placed,
)
from catalog.domain.guide_sheets import EXAMPLE_MARK, TASK_TYPES
from contracts.guide import Guide
from contracts.vocabulary import TaskType

FLAT_NOTES = {
    "dept": "部门名称",
    "main_item": "可空",
    "name": "必填",
    "area_code": "必填，6、9 或 12 位数字",
    "item_code": "必填，国家实施编码或其他系统的编码",
    "task_type": "国家事项类型，代码或名称",
    "dept_code": "必填，18 位统一社会信用代码",
}
FLAT_EXAMPLE = {
    "dept": "湘桥区市场监督管理局",
    "main_item": "食品经营许可",
    "name": "食品经营许可（新办）",
    "area_code": "445102",
    "item_code": f"{EXAMPLE_MARK}（本行不会导入）",
    "task_type": "行政许可",
    "dept_code": "11445102MB2X00020M",
}

NOT_CLASSIFIED = "未分类"
NAME_CHARACTERS_MAX = 1000
ORIGINAL_CODE_CHARACTERS_MAX = 128
_BY_CHINESE = {chinese: english for english, chinese in FLAT_COLUMNS.items()}
_NATIONAL_CODE = re.compile(r"[0-9A-Z]{18}[0-9][0-9A-Z]{12,17}")
"""GB/T 39554: 18 characters of the department, its level, 12 of the catalogue; national systems keep up to 36."""
_CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")
_DEPARTMENT_CODE = re.compile(r"[0-9A-Z-]{2,22}")
_DIVISION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_TYPE_BY_NAME = {name: code for code, name in TASK_TYPES.items()}
_OLD_TYPES = {"21": TaskType.PUBLIC_SERVICE}


@dataclass(kw_only=True)
class _Reading:
    """What was found while one row was read."""

    place: Place | None
    faults: list[Fault] = field(default_factory=list)
    is_refused: bool = False

    def remark(self, code: str, zh: str, en: str, column: str) -> None:
        self.faults.append(placed(fault(code, zh, en, column), self.place, column))

    def refuse(self, code: str, zh: str, en: str, column: str) -> None:
        self.remark(code, zh, en, column)
        self.is_refused = True


def flat_unknown(heads: Sequence[str]) -> list[str]:
    """The column heads that are none of the flat list."""
    return [head for head in heads if head not in FLAT_COLUMNS and head not in _BY_CHINESE]


def read_flat(row: SourceRow, promised_days: Mapping[str, int]) -> ImportedRow:
    top = row.places.get("", ())
    reading = _Reading(place=top[0] if top else None)
    if row.faults:
        key = str(row.values.get("item_code") or row.values.get(FLAT_COLUMNS["item_code"]) or "")
        return ImportedRow(number=row.number, key=key[:200], guide=None, faults=row.faults)
    values = _flat_values(row.values, reading)
    code = _original_code(values, reading)
    if code.startswith(EXAMPLE_MARK):
        return example_row(row, code)
    name = _name(values, reading)
    division = _division(values, reading)
    department = _department(values, reading)
    department_name = values.get("dept") or department
    task_type = _task_type(values, reading)
    main_item = _main_item(values, reading)
    if reading.is_refused:
        return ImportedRow(number=row.number, key=code, guide=None, faults=tuple(reading.faults))
    is_national = _NATIONAL_CODE.fullmatch(code) is not None
    try:
        guide = Guide(
            item_code=code if is_national else local_code(code, division, task_type),
            original_code=code,
            name=name,
            main_item=main_item,
            task_type=task_type,
            department=department,
            department_name=department_name,
            division=division,
            promised_days=int(promised_days.get(task_type, promised_days["99"])),
            visits=1,
        )
    except ValidationError as error:
        faults = (*reading.faults, *faults_of(error, row))
        return ImportedRow(number=row.number, key=code, guide=None, faults=faults)
    return ImportedRow(
        number=row.number,
        key=code,
        guide=guide,
        given=FLAT_GIVEN,
        faults=tuple(reading.faults),
        places=row.places,
    )


FLAT_GIVEN = frozenset({"name", "main_item", "task_type", "department_name"})
"""What a flat row says of an item that is there already; the rest of its guide stays."""


def local_code(original: str, division: str, task_type: str) -> str:
    """Our own code for an item whose code is no national one: the same each time, and never taken for one."""
    digest = hashlib.sha256(f"{division} {original}".encode()).digest()
    return f"YW-{division}-{task_type}-{base64.b32encode(digest)[:12].decode()}"


def _flat_values(values: Mapping[str, Any], reading: _Reading) -> dict[str, str]:
    row: dict[str, str] = {}
    for given, value in values.items():
        column = _BY_CHINESE.get(given, given)
        if column not in FLAT_COLUMNS:
            reading.refuse("column-unknown", "没有这一列", "There is no such column", given[:200])
        elif isinstance(value, str | int) and not isinstance(value, bool):
            row[column] = str(value).strip()
        elif value is not None:
            reading.refuse("not-text", "应为文字", "Text is expected here", column)
    return row


def _original_code(row: Mapping[str, str], reading: _Reading) -> str:
    code = row.get("item_code", "")
    if not code:
        reading.refuse("code-missing", "缺少事项编码", "The item's code is missing", "item_code")
    if len(code) > ORIGINAL_CODE_CHARACTERS_MAX:
        reading.refuse("code-too-long", "事项编码过长", "The item's code is too long", "item_code")
    return code[:ORIGINAL_CODE_CHARACTERS_MAX]


def _name(row: Mapping[str, str], reading: _Reading) -> str:
    name = row.get("name", "")
    if not name:
        reading.refuse("name-missing", "缺少事项名称", "The item's name is missing", "name")
    if len(name) > NAME_CHARACTERS_MAX:
        reading.refuse("name-too-long", "事项名称过长", "The item's name is too long", "name")
    return name


def _division(row: Mapping[str, str], reading: _Reading) -> str:
    given = row.get("area_code", "")
    division = given
    while len(division) > 6 and division.endswith("000"):
        division = division[:-3]
    if not _DIVISION.fullmatch(division):
        reading.refuse(
            "division-malformed",
            f"区划代码应为 6、9 或 12 位数字：{given[:40]}",
            "A division code has 6, 9 or 12 digits",
            "area_code",
        )
    return division


def _department(row: Mapping[str, str], reading: _Reading) -> str:
    given = row.get("dept_code", "")
    code = given.upper().split("_", 1)[0]
    if not _DEPARTMENT_CODE.fullmatch(code):
        reading.refuse(
            "department-malformed",
            f"部门代码缺失或含有不允许的字符：{given[:40]}",
            "The department's code is missing or holds other characters than digits, capitals and -",
            "dept_code",
        )
    elif code != given:
        reading.remark(
            "department-code-mended",
            f"部门代码 {given} 按 {code} 收录",
            f"The department's code {given} is kept as {code}",
            "dept_code",
        )
    elif not _CREDIT_CODE.fullmatch(code):
        reading.remark(
            "department-code-odd",
            f"部门代码不是 18 位统一社会信用代码，照原样收录：{code}",
            "The department's code is no 18-character credit code; kept as it came",
            "dept_code",
        )
    return code


def _task_type(row: Mapping[str, str], reading: _Reading) -> TaskType:
    given = _TYPE_BY_NAME.get(row.get("task_type", ""), row.get("task_type", ""))
    padded = given.zfill(2) if given else ""
    if padded in set(TaskType):
        if padded != given:
            reading.remark(
                "task-type-padded",
                f"事项类型 {given} 按 {padded} 收录",
                f"The task type {given} is kept as {padded}",
                "task_type",
            )
        return TaskType(padded)
    found = _OLD_TYPES.get(padded, TaskType.OTHER)
    reading.remark(
        "task-type-unknown",
        f"事项类型 {given[:20] or '（空）'} 不在国家分类之内，按 {found.value} 收录",
        f"The task type is not a national one; kept as {found.value}",
        "task_type",
    )
    return found


def _main_item(row: Mapping[str, str], reading: _Reading) -> str:
    main_item = row.get("main_item", "")
    if main_item == NOT_CLASSIFIED:
        reading.remark(
            "main-item-unclassified",
            "主项名称为“未分类”，按空收录",
            "The main item is `not classified`; kept empty",
            "main_item",
        )
        return ""
    return main_item[:NAME_CHARACTERS_MAX]


def flat_values_of(guide: Mapping[str, Any]) -> dict[str, str]:
    """A guide in the columns of the flat shape, named as people name them."""
    return {
        FLAT_COLUMNS["dept"]: guide["department_name"],
        FLAT_COLUMNS["main_item"]: guide["main_item"],
        FLAT_COLUMNS["name"]: guide["name"],
        FLAT_COLUMNS["area_code"]: guide["division"],
        FLAT_COLUMNS["item_code"]: guide["original_code"] or guide["item_code"],
        FLAT_COLUMNS["task_type"]: guide["task_type"],
        FLAT_COLUMNS["dept_code"]: guide["department"],
    }
