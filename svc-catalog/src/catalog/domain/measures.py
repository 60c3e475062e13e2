"""What one item in force adds to the figures: whole numbers that can be added up over any days and places.

A rate is kept as its two sums and divided when it is read, so that the rate of a city is that of its counties
together. The mean of rates is kept in millionths, rounded for each item.
"""

from collections.abc import Mapping
from typing import Any

from catalog.domain.materials import SPARED, Spared
from contracts.vocabulary import TaskType

FULLY_ONLINE = 4
MILLION = 1_000_000

DAY, MONTH = "day", "month"
DIVISION_DAY, DIVISION_MONTH = "division-day", "division-month"
"""Grains in which measures are kept; the first two by department."""

ITEMS = "items"
ON_APPLICATION = "on_application"
PERMITS = "permits"
PERMITS_FULLY_ONLINE = "permits_fully_online"
PERMITS_ONE_VISIT = "permits_at_most_one_visit"
PERMITS_ZERO_VISIT = "permits_zero_visit"
PERMITS_TIMED = "permits_with_statutory_days"
PERMIT_DAYS_SAVED = "permit_days_saved"
PERMIT_DAYS_ALLOWED = "permit_days_allowed"
PERMIT_COMPRESSION = "permit_compression_millionths"
ONE_WINDOW = "one_window"
CROSS_REGION = "cross_region"
FOUR_EXEMPT = "four_exempt"
SHOW_CODE = "show_code"
ANY_CHANNEL = "any_channel"
EXEMPT_THROUGHOUT = "exempt_throughout"


def on_channel(channel: str) -> str:
    """The measure of one channel."""
    return f"channel:{channel}"


def items_sparing(kind: Spared) -> str:
    """The measure of items of which some material is spared in this way."""
    return f"items_sparing:{kind}"


def materials_sparing(kind: Spared) -> str:
    """The measure of materials that are spared in this way."""
    return f"materials_sparing:{kind}"


def measures_of(facts: Mapping[str, Any]) -> dict[str, int]:
    """The measures of one version in force, from the columns of its span; none of them is 0."""
    channels = facts["channels"]
    found = {
        ITEMS: 1,
        ON_APPLICATION: int(facts["is_on_application"]),
        ONE_WINDOW: int(facts["is_one_window"]),
        CROSS_REGION: int(facts["is_cross_region"]),
        FOUR_EXEMPT: int(facts["is_four_exempt"]),
        SHOW_CODE: int(facts["is_show_code"]),
        ANY_CHANNEL: int(bool(channels)),
        **{on_channel(channel): 1 for channel in channels},
        EXEMPT_THROUGHOUT: int(facts.get("is_exempt_throughout", False)),
    }
    if facts["task_type"] == TaskType.PERMIT:
        found |= _of_permit(facts)
    for kind in SPARED:
        count = facts.get(f"spared_{kind}s", 0)
        found |= {items_sparing(kind): int(count > 0), materials_sparing(kind): count}
    return {measure: amount for measure, amount in found.items() if amount}


def _of_permit(facts: Mapping[str, Any]) -> dict[str, int]:
    found = {
        PERMITS: 1,
        PERMITS_FULLY_ONLINE: int(facts["online_depth"] >= FULLY_ONLINE),
        PERMITS_ONE_VISIT: int(facts["visits"] <= 1),
        PERMITS_ZERO_VISIT: int(facts["visits"] == 0),
    }
    # A limit of no days at all cannot be cut any further.
    if allowed := facts["statutory_days"]:
        saved = allowed - facts["promised_days"]
        found |= {
            PERMITS_TIMED: 1,
            PERMIT_DAYS_SAVED: saved,
            PERMIT_DAYS_ALLOWED: allowed,
            PERMIT_COMPRESSION: (2 * MILLION * saved + allowed) // (2 * allowed),
        }
    return found
