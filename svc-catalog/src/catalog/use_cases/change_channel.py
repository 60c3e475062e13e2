from collections.abc import Mapping
from typing import Any

from catalog.repository.channels import get_channel, store_channel
from chassis.steps import changed_in_words
from chassis.transaction import Transaction


async def change_channel(
    code: str, values: Mapping[str, Any], tx: Transaction, *, reason: str
) -> int:
    """Correct a channel's public data; what it said before stands in its history. Returns its new version."""
    row = await get_channel(tx, code)
    tx.expect(row.version)
    words = changed_in_words({name: getattr(row, name) for name in values}, values)
    store_channel(tx, code, values, seen=row.version, reason=f"{reason}｜{words}")
    await tx.flush()
    return int(row.version) + 1
