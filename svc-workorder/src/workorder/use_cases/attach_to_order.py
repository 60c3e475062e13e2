from uuid import UUID

from chassis.blobs import StoredBlob
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.repository.work_orders import add_work_order_step, get_work_order
from workorder.tables import work_order_attachments


async def attach_to_order(work_order_id: UUID, blob: StoredBlob, tx: Transaction) -> None:
    """A photograph or a paper goes with an order within reach; a row in its history."""
    order = await get_work_order(tx, work_order_id)
    tx.insert(
        work_order_attachments,
        id=new_id(),
        work_order_id=order.id,
        sha256=blob.sha256,
        media_type=blob.media_type,
        size_bytes=blob.size_bytes,
        side=tx.principal.kind,
        added_by=tx.principal.subject,
        added_at=tx.now,
    )
    add_work_order_step(tx, order, step="attached", reason=f"附件 {blob.sha256[:16]}")
