from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.repository.cross_region import add_agreement_row
from chassis.ids import new_id
from chassis.transaction import Transaction


async def register_agreement(values: Mapping[str, Any], tx: Transaction, *, reason: str) -> UUID:
    """Register an agreement with another city (such as 深潮); returns its id."""
    agreement_id = new_id()
    add_agreement_row(tx, {"id": agreement_id, **values}, reason=reason)
    await tx.flush()
    return agreement_id
