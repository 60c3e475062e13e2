"""Articles of the knowledge base and what is to be done for them, in and out of PostgreSQL. Never commits."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from workorder.domain.knowledge import CONTENT
from workorder.domain.search import search_words
from workorder.tables import (
    kb_article_steps,
    kb_article_words,
    kb_articles,
    kb_task_steps,
    kb_tasks,
)


async def article_row(tx: Transaction, article_id: UUID, *, lock: bool = False) -> Row[Any]:
    """An article within reach; with `lock`, until the end, and as the caller saw it. Raises NotFoundError."""
    statement = select(kb_articles).where(kb_articles.c.id == article_id)
    row = await tx.one_or_none(statement.with_for_update() if lock else statement)
    if row is None:
        raise NotFoundError
    if lock:
        tx.expect(row.row_version)
    return row


def content_of(row: Row[Any]) -> dict[str, Any]:
    """What is published, as a version keeps it."""
    return {name: plain(getattr(row, name)) for name in CONTENT}


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def columns_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a kept content; days are days again."""
    found = {name: content[name] for name in CONTENT if name in content}
    for name in ("valid_from", "valid_until", "review_due"):
        if isinstance(found.get(name), str):
            found[name] = date.fromisoformat(found[name])
    return found


def add_article_step(
    tx: Transaction,
    article_id: UUID,
    *,
    step: str,
    state: str,
    reason: str,
    version: int,
    content: Mapping[str, Any] | None = None,
) -> None:
    add_step(
        tx,
        kb_article_steps,
        of={"kb_article_id": article_id},
        step=step,
        state=state,
        reason=reason,
        version=version,
        content=content,
    )


async def keep_words(tx: Transaction, article_id: UUID, content: Mapping[str, Any] | None) -> None:
    """Let a published article be found by its words; None: no more."""
    if content is None:
        gone = delete(kb_article_words).where(kb_article_words.c.kb_article_id == article_id)
        await tx.execute(gone)
        return
    statement = insert(kb_article_words).values(kb_article_id=article_id, words=words_of(content))
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["kb_article_id"], set_={"words": statement.excluded.words}
        )
    )


def words_of(content: Mapping[str, Any]) -> list[str]:
    """What a published article is found by."""
    return search_words("\n".join(str(content[name]) for name in ("title", "question", "answer")))


async def add_task(
    tx: Transaction,
    *,
    kind: str,
    department: str,
    title: str,
    due_on: date,
    kb_article_id: UUID | None = None,
    work_order_id: UUID | None = None,
    number: str = "",
) -> UUID | None:
    """Something to do for a department; of one work order only once, then None."""
    task_id = new_id()
    statement = insert(kb_tasks).values(
        id=task_id,
        kind=kind,
        department=department,
        kb_article_id=kb_article_id,
        work_order_id=work_order_id,
        number=number,
        title=title,
        due_on=due_on,
        opened_at=tx.now,
        closed_at=None,
        outcome="",
        row_version=1,
    )
    done = await tx.execute(statement.on_conflict_do_nothing())
    if not done.rowcount:
        return None
    add_task_step(tx, task_id, step="asked", state="open", reason=title)
    return task_id


def add_task_step(tx: Transaction, task_id: UUID, *, step: str, state: str, reason: str) -> None:
    add_step(tx, kb_task_steps, of={"kb_task_id": task_id}, step=step, state=state, reason=reason)


async def has_open_task(tx: Transaction, article_id: UUID, kind: str) -> bool:
    """Whether a department has this to do for an article already."""
    t = kb_tasks.c
    open_ones = select(t.id).where(
        t.kb_article_id == article_id, t.kind == kind, t.closed_at.is_(None)
    )
    return await tx.scalar(open_ones.limit(1)) is not None


async def task_row(tx: Transaction, task_id: UUID) -> Row[Any]:
    """Something to do within reach, locked until the end; raises NotFoundError."""
    statement = select(kb_tasks).where(kb_tasks.c.id == task_id).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    tx.expect(row.row_version)
    return row


def close_task(tx: Transaction, row: Row[Any], *, outcome: str, reason: str) -> None:
    tx.update(
        kb_tasks,
        match={"id": row.id, "row_version": row.row_version},
        closed_at=tx.now,
        outcome=outcome,
        row_version=row.row_version + 1,
    )
    add_task_step(tx, row.id, step=outcome, state="closed", reason=reason)


async def close_tasks_of(tx: Transaction, article_id: UUID, *, outcome: str, reason: str) -> None:
    """What was to be done for an article is done by this."""
    t = kb_tasks.c
    statement = select(kb_tasks).where(t.kb_article_id == article_id, t.closed_at.is_(None))
    for row in await tx.all(statement.with_for_update()):
        close_task(tx, row, outcome=outcome, reason=reason)
