"""One cell of a table: the text a person reads in it, and the guard against formulas."""

import re
from datetime import date, datetime, time
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CELL_CHARACTERS_MAX = 32_767
EXACT_NUMBER_MAX = 10**15
"""A spreadsheet keeps fifteen digits of a number; a longer code stored as a number has lost its end."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_BLANKS = " \u3000\xa0'"
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff"
_UNSAFE = re.compile(rf"[{_CONTROLS}]|_(?=x[0-9A-Fa-f]{{4}}_)")
_UNSAFE_IN_MARKUP = re.compile(rf"[{_CONTROLS}\r]|_(?=x[0-9A-Fa-f]{{4}}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def plain(value: Any) -> str:
    """What a person reads in the cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        is_day = value.time() == time.min
        return value.date().isoformat() if is_day else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def guarded(value: Any) -> str:
    """The text for a sheet, with a `'` in front when a spreadsheet would take it for a formula."""
    text = ILLEGAL_CHARACTERS_RE.sub("", plain(value))
    if isinstance(value, int | float) or not _looks_like_formula(text):
        return text
    return "'" + text


def guarded_text(text: str) -> str:
    """As `guarded`, for text that keeps every character."""
    return "'" + text if _looks_like_formula(text) else text


def sheet_value(value: Any) -> str | int | float | bool:
    """What goes into a cell of a workbook: a number that it keeps exactly, else guarded text."""
    is_exact = isinstance(value, bool) or (
        isinstance(value, int | float) and abs(value) < EXACT_NUMBER_MAX
    )
    return value if is_exact else guarded(value)[:CELL_CHARACTERS_MAX]


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _looks_like_formula(text) else text


def escaped(text: str, *, for_markup: bool = False) -> str:
    """Text in which no character is one that a sheet cannot hold: those become `_x0001_`, as spreadsheets write them.

    `for_markup`: carriage returns too, which XML would read as line feeds.
    """
    unsafe = _UNSAFE_IN_MARKUP if for_markup else _UNSAFE
    return unsafe.sub(_escape, text) if unsafe.search(text) else text


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _character(found.group(1)), text)


def _escape(found: re.Match[str]) -> str:
    # A text that reads like an escape already: its first character is escaped, so that it comes back as it was.
    return "_x005F_" if found.group() == "_" else f"_x{ord(found.group()):04X}_"


def _character(digits: str) -> str:
    code = int(digits, 16)
    # Halves of characters and the zero character are no text that a database keeps.
    return f"_x{digits}_" if code == 0 or 0xD800 <= code <= 0xDFFF else chr(code)


def cell_name(column: int, row: int) -> str:
    """`(0, 2)` is A2."""
    return f"{column_name(column)}{row}"


def column_name(column: int) -> str:
    """Letters of a column counted from zero: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _looks_like_formula(text: str) -> bool:
    # A text that was guarded already counts too: then taking one guard off always gives back what was there.
    return text.lstrip(_BLANKS).startswith(_FORMULA_STARTS)
