from uuid import UUID

from chassis.blobs import StoredBlob
from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.tables import attachments


async def keep_attachment(blob: StoredBlob, tx: Transaction) -> None:
    """Remember who uploaded a file (附件); only they may hand it in."""
    tx.insert(
        attachments,
        id=new_id(),
        owner_id=UUID(tx.principal.owner_id),
        sha256=blob.sha256,
        size_bytes=blob.size_bytes,
        media_type=blob.media_type,
        uploaded_at=tx.now,
    )
