from collections.abc import Mapping
from typing import Any

from catalog.domain.halls import check_unities
from catalog.repository.halls import (
    add_hall_step,
    details_of,
    get_hall,
    keep_details,
    tell_hall_changed,
)
from chassis.transaction import Transaction


async def describe_hall(
    code: str, values: Mapping[str, Any], tx: Transaction, *, reason: str
) -> None:
    """State what a hall is like: level, place, access, four unities and hours, all at once."""
    hall = await get_hall(tx, code)
    before = await details_of(tx, code)
    tx.expect(before.version if before is not None else 0)
    check_unities(set(values["unities"]), set(await tx.rule("hall-unities")))
    await keep_details(tx, code, values, before=before)
    add_hall_step(tx, "hall", code, step="described", state="described", reason=reason)
    await tell_hall_changed(tx, code, division=hall.division)
