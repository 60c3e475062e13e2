from sqlalchemy import or_, select

from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.events.workorder import KnowledgeReviewDue
from workorder.domain.knowledge import PUBLISHED, REVIEW
from workorder.repository.knowledge import add_article_step, add_task
from workorder.tables import kb_articles

BATCH = 100


async def remind_reviews(tx: Transaction) -> int:
    """A batch of published articles whose review date has come: told once for each date, with something to do.

    Several processes may ask side by side. Returns how many.
    """
    t = kb_articles.c
    statement = (
        select(kb_articles)
        .where(
            t.state == PUBLISHED,
            t.review_due <= local_date(tx.now),
            or_(t.reminded_for.is_(None), t.reminded_for != t.review_due),
        )
        .order_by(t.review_due, t.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = await tx.all(statement)
    for row in rows:
        tx.update(
            kb_articles,
            match={"id": row.id, "row_version": row.row_version},
            reminded_for=row.review_due,
            row_version=row.row_version + 1,
        )
        add_article_step(
            tx,
            row.id,
            step="review-due",
            state=row.state,
            reason=f"{row.review_due} 应复核",
            version=row.version,
        )
        await add_task(
            tx,
            kind=REVIEW,
            department=row.department,
            title=row.title,
            due_on=row.review_due,
            kb_article_id=row.id,
        )
        tx.tell(
            KnowledgeReviewDue(article_id=row.id, review_due=row.review_due, told_at=tx.now),
            aggregate_id=row.id,
            sequence=row.row_version + 1,
            department=row.department,
        )
    return len(rows)
