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
from contracts.events.workorder import KnowledgeReviewDue
from workorder.domain.knowledge import (
    GUIDE,
    PUBLISHED,
    REDRAW,
    RETIRED,
    REVIEW,
    PublicGuide,
    drawn_from,
)
from workorder.repository.knowledge import (
    add_article_step,
    add_task,
    close_tasks_of,
    columns_of,
    has_open_task,
    keep_words,
    words_of,
)
from workorder.repository.undrawn import stay_off_catch_up
from workorder.tables import kb_article_steps, kb_article_words, kb_articles


async def draw_articles(guides: Sequence[PublicGuide], tx: Transaction) -> None:
    """Draw answers from guides that are public; of an older version than was drawn from, nothing.

    Two people published a guide, so what is drawn from it is published at once. What a department has rewritten
    since is not overwritten: it is marked stale, the new text waits beside it, and the department is asked to look.
    What a person took out of use stays out, and the department is told that its guide says something else now.
    What is new goes to the books together, because a list of thousands is told at once.
    """
    newest = {each.item_id: each for each in sorted(guides, key=lambda one: one.version)}
    await stay_off_catch_up(tx)
    days = int(await tx.rule("knowledge-review-days"))
    due = (local_date(tx.now) + timedelta(days=days)).isoformat()
    known = await _drawn(tx, sorted(newest))
    new: list[_New] = []
    for item_id, public in newest.items():
        rows = known.get(item_id, [])
        if not any(row.item_version >= public.version for row in rows):
            new += await _draw(tx, public, rows, due=due)
    await _add(tx, new)


@dataclass(frozen=True, kw_only=True)
class _New:
    """An article that no part of an earlier version was drawn for."""

    id: UUID
    public: PublicGuide
    part: str
    content: Mapping[str, Any]


async def _draw(
    tx: Transaction, public: PublicGuide, rows: Sequence[Row[Any]], *, due: str
) -> list[_New]:
    known = {row.part: row for row in rows}
    parts = dict(drawn_from(public.guide))
    new = []
    for part, drawn in parts.items():
        content = {
            **drawn,
            "category": "",
            "owner": public.guide.department_name,
            "review_due": due,
        }
        row = known.get(part)
        if row is None:
            new.append(_New(id=new_id(), public=public, part=part, content=content))
        elif row.origin == GUIDE and not row.is_kept_out:
            await _draw_anew(tx, public, row, content)
        elif _says(row) == drawn["answer"]:
            _note_same(tx, public, row)
        else:
            await _mark_stale(tx, public, row, content)
    for part, row in known.items():
        if part not in parts and row.origin == GUIDE:
            await _retire(tx, row, f"指南第 {public.version} 版不再有此项内容")
    return new


async def retire_drawn_articles(item_id: UUID, tx: Transaction) -> None:
    """An item is withdrawn: answers drawn from it are no longer found."""
    await stay_off_catch_up(tx)
    for row in (await _drawn(tx, [item_id])).get(item_id, []):
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
                "department": each.public.guide.department,
                "is_stale": False,
                "stale_reason": "",
                "item_id": each.public.item_id,
                "item_code": each.public.guide.item_code,
                "item_version": each.public.version,
                "part": each.part,
                "answered_at": each.public.published_at,
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
                reason=_reason(each.public),
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


def _reason(public: PublicGuide) -> str:
    return f"办事指南第 {public.version} 版"


async def _draw_anew(
    tx: Transaction, public: PublicGuide, row: Row[Any], content: Mapping[str, Any]
) -> None:
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        state=PUBLISHED,
        item_version=public.version,
        is_stale=False,
        stale_reason="",
        answered_at=public.published_at,
        version=row.version + 1,
        row_version=row.row_version + 1,
        **columns_of(content),
    )
    add_article_step(
        tx,
        row.id,
        step="redrawn",
        state=PUBLISHED,
        reason=_reason(public),
        version=row.version + 1,
        content=dict(content),
    )
    await keep_words(tx, row.id, content)


def _says(row: Row[Any]) -> str:
    """What the guide was last known to say here, where an article is not to follow it by itself."""
    told = row.pending if row.pending_by == GUIDE else None
    return str(told["answer"] if told else row.answer)


def _note_same(tx: Transaction, public: PublicGuide, row: Row[Any]) -> None:
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        item_version=public.version,
        row_version=row.row_version + 1,
    )
    reason = f"{_reason(public)}，此项未变"
    add_article_step(
        tx, row.id, step="guide-unchanged", state=row.state, reason=reason, version=row.version
    )


async def _mark_stale(
    tx: Transaction, public: PublicGuide, row: Row[Any], content: Mapping[str, Any]
) -> None:
    """The guide says something else than an article that does not follow it: the new text waits, somebody looks."""
    why = f"办事指南已更新为第 {public.version} 版，本答案由部门改写过，请核对"
    if row.is_kept_out:
        why = f"办事指南已更新为第 {public.version} 版，停用的答案不随之恢复，请核对"
    tx.update(
        kb_articles,
        match={"id": row.id, "row_version": row.row_version},
        item_version=public.version,
        is_stale=True,
        stale_reason=why,
        pending=dict(content),
        pending_by=GUIDE,
        row_version=row.row_version + 1,
    )
    add_article_step(
        tx, row.id, step="marked-stale", state=row.state, reason=why, version=row.version
    )
    await _ask_to_look(tx, row)


async def _ask_to_look(tx: Transaction, row: Row[Any]) -> None:
    """Something to do for the department, once however many versions come; of what is out of use it is told, too."""
    kind = REVIEW if row.is_kept_out else REDRAW
    if await has_open_task(tx, row.id, kind):
        return
    due_on = local_date(tx.now) + timedelta(days=int(await tx.rule("knowledge-redraw-days")))
    await add_task(
        tx,
        kind=kind,
        department=row.department,
        title=row.title,
        due_on=due_on,
        kb_article_id=row.id,
    )
    if row.is_kept_out:
        tx.tell(
            KnowledgeReviewDue(article_id=row.id, review_due=due_on, told_at=tx.now),
            aggregate_id=row.id,
            sequence=row.row_version + 1,
            department=row.department,
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
