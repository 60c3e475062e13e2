from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.saved_filters import add_filter_step, own_filter
from workorder.tables import saved_filters


async def remove_filter(filter_id: UUID, tx: Transaction, *, take_back: bool = False) -> None:
    """Take a filter off the list, or put it back (`take_back`). Repeated: nothing."""
    row = await own_filter(tx, filter_id)
    if (row.removed_at is None) == take_back:
        return
    tx.update(
        saved_filters,
        match={"id": row.id, "version": row.version},
        removed_at=None if take_back else tx.now,
        version=row.version + 1,
    )
    step, state = ("restored", "kept") if take_back else ("removed", "removed")
    add_filter_step(tx, row.id, step=step, state=state, reason=row.name)
