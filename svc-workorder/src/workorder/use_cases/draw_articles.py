from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.clock import local_date
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.catalog import ItemVersionPublished, ItemVersionWithdrawn
from workorder.domain.knowledge import GUIDE, PUBLISHED, REDRAW, RETIRED, drawn_from
from workorder.repository.knowledge import (
    add_article_step,
    add_task,
    add_words,
    close_tasks_of,
    columns_of,
    keep_words,
)
from workorder.tables import kb_articles


async def draw_articles(fact: ItemVersionPublished, tx: Transaction) -> None:
    """Draw answers from a guide that was published; of an older version than is known, nothing.

    Two people published the guide, so what is drawn from it is published at once. What a department has rewritten
    since is not overwritten: it is marked stale, the new text waits beside it, and the department is asked to look.
    """
    known = {row.part: row for row in await _drawn(tx, fact.item_id)}
    if any(row.item_version >= fact.version for row in known.values()):
        return
    days = int(await tx.rule("knowledge-review-days"))
    due = (local_date(tx.now) + timedelta(days=days)).isoformat()
    parts = dict(drawn_from(fact.guide))
    for part, drawn in parts.items():
        content = {**drawn, "category": "", "owner": fact.guide.department_name, "review_due": due}
        row = known.get(part)
        if row is None:
            _add(tx, fact, part, content)
        elif row.origin == GUIDE:
            await _draw_anew(tx, fact, row, content)
        elif row.answer != drawn["answer"]:
            await _mark_stale(tx, fact, row, content)
    for part, row in known.items():
        if part not in parts and row.origin == GUIDE:
            await _retire(tx, row, f"指南第 {fact.version} 版不再有此项内容")


async def retire_drawn_articles(fact: ItemVersionWithdrawn, tx: Transaction) -> None:
    """An item is withdrawn: answers drawn from it are no longer found."""
    for row in await _drawn(tx, fact.item_id):
        await _retire(tx, row, "事项已撤回")


async def _drawn(tx: Transaction, item_id: UUID) -> list[Row[Any]]:
    statement = select(kb_articles).where(kb_articles.c.item_id == item_id)
    return list(await tx.all(statement.with_for_update()))


def _add(
    tx: Transaction, fact: ItemVersionPublished, part: str, content: Mapping[str, Any]
) -> None:
    article_id = new_id()
    tx.insert(
        kb_articles,
        id=article_id,
        state=PUBLISHED,
        origin=GUIDE,
        department=fact.guide.department,
        is_stale=False,
        stale_reason="",
        item_id=fact.item_id,
        item_code=fact.guide.item_code,
        item_version=fact.version,
        part=part,
        answered_at=fact.published_at,
        created_at=tx.now,
        version=1,
        row_version=1,
        **columns_of(content),
    )
    _add_published(tx, article_id, content, fact=fact, step="drawn", version=1)
    add_words(tx, article_id, content)


async def _draw_anew(
    tx: Transaction, fact: ItemVersionPublished, row: Row[Any], content: Mapping[str, Any]
) -> None:
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        state=PUBLISHED,
        item_version=fact.version,
        is_stale=False,
        stale_reason="",
        answered_at=fact.published_at,
        version=row.version + 1,
        row_version=row.row_version + 1,
        **columns_of(content),
    )
    _add_published(tx, row.id, content, fact=fact, step="redrawn", version=row.version + 1)
    await keep_words(tx, row.id, content)


def _add_published(
    tx: Transaction,
    article_id: UUID,
    content: Mapping[str, Any],
    *,
    fact: ItemVersionPublished,
    step: str,
    version: int,
) -> None:
    add_article_step(
        tx,
        article_id,
        step=step,
        state=PUBLISHED,
        reason=f"办事指南第 {fact.version} 版",
        version=version,
        content=dict(content),
    )


async def _mark_stale(
    tx: Transaction, fact: ItemVersionPublished, row: Row[Any], content: Mapping[str, Any]
) -> None:
    why = f"办事指南已更新为第 {fact.version} 版，本答案由部门改写过，请核对"
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        item_version=fact.version,
        is_stale=True,
        stale_reason=why,
        pending=dict(content),
        pending_by="guide",
        row_version=row.row_version + 1,
    )
    add_article_step(
        tx, row.id, step="marked-stale", state=row.state, reason=why, version=row.version
    )
    days = int(await tx.rule("knowledge-redraw-days"))
    await add_task(
        tx,
        kind=REDRAW,
        department=row.department,
        title=row.title,
        due_on=local_date(tx.now) + timedelta(days=days),
        kb_article_id=row.id,
    )


async def _retire(tx: Transaction, row: Row[Any], why: str) -> None:
    if row.state == RETIRED:
        return
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        state=RETIRED,
        row_version=row.row_version + 1,
    )
    add_article_step(tx, row.id, step="retired", state=RETIRED, reason=why, version=row.version)
    await keep_words(tx, row.id, None)
    await close_tasks_of(tx, row.id, outcome="retired", reason=why)
