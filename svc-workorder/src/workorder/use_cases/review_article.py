from datetime import date, timedelta
from uuid import UUID

from chassis.clock import local_date
from chassis.transaction import Transaction
from workorder.domain.knowledge import PUBLISHED, ArticleStateError
from workorder.repository.knowledge import add_article_step, article_row, close_tasks_of
from workorder.tables import kb_articles


async def review_article(
    article_id: UUID, reason: str, tx: Transaction, *, review_due: date | None
) -> None:
    """Looked at, and still right: it is as old as this day, and due again. Raises NotFoundError, ArticleStateError."""
    row = await article_row(tx, article_id, lock=True)
    if row.state != PUBLISHED:
        raise ArticleStateError
    if review_due is None:
        days = int(await tx.rule("knowledge-review-days"))
        review_due = local_date(tx.now) + timedelta(days=days)
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        review_due=review_due,
        is_stale=False,
        stale_reason="",
        answered_at=tx.now,
        row_version=row.row_version + 1,
    )
    add_article_step(
        tx, row.id, step="reviewed", state=PUBLISHED, reason=reason, version=row.version
    )
    await close_tasks_of(tx, row.id, outcome="reviewed", reason=reason)
