from datetime import timedelta
from uuid import UUID

from chassis.clock import local_date
from chassis.transaction import Transaction
from workorder.domain.knowledge import (
    DEPARTMENT,
    GUIDE,
    PUBLISHED,
    RETIRED,
    ArticleStateError,
    NothingPendingError,
)
from workorder.domain.proposals import SamePersonError
from workorder.repository.knowledge import (
    add_article_step,
    article_row,
    close_tasks_of,
    columns_of,
    keep_words,
)
from workorder.tables import kb_articles


async def publish_article(article_id: UUID, reason: str, tx: Transaction) -> None:
    """Publish what waits, by another person than wrote it: a new version, found by its words from now on.

    Raises NotFoundError, ArticleStateError, NothingPendingError, SamePersonError.
    """
    row = await article_row(tx, article_id, lock=True)
    if row.state == RETIRED:
        raise ArticleStateError
    if row.pending is None:
        raise NothingPendingError
    if row.pending_by == tx.principal.subject:
        raise SamePersonError
    content = dict(row.pending)
    if content.get("review_due") is None:
        days = int(await tx.rule("knowledge-review-days"))
        content["review_due"] = (local_date(tx.now) + timedelta(days=days)).isoformat()
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        state=PUBLISHED,
        # Written by people now, whatever it was drawn from; a guide's own new text is taken as it came.
        origin=GUIDE if row.pending_by == GUIDE else DEPARTMENT,
        pending=None,
        pending_by=None,
        is_stale=False,
        stale_reason="",
        answered_at=tx.now,
        version=row.version + 1,
        row_version=row.row_version + 1,
        **columns_of(content),
    )
    add_article_step(
        tx,
        row.id,
        step="published",
        state=PUBLISHED,
        reason=reason,
        version=row.version + 1,
        content=content,
    )
    await keep_words(tx, row.id, content)
    await close_tasks_of(tx, row.id, outcome="published", reason=reason)
