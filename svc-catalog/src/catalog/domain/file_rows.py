"""Rows of other people's files as they come, and how what is wrong with them is said: in words, at a cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from chassis.cells import cell_name
from chassis.errors import FieldFault
from contracts.guide import Guide

FLAT_COLUMNS = {
    "dept": "部门",
    "main_item": "主项名称",
    "name": "事项名称",
    "area_code": "区划代码",
    "item_code": "事项编码",
    "task_type": "事项类型",
    "dept_code": "部门代码",
}
"""Column names of the flat shape (flat_rows.py), as machines and as people write them."""

Fault = dict[str, Any]
FAULTS_MAX = 20
"""Of one row; a row with more is read again by nobody."""
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


def at_pointer(row: ImportedRow, one: FieldFault) -> Fault:
    """What a rule found in a row's guide, at the cell where it stands; `pointer` as /guide/materials/0/proof."""
    path = [part for part in one.pointer.split("/") if part and part != "guide"]
    return at_place(row.places, path, fault(one.code, one.zh, one.en, "/".join(path)[:200]))


def at_place(places: Mapping[str, Sequence[Place]], path: Sequence[str], one: Fault) -> Fault:
    first = path[0] if path else ""
    parts = places.get(first, ())
    if len(path) > 1 and path[1].isdigit() and int(path[1]) < len(parts):
        return placed(one, parts[int(path[1])], path[2] if len(path) > 2 else "")
    top = places.get("", ())
    return placed(one, top[0] if top else None, first)


def example_row(row: SourceRow, key: str) -> ImportedRow:
    one = fault(
        "example-row",
        "这是模板中的示例行，没有导入",
        "This is the example of the template; it was not taken",
    )
    return ImportedRow(number=row.number, key=key, guide=None, faults=(one,), is_passed_over=True)


def faults_of(error: ValidationError, row: SourceRow) -> Iterator[Fault]:
    """What pydantic found, in words, at the cell where it stands."""
    for one in error.errors(include_url=False)[:FAULTS_MAX]:
        path = [str(part) for part in one["loc"]]
        if path[:1] and path[0] in row.broken:
            continue
        code, zh, en = _worded(one)
        yield at_place(row.places, path, fault(code, zh, en, "/".join(path)[:200]))


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
