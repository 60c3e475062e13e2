"""What becomes of bundles when an item that belongs to them changes. Called by repository/in_force.py only."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from catalog.tables.bundles import bundle_members, bundle_reviews
from chassis.ids import new_id
from chassis.transaction import Transaction


async def note_members(
    tx: Transaction, item_ids: Sequence[UUID], *, kind: Literal["changed", "withdrawn"]
) -> None:
    """Bundles in force with these members need a look by their owner."""
    if not item_ids:
        return
    ids = bindparam("ids", list(item_ids), type_=ARRAY(PG_UUID(as_uuid=True)))
    found = await tx.all(select(bundle_members).where(bundle_members.c.item_id == func.any(ids)))
    rows = [
        {
            "id": new_id(),
            "bundle_id": row.bundle_id,
            "item_id": row.item_id,
            "kind": kind,
            "noted_at": tx.now,
        }
        for row in found
    ]
    if rows:
        await tx.execute(insert(bundle_reviews), rows)
