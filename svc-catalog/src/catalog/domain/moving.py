"""What a power and its item become at the receiver, when a power moves."""

import re

from catalog.domain.adjustments import Receiver
from catalog.domain.powers import Level, PowerContent, PowerSource
from contracts.guide import Guide

_FULL_CODE = re.compile(r"^[0-9A-Z]{18}[1-6]([0-9A-Z]{12}.*)$")
_DIGITS: dict[Level, str] = {
    "nation": "1",
    "province": "2",
    "city": "3",
    "county": "4",
    "town": "5",
    "village": "6",
}
"""行使层级 in the 19th place of an implementation code (domain.md 1.2)."""
ITEM_CODE_CHARACTERS_MAX = 64


def source_after(kind: str) -> PowerSource:
    return "entrusted-from-above" if kind == "entrust" else "delegated-from-above"


def received_power(giver: PowerContent, receiver: Receiver, kind: str) -> PowerContent:
    """The giver's power as the receiver holds it; its items are named when they are there."""
    return giver.model_copy(
        update={
            "department": receiver.department,
            "department_name": receiver.department_name,
            "division": receiver.division,
            "level": receiver.level,
            "power_source": source_after(kind),
            "from_division": giver.division,
            "managing_area": None,
            "item_ids": (),
        }
    )


def moved_code(item_code: str, basic_code: str | None, receiver: Receiver) -> str:
    """实施编码 at the receiver: its credit code, its level, and the basic code that stays.

    A code that is not built so gets the receiver's code in front, which keeps it unique within the department.
    """
    match = _FULL_CODE.fullmatch(item_code)
    rest = match.group(1) if match else basic_code
    if rest is not None:
        return f"{receiver.department}{_DIGITS[receiver.level]}{rest}"[:ITEM_CODE_CHARACTERS_MAX]
    return f"{receiver.department}-{item_code}"[:ITEM_CODE_CHARACTERS_MAX]


def received_guide(giver: Guide, receiver: Receiver, *, item_code: str, kind: str) -> Guide:
    """The giver's guide with what changes by the move; windows and telephones of the giver are not the receiver's."""
    return giver.model_copy(
        update={
            "item_code": item_code,
            "original_code": None,
            "handling_code": None,
            "department": receiver.department,
            "department_name": receiver.department_name,
            "division": receiver.division,
            "use_level": receiver.level,
            "power_source": source_after(kind),
            "agency_kind": receiver.agency_kind,
            "managing_area": None,
            "windows": (),
            "effective_from": None,
        }
    )
