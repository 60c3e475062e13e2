"""Rows of a file of channel figures, as the export writes them and as machines name them."""

from collections.abc import Mapping
from typing import Any

IMPORT = "import-channel-figures"
"""The kind of the job."""
HEADS = {
    "渠道编码": "channel",
    "日期": "day",
    "区划": "division",
    "注册用户": "users",
    "访问量": "visits",
    "办件量": "cases",
    "更正原因": "reason",
}
NAMES = {name: head for head, name in HEADS.items()}
COUNTS = ("users", "visits", "cases")


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, by the names of the API; empty cells and columns of other meaning are left out.

    A count may be written with thousands separators, a day with slashes.
    """
    found: dict[str, Any] = {}
    for head, value in given.items():
        name = HEADS.get(head, head)
        if name not in NAMES or value in ("", None):
            continue
        found[name] = _read(name, value)
    return found


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if name in COUNTS:
        digits = text.replace(",", "").replace("，", "")
        return int(digits) if digits.isascii() and digits.isdigit() else text
    if name == "day" and text.count("/") == 2:
        year, month, day = text.split("/")
        return f"{year}-{month:0>2}-{day:0>2}"
    return text
