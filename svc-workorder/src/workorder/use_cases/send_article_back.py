from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.knowledge import NothingPendingError
from workorder.repository.knowledge import add_article_step, article_row
from workorder.tables import kb_articles


async def send_article_back(article_id: UUID, reason: str, tx: Transaction) -> None:
    """What waits is not published; a draft stays one, what is published stays as it is. Raises NothingPendingError."""
    row = await article_row(tx, article_id, lock=True)
    if row.pending is None:
        raise NothingPendingError
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        pending=None,
        pending_by=None,
        row_version=row.row_version + 1,
    )
    add_article_step(
        tx, row.id, step="sent-back", state=row.state, reason=reason, version=row.version
    )
