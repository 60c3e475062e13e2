"""Labelled rows from a file that people have: CSV, XLSX or JSON Lines with `text`, `label` and optionally `department`.

Exports of other systems name these columns in their own ways, and keep the subject of a message in a column of its
own: such a `title` is the beginning of the text.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.errors import InvalidError
from chassis.workbooks import Row, media_type_of, read_rows
from workorder.triage.training import Example

FILE_BYTES_MAX = 512 * 1024 * 1024
_NAMES = {
    "text": (
        *("text", "content", "诉求内容", "留言详情", "留言内容", "反映内容", "来电内容"),
        *("工单内容", "问题描述", "内容", "详情", "正文"),
    ),
    "title": ("title", "subject", "留言主题", "诉求标题", "工单标题", "标题", "主题"),
    "label": ("label", "category", "一级标签", "一级分类", "诉求分类", "分类", "类别", "标签"),
    "department": ("department", "承办单位", "主办单位", "责任部门", "部门"),
}
"""Column heads of each value, the one that counts first."""
_UNSEEN = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_NOTHING = frozenset({"nan", "none", "null", "n/a", "#n/a"})
"""What programs write where a cell was empty."""


class ColumnsMissingError(InvalidError):
    code = "columns-missing"
    title_zh = "文件须有 text 和 label 两列（title、department 可选；也认“留言主题、留言详情、一级标签”等列名）"
    title_en = (
        "The file needs the columns text and label (title and department are optional);"
        " common Chinese column heads are known too"
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    examples: tuple[Example, ...]
    left_out: tuple[tuple[int, str], ...]
    """Row number and why: no text, no label, or unreadable."""


def read_examples(path: Path) -> Reading:
    """Read a file; raises InvalidError and its like when it is no such file. Rows without text or label are named."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise InvalidError("文件过大", "The file is too large", code="file-too-large")
    examples, left_out = [], []
    heads: set[str] | None = None
    for row in read_rows(path.read_bytes(), media_type=media_type_of(path.name)):
        if not isinstance(row, Row):
            left_out.append((row.number, row.zh))
            continue
        found = _values(row.values)
        heads = (heads or set()) | found.keys()
        text, label = _text(found), _name(found.get("label", ""))
        department = _name(found.get("department", ""))
        if text and label:
            examples.append(Example(text=text, label=label, department=department))
        else:
            left_out.append((row.number, "缺少文本或标签"))
    if heads is not None and ("label" not in heads or heads.isdisjoint({"text", "title"})):
        raise ColumnsMissingError
    return Reading(examples=tuple(examples), left_out=tuple(left_out))


def _values(values: Mapping[str, Any]) -> dict[str, str]:
    """What a row holds of each value whose column the file has."""
    by_head = {unicodedata.normalize("NFKC", head).strip().lower(): head for head in values}
    found = {}
    for value, heads in _NAMES.items():
        head = next((by_head[one] for one in heads if one in by_head), None)
        if head is not None:
            cell = values[head]
            told = _UNSEEN.sub("", str(cell if cell is not None else "")).strip()
            found[value] = "" if told.lower() in _NOTHING else told
    return found


def _text(found: Mapping[str, str]) -> str:
    """Subject and message, once where the message begins with its subject."""
    title, text = found.get("title", ""), found.get("text", "")
    return text if text.startswith(title) else f"{title}\n{text}".strip()


def _name(told: str) -> str:
    """A label as it was meant: blanks at its ends, and double ones within, make no other label of it."""
    return " ".join(told.split())
