"""One field of a guide as the text of one cell, and back: what `show` wrote, `read` gives back, to the character.

A cell is filled in by people: labels are Chinese, codes are taken too, and an empty cell is the field's own default.
`read` raises CellError in words for the person who typed it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

Shown = str | int | None
"""What goes into a cell; None and "" leave it empty."""

SEPARATOR = "；"
_SEPARATORS = re.compile(r"[；;、,，\n]")
_TEXT_SEPARATORS = re.compile(r"[；;\n]")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: 00:00:00)?")
_YES = frozenset({"是", "有", "可", "Y", "YES", "TRUE", "1", "√"})
_NO = frozenset({"否", "无", "不可", "N", "NO", "FALSE", "0", "×"})


class CellError(Exception):
    """A cell that says nothing we know, and what it should say."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.code = code
        self.zh = zh
        self.en = en


class Codec(Protocol):
    """A field in a cell. `hint`: what may stand in it, for the notes of the template."""

    @property
    def hint(self) -> str: ...
    @property
    def choices(self) -> tuple[str, ...]:
        """Of the drop-down; none: anything of its kind."""

    @property
    def is_open(self) -> bool:
        """Whether something beside the choices may stand in the cell."""

    def show(self, value: Any) -> Shown: ...
    def read(self, text: str) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class _Plain:
    hint: str = "文字"
    choices: tuple[str, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, kw_only=True)
class Text(_Plain):
    """Text as it stands, blanks and line breaks included."""

    def show(self, value: str) -> Shown:
        return value

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True, kw_only=True)
class MaybeText(_Plain):
    """Text that may be missing: an empty cell is none, `""` is the empty text."""

    def show(self, value: str | None) -> Shown:
        if value is None:
            return None
        return f'{value}""' if not value.strip('"') else value

    def read(self, text: str) -> str | None:
        if not text:
            return None
        return text[:-2] if len(text) > 1 and not text.strip('"') else text


@dataclass(frozen=True, kw_only=True)
class Code(_Plain):
    """A code: blanks around it are nobody's intention. Empty: none."""

    hint: str = "代码：字母、数字、- 和 _"
    is_optional: bool = True

    def show(self, value: str | None) -> Shown:
        return value

    def read(self, text: str) -> str | None:
        return text.strip() or (None if self.is_optional else "")


@dataclass(frozen=True, kw_only=True)
class Number(_Plain):
    hint: str = "整数"
    default: int | None = None

    def show(self, value: int | None) -> Shown:
        return value

    def read(self, text: str) -> int | None:
        given = text.strip()
        if not given:
            return self.default
        if not re.fullmatch(r"-?[0-9]{1,12}", given, re.ASCII):
            raise CellError(
                "not-a-number", f"应为整数，现为“{given[:40]}”", "A whole number is expected"
            )
        return int(given)


@dataclass(frozen=True, kw_only=True)
class Flag(_Plain):
    hint: str = "是 或 否；空为否"
    choices: tuple[str, ...] = ("是", "否")
    is_open: bool = False

    def show(self, value: bool) -> Shown:
        return "是" if value else "否"

    def read(self, text: str) -> bool:
        given = text.strip().upper()
        if not given or given in _NO:
            return False
        if given in _YES:
            return True
        raise CellError(
            "not-yes-or-no",
            f"应为“是”或“否”，现为“{given[:40]}”",
            "Yes (是) or no (否) is expected",
        )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several: shown by its label, read by label or code."""

    labels: Mapping[str, str]
    default: str | None = None
    is_open: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(self.labels.values())

    @property
    def hint(self) -> str:
        empty = f"；空为{self.labels[self.default]}" if self.default else "；可空"
        return "、".join(self.choices) + empty

    def show(self, value: str | None) -> Shown:
        return None if value is None else self.labels[value]

    def read(self, text: str) -> str | None:
        given = text.strip()
        return _one_of(given, self.labels) if given else self.default


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Several of several, in their order. `[]` is none of them, an empty cell the default."""

    labels: Mapping[str, str]
    default: tuple[str, ...] = ()
    is_open: bool = True

    @property
    def choices(self) -> tuple[str, ...]:
        ways = list(self.labels.values())
        together = [
            SEPARATOR.join(ways[place] for place in range(len(ways)) if mask >> place & 1)
            for mask in range(1, 1 << len(ways))
        ]
        return tuple(sorted(together, key=len))

    @property
    def hint(self) -> str:
        return f"{'、'.join(self.labels.values())}，可多选，以“；”分隔"

    def show(self, value: Sequence[str]) -> Shown:
        if not value:
            return "[]" if self.default else None
        return SEPARATOR.join(self.labels[one] for one in value)

    def read(self, text: str) -> list[str]:
        given = text.strip()
        if given == "[]":
            return []
        if not given:
            return list(self.default)
        return [
            _one_of(one.strip(), self.labels) for one in _SEPARATORS.split(given) if one.strip()
        ]


@dataclass(frozen=True, kw_only=True)
class Codes(_Plain):
    hint: str = "代码，可多个，以“；”分隔"

    def show(self, value: Sequence[str]) -> Shown:
        return SEPARATOR.join(value)

    def read(self, text: str) -> list[str]:
        return [one.strip() for one in _SEPARATORS.split(text) if one.strip()]


@dataclass(frozen=True, kw_only=True)
class Texts(_Plain):
    """Several texts; where one holds what separates them, the cell holds a JSON list instead."""

    hint: str = "可多个，以“；”分隔"

    def show(self, value: Sequence[str]) -> Shown:
        joined = SEPARATOR.join(value)
        is_plain = self.read(joined) == list(value)
        return joined if is_plain else json.dumps(list(value), ensure_ascii=False)

    def read(self, text: str) -> list[str]:
        if text.startswith("["):
            found = _json(text)
            if isinstance(found, list) and all(isinstance(one, str) for one in found):
                return found
        return [one.strip() for one in _TEXT_SEPARATORS.split(text) if one.strip()]


@dataclass(frozen=True, kw_only=True)
class Pairs(_Plain):
    """Several pairs of texts, as `one=other；one=other`; where one holds what separates them, a JSON list instead."""

    names: tuple[str, str]
    hint: str = "名称=来源，可多个，以“；”分隔"

    def show(self, value: Sequence[Mapping[str, str]]) -> Shown:
        first, second = self.names
        joined = SEPARATOR.join(f"{one[first]}={one[second]}" for one in value)
        try:
            is_plain = self.read(joined) == [dict(one) for one in value]
        except CellError:
            is_plain = False
        return joined if is_plain else json.dumps([dict(one) for one in value], ensure_ascii=False)

    def read(self, text: str) -> list[Any]:
        if text.startswith("["):
            found = _json(text)
            if isinstance(found, list):
                return found
        pairs = []
        for part in _TEXT_SEPARATORS.split(text):
            first, equals, second = part.partition("=")
            if part.strip() and not equals:
                raise CellError("pair-malformed", "应为“名称=来源”", "`name=source` is expected")
            if part.strip():
                pairs.append(dict(zip(self.names, (first.strip(), second.strip()), strict=True)))
        return pairs


@dataclass(frozen=True, kw_only=True)
class Day(_Plain):
    hint: str = "日期，如 2026-11-24；可空"

    def show(self, value: date | str | None) -> Shown:
        return str(value) if value is not None else None

    def read(self, text: str) -> str | None:
        given = text.strip()
        if not given:
            return None
        found = _DAY.fullmatch(given)
        try:
            if found:
                return date(*(int(part) for part in found.groups())).isoformat()
        except ValueError:
            pass
        raise CellError(
            "not-a-day",
            f"应为日期，如 2026-11-24，现为“{given[:40]}”",
            "A day such as 2026-11-24 is expected",
        )


@dataclass(frozen=True, kw_only=True)
class File(_Plain):
    """A kept file: its number (SHA-256), a blank, its name."""

    hint: str = "文件编号（上传文件后得到）和文件名，以空格分隔；可空"

    def show(self, value: Mapping[str, str] | None) -> Shown:
        return None if value is None else f"{value['id']} {value['name']}"

    def read(self, text: str) -> dict[str, str] | None:
        if not text.strip():
            return None
        # Not stripped at its end: the name is the guide's to trim, which knows other blanks than Python does.
        number, _, name = text.lstrip().partition(" ")
        if not re.fullmatch(r"[0-9a-f]{64}", number, re.ASCII):
            raise CellError(
                "file-unknown",
                "应为“文件编号 文件名”；文件编号在上传文件后得到",
                "A file's number and name are expected; upload the file to get its number",
            )
        return {"id": number, "name": name}


@dataclass(frozen=True, kw_only=True)
class AppliesWhen(_Plain):
    """Under which answers a material is needed: `question=option,option；question=option`."""

    hint: str = "情形代码=选项代码，如 premises=own,rented；多个情形以“；”分隔；空为总是需要"

    def show(self, value: Mapping[str, Sequence[str]]) -> Shown:
        return SEPARATOR.join(f"{code}={','.join(options)}" for code, options in value.items())

    def read(self, text: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for part in re.split(r"[；;\n]", text):
            if not part.strip():
                continue
            code, equals, options = part.partition("=")
            if not equals or code.strip() in found:
                raise CellError(
                    "condition-malformed",
                    "应为“情形代码=选项代码,选项代码”，每个情形一次",
                    "`question=option,option` is expected, each question once",
                )
            found[code.strip()] = [
                one.strip() for one in re.split(r"[,，、]", options) if one.strip()
            ]
        return found


@dataclass(frozen=True, kw_only=True)
class Json(_Plain):
    """A nested part as JSON, for tables that have no further sheets."""

    hint: str = "JSON"

    def show(self, value: Any) -> Shown:
        return json.dumps(value, ensure_ascii=False) if value else None

    def read(self, text: str) -> Any:
        if not text.strip():
            return []
        found = _json(text)
        if not isinstance(found, list):
            raise CellError("not-a-list", "应为 JSON 列表，如 [{…}]", "A JSON list is expected")
        return found


def _one_of(given: str, labels: Mapping[str, str]) -> str:
    if given in labels:
        return given
    for code, label in labels.items():
        if given == label or (given.isascii() and given.isdigit() and given.zfill(2) == code):
            return code
    raise CellError(
        "not-a-choice",
        f"没有“{given[:40]}”这一选项；可用：{'、'.join(labels.values())}",
        f"There is no such choice; use one of {', '.join(labels)}",
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
