from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.knowledge import DRAFT, PUBLISHED, RETIRED, ArticleStateError
from workorder.repository.knowledge import (
    add_article_step,
    article_row,
    close_tasks_of,
    content_of,
    keep_words,
)
from workorder.tables import kb_articles


async def retire_article(
    article_id: UUID, reason: str, tx: Transaction, *, take_back: bool = False
) -> None:
    """Take an article out of use, for good: no version of its guide brings it back. `take_back` puts it back as it was.

    Raises NotFoundError, ArticleStateError.
    """
    row = await article_row(tx, article_id, lock=True)
    if (row.state == RETIRED) is not take_back:
        raise ArticleStateError
    state = RETIRED
    if take_back:
        state = PUBLISHED if row.version else DRAFT
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        state=state,
        is_kept_out=not take_back,
        row_version=row.row_version + 1,
    )
    step = "restored" if take_back else "retired"
    add_article_step(tx, row.id, step=step, state=state, reason=reason, version=row.version)
    await keep_words(tx, row.id, content_of(row) if state == PUBLISHED else None)
    if not take_back:
        await close_tasks_of(tx, row.id, outcome="retired", reason=reason)
