"""One cell of a table: the text a person reads in it, and the guard against formulas."""

from datetime import date, datetime, time
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CELL_CHARACTERS_MAX = 32_767
EXACT_NUMBER_MAX = 10**15
"""A spreadsheet keeps fifteen digits of a number; a longer code stored as a number has lost its end."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_BLANKS = " \u3000\xa0'"


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


def sheet_value(value: Any) -> str | int | float | bool:
    """What goes into a cell of a workbook: a number that it keeps exactly, else guarded text."""
    is_exact = isinstance(value, bool) or (
        isinstance(value, int | float) and abs(value) < EXACT_NUMBER_MAX
    )
    return value if is_exact else guarded(value)[:CELL_CHARACTERS_MAX]


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _looks_like_formula(text) else text


def _looks_like_formula(text: str) -> bool:
    # A text that was guarded already counts too: then taking one guard off always gives back what was there.
    return text.lstrip(_BLANKS).startswith(_FORMULA_STARTS)
