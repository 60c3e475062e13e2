"""Rows of other people's lists of items: what is taken as it is, what is mended with a remark, what is refused.

Two shapes: a whole Guide (this project's own export), and the flat line that city platforms export. A row says only
what it says: of an item that is there, fields that a file does not name stay as they are.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from catalog.domain.codes import from_guangdong
from catalog.domain.guide_sheets import EXAMPLE_MARK, TASK_TYPES
from chassis.cells import cell_name
from chassis.errors import FieldFault
from contracts.guide import Guide
from contracts.vocabulary import TaskType

FLAT_COLUMNS = {
    "dept": "部门",
    "main_item": "主项名称",
    "name": "事项名称",
    "area_code": "区划代码",
    "item_code": "事项编码",
    "task_type": "事项类型",
    "dept_code": "部门代码",
}
"""Column names of the flat shape, as machines and as people write them."""

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
Fault = dict[str, Any]

NOT_CLASSIFIED = "未分类"
FAULTS_MAX = 20
"""Of one row; a row with more is read again by nobody."""
NAME_CHARACTERS_MAX = 1000
ORIGINAL_CODE_CHARACTERS_MAX = 128
_BY_CHINESE = {chinese: english for english, chinese in FLAT_COLUMNS.items()}
_NATIONAL_CODE = re.compile(r"[0-9A-Z]{18}[0-9][0-9A-Z]{12,17}")
"""GB/T 39554: 18 characters of the department, its level, 12 of the catalogue; national systems keep up to 36."""
_CREDIT_CODE = re.compile(r"[0-9A-Z]{18}")
_DEPARTMENT_CODE = re.compile(r"[0-9A-Z-]{2,22}")
_DIVISION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_MEND = (
    "改正后只需重新导入被拒绝的行（任务的“被拒绝的行”可以下载）",
    "Mend it and send only the refused rows again; the job offers them as a file",
)
_MENDS = {
    "cell-formula": ("复制该单元格，选择性粘贴为数值", "Copy the cell and paste it as a value"),
    "cell-merged": ("取消合并，逐格填写", "Take the merge apart and fill in each cell"),
    "already-there": ("无需处理", "Nothing is to be done"),
    "row-repeated": ("无需处理", "Nothing is to be done"),
    "example-row": ("无需处理", "Nothing is to be done"),
    "drafted": (
        "请本部门另一名事项管理员复核后发布",
        "Let a second publisher of the department check and publish it",
    ),
    "code-twice-in-file": (
        "只保留其中一行，或改正编码",
        "Keep one of the two rows, or mend the code",
    ),
    "item-of-another-department": (
        "请由该部门或系统管理员导入",
        "Let that department or an administrator import it",
    ),
    "department-not-yours": (
        "请由该部门或系统管理员导入",
        "Let that department or an administrator import it",
    ),
    "part-without-item": (
        "在“事项”表补上该事项，或改正这一行的编码",
        "Add the item to the first sheet, or mend the code of this row",
    ),
}
"""What to do about it, where there is more to say than to mend the cell."""
_TYPE_BY_NAME = {name: code for code, name in TASK_TYPES.items()}
_OLD_TYPES = {"21": TaskType.PUBLIC_SERVICE}


@dataclass(frozen=True)
class Place:
    """Where a row stands: sheet (empty: a table of one sheet), row, and the column of each field, from zero."""

    sheet: str
    row: int
    spots: Mapping[str, int]

    def cell(self, name: str) -> str:
        """`C12`; empty when the field has no column there, or the table is no workbook."""
        if not self.sheet or name not in self.spots:
            return ""
        return cell_name(self.spots[name], self.row)


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One row as it stands in a file, its cells read."""

    number: int
    """The line a person sees; the report of the import names rows by it."""
    values: Mapping[str, Any]
    is_whole: bool = False
    """A whole guide, by field; otherwise the flat line."""
    faults: tuple[Fault, ...] = ()
    places: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    """Where the row (``) and each of its parts (by field of the guide) stand."""
    broken: frozenset[str] = frozenset()
    """Fields whose cells say nothing we know; `faults` says so already."""


@dataclass(frozen=True, kw_only=True)
class ImportedRow:
    """One row, read: the guide it stands for (None: nothing is taken), and what there is to say about it."""

    number: int
    key: str
    guide: Guide | None
    given: frozenset[str] = frozenset()
    """The fields of the guide that the row speaks of; the others stay, when the item is there."""
    faults: tuple[Fault, ...] = ()
    places: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    is_passed_over: bool = False
    """Nothing is wrong with the row and nothing is to be done: an example, or what an earlier row said already."""


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


def fault(
    code: str,
    zh: str,
    en: str,
    column: str = "",
    *,
    sheet: str = "",
    row: int | None = None,
    cell: str = "",
) -> Fault:
    """One fault or remark of a row, as the job's report shows it: what, where (`cell` as 材料!C12) and how to mend it."""
    mend, mend_en = _MENDS.get(code, _MEND)
    return {
        "code": code,
        "zh": zh,
        "en": en,
        "column": column,
        "sheet": sheet,
        "row": row,
        "cell": f"{sheet}!{cell}" if sheet and cell else cell,
        "mend": mend,
        "mend_en": mend_en,
    }


def placed(one: Fault, place: Place | None, name: str) -> Fault:
    """A fault with the cell in which the field `name` stands."""
    if place is None:
        return one
    cell = place.cell(name) or place.cell(FLAT_COLUMNS.get(name, ""))
    return {
        **one,
        "sheet": place.sheet,
        "row": place.row,
        "cell": f"{place.sheet}!{cell}" if cell else "",
    }


def read_row(row: SourceRow, *, promised_days: Mapping[str, int]) -> ImportedRow:
    """Read one row of either shape; never raises. `promised_days`: by task type, for rows that say none."""
    return _read_guide(row) if row.is_whole else _read_flat(row, promised_days)


def in_national_codes(row: SourceRow) -> SourceRow:
    """A row of a list that numbers its task types as 广东政务服务网 does, in the nation's numbers."""
    columns = ("task_type", FLAT_COLUMNS["task_type"])
    mended = {
        name: from_guangdong(str(row.values[name]).strip())
        for name in columns
        if row.values.get(name)
    }
    return replace(row, values={**row.values, **mended}) if mended else row


def _read_guide(row: SourceRow) -> ImportedRow:
    key = str(row.values.get("original_code") or row.values.get("item_code") or "")[:200]
    if str(row.values.get("item_code")).startswith(EXAMPLE_MARK):
        return _example(row, key)
    faults = list(row.faults)
    try:
        guide = Guide.model_validate(dict(row.values))
    except ValidationError as error:
        faults.extend(_faults_of(error, row))
    else:
        if not faults:
            given = frozenset(guide.model_fields_set)
            return ImportedRow(
                number=row.number, key=key, guide=guide, given=given, places=row.places
            )
    return ImportedRow(number=row.number, key=key, guide=None, faults=tuple(faults[:FAULTS_MAX]))


def at_pointer(row: ImportedRow, one: FieldFault) -> Fault:
    """What a rule found in a row's guide, at the cell where it stands; `pointer` as /guide/materials/0/proof."""
    path = [part for part in one.pointer.split("/") if part and part != "guide"]
    return _at(row.places, path, fault(one.code, one.zh, one.en, "/".join(path)[:200]))


def _at(places: Mapping[str, Sequence[Place]], path: Sequence[str], one: Fault) -> Fault:
    first = path[0] if path else ""
    parts = places.get(first, ())
    if len(path) > 1 and path[1].isdigit() and int(path[1]) < len(parts):
        return placed(one, parts[int(path[1])], path[2] if len(path) > 2 else "")
    top = places.get("", ())
    return placed(one, top[0] if top else None, first)


def _example(row: SourceRow, key: str) -> ImportedRow:
    one = fault(
        "example-row",
        "这是模板中的示例行，没有导入",
        "This is the example of the template; it was not taken",
    )
    return ImportedRow(number=row.number, key=key, guide=None, faults=(one,), is_passed_over=True)


def _faults_of(error: ValidationError, row: SourceRow) -> Iterator[Fault]:
    """What pydantic found, in words, at the cell where it stands."""
    for one in error.errors(include_url=False)[:FAULTS_MAX]:
        path = [str(part) for part in one["loc"]]
        if path[:1] and path[0] in row.broken:
            continue
        code, zh, en = _worded(one)
        yield _at(row.places, path, fault(code, zh, en, "/".join(path)[:200]))


def _worded(one: Any) -> tuple[str, str, str]:
    """Code and words of one of pydantic's findings."""
    kind, context = str(one["type"]), one.get("ctx") or {}
    if one.get("input") in (None, "") and kind != "extra_forbidden":
        return "missing", "必填，不能为空", "It must not be empty"
    bounds = {name: value for name, value in context.items() if isinstance(value, int)}
    words = {
        "string_too_long": ("超过 {max_length} 字，请缩短", "At most {max_length} characters"),
        "too_long": ("多于 {max_length} 项", "At most {max_length} of them"),
        "too_short": ("少于 {min_length} 项", "At least {min_length} of them"),
        "greater_than_equal": ("不能小于 {ge}", "At least {ge}"),
        "less_than_equal": ("不能大于 {le}", "At most {le}"),
        "extra_forbidden": ("办事指南没有这一项", "A guide has no such field"),
        "string_pattern_mismatch": (
            "格式不符，请核对（代码只能用字母、数字、- 和 _）",
            "It is not of the form that is expected here",
        ),
    }
    zh, en = words.get(kind, (f"内容有误：{str(one['msg'])[:200]}", str(one["msg"])[:200]))
    try:
        return kind.replace("_", "-"), zh.format(**bounds), en.format(**bounds)
    except (KeyError, ValueError, IndexError):
        return kind.replace("_", "-"), zh, en


def _read_flat(row: SourceRow, promised_days: Mapping[str, int]) -> ImportedRow:
    top = row.places.get("", ())
    reading = _Reading(place=top[0] if top else None)
    if row.faults:
        key = str(row.values.get("item_code") or row.values.get(FLAT_COLUMNS["item_code"]) or "")
        return ImportedRow(number=row.number, key=key[:200], guide=None, faults=row.faults)
    values = _flat_values(row.values, reading)
    code = _original_code(values, reading)
    if code.startswith(EXAMPLE_MARK):
        return _example(row, code)
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
        faults = (*reading.faults, *_faults_of(error, row))
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
