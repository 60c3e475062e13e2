from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.clock import local_date
from chassis.ids import new_id
from chassis.steps import step_row
from chassis.transaction import Transaction
from contracts.events.catalog import ItemVersionPublished, ItemVersionWithdrawn
from workorder.domain.knowledge import GUIDE, PUBLISHED, REDRAW, RETIRED, drawn_from
from workorder.repository.knowledge import (
    add_article_step,
    add_task,
    close_tasks_of,
    columns_of,
    keep_words,
    words_of,
)
from workorder.tables import kb_article_steps, kb_article_words, kb_articles


async def draw_articles(facts: Sequence[ItemVersionPublished], tx: Transaction) -> None:
    """Draw answers from guides that were published; of an older version than is known, nothing.

    Two people published a guide, so what is drawn from it is published at once. What a department has rewritten
    since is not overwritten: it is marked stale, the new text waits beside it, and the department is asked to look.
    What is new goes to the books together, because a list of thousands is told at once.
    """
    newest = {each.item_id: each for each in sorted(facts, key=lambda one: one.version)}
    days = int(await tx.rule("knowledge-review-days"))
    due = (local_date(tx.now) + timedelta(days=days)).isoformat()
    known = await _drawn(tx, sorted(newest))
    new: list[_New] = []
    for item_id, fact in newest.items():
        rows = known.get(item_id, [])
        if not any(row.item_version >= fact.version for row in rows):
            new += await _draw(tx, fact, rows, due=due)
    await _add(tx, new)


@dataclass(frozen=True, kw_only=True)
class _New:
    """An article that no part of an earlier version was drawn for."""

    id: UUID
    fact: ItemVersionPublished
    part: str
    content: Mapping[str, Any]


async def _draw(
    tx: Transaction, fact: ItemVersionPublished, rows: Sequence[Row[Any]], *, due: str
) -> list[_New]:
    known = {row.part: row for row in rows}
    parts = dict(drawn_from(fact.guide))
    new = []
    for part, drawn in parts.items():
        content = {**drawn, "category": "", "owner": fact.guide.department_name, "review_due": due}
        row = known.get(part)
        if row is None:
            new.append(_New(id=new_id(), fact=fact, part=part, content=content))
        elif row.origin == GUIDE:
            await _draw_anew(tx, fact, row, content)
        elif row.answer != drawn["answer"]:
            await _mark_stale(tx, fact, row, content)
    for part, row in known.items():
        if part not in parts and row.origin == GUIDE:
            await _retire(tx, row, f"指南第 {fact.version} 版不再有此项内容")
    return new


async def retire_drawn_articles(fact: ItemVersionWithdrawn, tx: Transaction) -> None:
    """An item is withdrawn: answers drawn from it are no longer found."""
    for row in (await _drawn(tx, [fact.item_id])).get(fact.item_id, []):
        await _retire(tx, row, "事项已撤回")


async def _drawn(tx: Transaction, item_ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """What was drawn for these items, locked in one order until the end."""
    statement = (
        select(kb_articles)
        .where(kb_articles.c.item_id.in_(item_ids))
        .order_by(kb_articles.c.id)
        .with_for_update()
    )
    found: dict[UUID, list[Row[Any]]] = {}
    for row in await tx.all(statement):
        found.setdefault(row.item_id, []).append(row)
    return found


async def _add(tx: Transaction, new: Sequence[_New]) -> None:
    """Keep new articles with their histories and words, a statement for each table."""
    await tx.insert_many(
        kb_articles,
        [
            {
                "id": each.id,
                "state": PUBLISHED,
                "origin": GUIDE,
                "department": each.fact.guide.department,
                "is_stale": False,
                "stale_reason": "",
                "item_id": each.fact.item_id,
                "item_code": each.fact.guide.item_code,
                "item_version": each.fact.version,
                "part": each.part,
                "answered_at": each.fact.published_at,
                "created_at": tx.now,
                "version": 1,
                "row_version": 1,
                **columns_of(each.content),
            }
            for each in new
        ],
    )
    await tx.insert_many(
        kb_article_steps,
        [
            step_row(
                tx,
                of={"kb_article_id": each.id},
                step="drawn",
                state=PUBLISHED,
                reason=_reason(each.fact),
                version=1,
                content=dict(each.content),
            )
            for each in new
        ],
    )
    await tx.insert_many(
        kb_article_words,
        [{"kb_article_id": each.id, "words": words_of(each.content)} for each in new],
    )


def _reason(fact: ItemVersionPublished) -> str:
    return f"办事指南第 {fact.version} 版"


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
    add_article_step(
        tx,
        row.id,
        step="redrawn",
        state=PUBLISHED,
        reason=_reason(fact),
        version=row.version + 1,
        content=dict(content),
    )
    await keep_words(tx, row.id, content)


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
