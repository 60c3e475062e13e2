"""Labelled rows from a file that people have: CSV, XLSX or JSON Lines with `text`, `label` and optionally `department`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.errors import InvalidError
from chassis.workbooks import Row, media_type_of, read_rows
from workorder.triage.training import Example

FILE_BYTES_MAX = 512 * 1024 * 1024
_NAMES = {
    "text": ("text", "诉求内容", "内容", "正文"),
    "label": ("label", "分类", "类别", "标签"),
    "department": ("department", "承办单位", "部门"),
}


class ColumnsMissingError(InvalidError):
    code = "columns-missing"
    title_zh = "文件须有 text 和 label 两列（department 可选）"
    title_en = "The file needs the columns text and label (department is optional)"


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
    for row in read_rows(path.read_bytes(), media_type=media_type_of(path.name)):
        if not isinstance(row, Row):
            left_out.append((row.number, row.zh))
            continue
        found = {name: _value(row.values, names) for name, names in _NAMES.items()}
        if found["text"] is None or found["label"] is None:
            raise ColumnsMissingError
        text, label = found["text"].strip(), found["label"].strip()
        if text and label:
            examples.append(
                Example(text=text, label=label, department=(found["department"] or "").strip())
            )
        else:
            left_out.append((row.number, "缺少文本或标签"))
    return Reading(examples=tuple(examples), left_out=tuple(left_out))


def _value(values: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in values:
            return str(values[name] if values[name] is not None else "")
    return None
