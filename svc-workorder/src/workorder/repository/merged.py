"""Orders that were merged into another (并单), and the other one, in and out of PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from chassis.transaction import Transaction
from workorder.domain.work_order import WorkOrder
from workorder.repository.work_orders import work_order_of
from workorder.tables import work_orders


async def seen_order(tx: Transaction, work_order_id: UUID) -> WorkOrder | None:
    """Another order within reach, as it is now and not locked."""
    row = await tx.one_or_none(select(work_orders).where(work_orders.c.id == work_order_id))
    return None if row is None else work_order_of(row)


async def lock_free_order(tx: Transaction, work_order_id: UUID) -> WorkOrder | None:
    """Another order, locked; None when somebody holds it: who holds one never waits for a second."""
    statement = select(work_orders).where(work_orders.c.id == work_order_id)
    row = await tx.one_or_none(statement.with_for_update(skip_locked=True))
    return None if row is None else work_order_of(row)


async def orders_merged_into(tx: Transaction, work_order_id: UUID) -> Sequence[WorkOrder]:
    """Open orders whose callers wait for this one, locked. They have no parts and no stops that run."""
    t = work_orders.c
    statement = select(work_orders).where(t.merged_into == work_order_id, t.closed_at.is_(None))
    rows = await tx.all(statement.order_by(t.id).with_for_update())
    return [work_order_of(row) for row in rows]
