from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.repository.cross_region import get_agreement, store_agreement
from chassis.steps import changed_in_words
from chassis.transaction import Transaction


async def change_agreement(
    agreement_id: UUID, values: Mapping[str, Any], tx: Transaction, *, reason: str
) -> int:
    """Renew, end or correct an agreement; modes that stand on it follow at once. Returns its new version."""
    row = await get_agreement(tx, agreement_id)
    tx.expect(row.version)
    words = changed_in_words({name: getattr(row, name) for name in values}, values)
    store_agreement(tx, agreement_id, values, seen=row.version, reason=f"{reason}｜{words}")
    await tx.flush()
    return int(row.version) + 1
