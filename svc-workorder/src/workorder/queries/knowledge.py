"""Reads of the knowledge base."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select

from chassis.errors import InvalidError
from workorder.domain.knowledge import PUBLISHED
from workorder.domain.search import search_words
from workorder.tables import kb_article_words, kb_articles, kb_tasks, work_order_citations

_t = kb_articles.c


class QuestionTooShortError(InvalidError):
    code = "query-too-short"
    title_zh = "请至少输入两个字再搜索"
    title_en = "Type at least two characters to search"


def answers_where(
    today: date,
    *,
    q: str | None = None,
    category: str | None = None,
    department: str | None = None,
    item_code: str | None = None,
) -> Select[Any]:
    """Published answers that hold today, with how often each was used; raises QuestionTooShortError."""
    used = (
        select(func.count())
        .where(work_order_citations.c.kb_article_id == _t.id)
        .correlate(kb_articles)
        .scalar_subquery()
    )
    statement = select(kb_articles, used.label("use_count")).where(
        _t.state == PUBLISHED,
        or_(_t.valid_from.is_(None), _t.valid_from <= today),
        or_(_t.valid_until.is_(None), _t.valid_until >= today),
    )
    if q:
        words = search_words(q)
        if not words:
            raise QuestionTooShortError
        w = kb_article_words.c
        # Looked up first: the array index cannot be used under the row security of the articles.
        found = select(w.kb_article_id).where(w.words.contains(words)).cte("found")
        statement = statement.where(_t.id.in_(select(found.c.kb_article_id)))
    return _narrowed(statement, category, department, item_code)


def articles_where(
    *,
    state: str | None = None,
    category: str | None = None,
    department: str | None = None,
    item_code: str | None = None,
    stale: bool | None = None,
    pending: bool | None = None,
    due_by: date | None = None,
) -> Select[Any]:
    """Articles in any state, within the caller's reach."""
    statement = select(kb_articles)
    if state is not None:
        statement = statement.where(_t.state == state)
    if stale is not None:
        statement = statement.where(_t.is_stale.is_(stale))
    if pending is not None:
        none_waits = _t.pending.is_(None)
        statement = statement.where(~none_waits if pending else none_waits)
    if due_by is not None:
        statement = statement.where(_t.state == PUBLISHED, _t.review_due <= due_by)
    return _narrowed(statement, category, department, item_code)


def _narrowed(
    statement: Select[Any], category: str | None, department: str | None, item_code: str | None
) -> Select[Any]:
    equals = {"category": category, "department": department, "item_code": item_code}
    for name, value in equals.items():
        if value is not None:
            statement = statement.where(_t[name] == value)
    return statement


def tasks_where(*, kind: str | None = None, is_open: bool = True) -> Select[Any]:
    """What is to be done, or what was done."""
    t = kb_tasks.c
    statement = select(kb_tasks).where(
        t.closed_at.is_(None) if is_open else t.closed_at.is_not(None)
    )
    return statement if kind is None else statement.where(t.kind == kind)
