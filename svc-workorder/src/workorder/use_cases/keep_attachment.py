from chassis.blobs import StoredBlob
from chassis.transaction import Transaction
from workorder.repository.applications import add_attachment


async def keep_attachment(blob: StoredBlob, tx: Transaction) -> None:
    """Remember who uploaded a file (附件); only they may hand it in."""
    add_attachment(tx, blob)
