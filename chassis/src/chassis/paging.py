"""Keyset paging: a list goes on after the last row seen, never after an offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import Column, ColumnElement, Row, Select, func, literal, select, tuple_

from chassis.cursors import Cursors
from chassis.errors import BadRequestError
from chassis.schemas import Page
from chassis.transaction import Transaction

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
CURSOR_CHARACTERS_MAX = 1_000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PageQuery:
    """Which piece of a list is asked for."""

    limit: int = LIMIT_DEFAULT
    cursor: str | None = None
    count: str | None = None


async def _page_query(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=CURSOR_CHARACTERS_MAX)] = None,
    count: Annotated[Literal["exact"] | None, Query()] = None,
) -> PageQuery:
    # A coroutine, because FastAPI sends any other dependency through a thread.
    return PageQuery(limit=limit, cursor=cursor, count=count)


Paging = Annotated[PageQuery, Depends(_page_query)]
"""`limit`, `cursor` and `count` of a list, as query parameters."""


async def page_of(
    tx: Transaction,
    statement: Select[Any],
    *,
    by: Sequence[Column[Any]],
    paging: PageQuery,
    cursors: Cursors,
    kind: str,
    show: Callable[[Row[Any]], T],
    descending: bool = True,
) -> Page[T]:
    """One page of `statement`, ordered by the columns `by` (the last one unique), all in one direction.

    `kind` names the list, filters included: a cursor of one list is refused by another.
    """
    count = None
    if paging.count == "exact":
        count = int(await tx.scalar(select(func.count()).select_from(statement.subquery())) or 0)
    page = statement
    if paging.cursor is not None:
        seen = tuple_(
            *(
                literal(_parsed(value, column), column.type)
                for value, column in _opened(paging.cursor, cursors, kind, by)
            )
        )
        keys = tuple_(*by)
        page = page.where(keys < seen if descending else keys > seen)
    order: list[ColumnElement[Any]] = [
        column.desc() if descending else column.asc() for column in by
    ]
    rows = await tx.all(page.order_by(*order).limit(paging.limit + 1))
    next_cursor = None
    if len(rows) > paging.limit:
        last = rows[paging.limit - 1]
        next_cursor = cursors.seal(kind, [_plain(getattr(last, column.name)) for column in by])
    return Page(
        results=[show(row) for row in rows[: paging.limit]], next_cursor=next_cursor, count=count
    )


def _opened(
    cursor: str, cursors: Cursors, kind: str, by: Sequence[Column[Any]]
) -> list[tuple[Any, Column[Any]]]:
    values = cursors.open(kind, cursor)
    if len(values) != len(by):
        raise BadRequestError(
            "分页游标无效", "The cursor is not one of this list", code="bad-cursor"
        )
    return list(zip(values, by, strict=True))


def _plain(value: Any) -> str | int | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) or value is None else str(value)


def _parsed(value: Any, column: Column[Any]) -> Any:
    python_type = column.type.python_type
    if python_type is datetime:
        return datetime.fromisoformat(str(value))
    return UUID(str(value)) if python_type is UUID else value
