from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.ids import new_id
from chassis.transaction import Transaction
from workorder.domain.knowledge import (
    ANSWER,
    DEPARTMENT,
    DRAFT,
    RETIRED,
    ArticleStateError,
    NotYourArticleError,
    TaskDoesNotFitError,
)
from workorder.repository.knowledge import (
    add_article_step,
    article_row,
    close_task,
    columns_of,
    task_row,
)
from workorder.tables import kb_articles


@dataclass(frozen=True, kw_only=True)
class SaveArticle:
    content: Mapping[str, Any]
    reason: str = ""
    article_id: UUID | None = None
    """None: a new one of the caller's department."""
    task_id: UUID | None = None


async def save_article(command: SaveArticle, tx: Transaction) -> UUID:
    """Write an answer down, or a change to one: it waits for a second person. Returns its id.

    Raises NotFoundError, NotYourArticleError, ArticleStateError, TaskDoesNotFitError.
    """
    content = {**command.content, "owner": tx.principal.subject}
    changes = {"pending": content, "pending_by": tx.principal.subject}
    if command.article_id is not None:
        row = await article_row(tx, command.article_id, lock=True)
        if row.state == RETIRED:
            raise ArticleStateError
        shown = columns_of(content) if row.state == DRAFT else {}
        tx.update(
            kb_articles,
            match={"id": row.id, "row_version": row.row_version},
            row_version=row.row_version + 1,
            **changes,
            **shown,
        )
        _add_step(tx, row.id, command, state=row.state, version=row.version)
        return command.article_id
    if not tx.principal.department:
        raise NotYourArticleError
    article_id = new_id()
    tx.insert(
        kb_articles,
        id=article_id,
        state=DRAFT,
        origin=DEPARTMENT,
        department=tx.principal.department,
        is_stale=False,
        stale_reason="",
        item_code="",
        part="",
        created_at=tx.now,
        version=0,
        row_version=1,
        **changes,
        **columns_of(content),
    )
    _add_step(tx, article_id, command, state=DRAFT, version=0)
    if command.task_id is not None:
        await _finish(tx, command.task_id)
    return article_id


def _add_step(
    tx: Transaction, article_id: UUID, command: SaveArticle, *, state: str, version: int
) -> None:
    add_article_step(
        tx,
        article_id,
        step="written",
        state=state,
        reason=command.reason or str(command.content["title"]),
        version=version,
    )


async def _finish(tx: Transaction, task_id: UUID) -> None:
    task = await task_row(tx, task_id)
    if (
        task.kind != ANSWER
        or task.closed_at is not None
        or task.department != tx.principal.department
    ):
        raise TaskDoesNotFitError
    close_task(tx, task, outcome="answered", reason="已编写答案")
