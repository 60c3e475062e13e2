from collections.abc import Mapping
from typing import Any

from catalog.repository.channels import add_channel
from chassis.transaction import Transaction


async def register_channel(values: Mapping[str, Any], tx: Transaction, *, reason: str) -> None:
    """Put a channel on the register; one with the same code is refused when the rows are sent."""
    add_channel(tx, values, reason=reason)
    await tx.flush()
