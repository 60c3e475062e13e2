from catalog.tables.standards import guide_files
from chassis.blobs import StoredBlob
from chassis.transaction import Transaction


async def keep_guide_file(blob: StoredBlob, name: str, tx: Transaction) -> None:
    """Remember a sample or blank file (样表、空白表) of the department; the same one again changes its name only."""
    row = {
        "id": blob.sha256,
        "department": tx.principal.department,
        "name": name,
        "media_type": blob.media_type,
        "bytes": blob.size_bytes,
        "kept_at": tx.now,
        "kept_by": tx.principal.subject,
    }
    await tx.insert_many(guide_files, [row], keys=("id", "department"))
