"""Keyset paging: a list goes on after the last row seen, never after an offset."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import (
    ClauseElement,
    Column,
    ColumnElement,
    Executable,
    Row,
    Select,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

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
    sort: str | None = None


async def _page_query(
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=CURSOR_CHARACTERS_MAX)] = None,
    count: Annotated[Literal["exact", "estimate"] | None, Query()] = None,
    sort: Annotated[str | None, Query(pattern=r"^-?[a-z_]{1,60}$")] = None,
) -> PageQuery:
    # A coroutine, because FastAPI sends any other dependency through a thread.
    return PageQuery(limit=limit, cursor=cursor, count=count, sort=sort)


Paging = Annotated[PageQuery, Depends(_page_query)]
"""`limit`, `cursor`, `count` and `sort` of a list, as query parameters."""


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
    sorts: Sequence[Column[Any]] = (),
) -> Page[T]:
    """One page of `statement`, ordered by the columns `by` (the last one unique), all in one direction.

    `kind` names the list, filters included: a cursor of one list is refused by another. `sort` names the first
    of `by`, or one of `sorts` (never null, with an index): `sort=name` rises, `sort=-name` falls.
    """
    if paging.sort is not None:
        by, descending = _sorted_by(paging.sort, by, sorts)
        kind = f"{kind} {paging.sort}"
    count = await _count(tx, statement, paging.count)
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


def _sorted_by(
    wanted: str, by: Sequence[Column[Any]], sorts: Sequence[Column[Any]]
) -> tuple[Sequence[Column[Any]], bool]:
    """The columns and the direction that `sort` asks for; raises BadRequestError, naming what there is."""
    orders = {by[0].name: by, **{column.name: (column, by[-1]) for column in sorts}}
    name = wanted.removeprefix("-")
    if name not in orders:
        known = ", ".join(orders)
        raise BadRequestError(
            f"此列表不能按 {name} 排序；可用：{known}（前面加 - 为倒序）",
            f"This list is not sorted by {name}; it knows: {known} (with - in front: falling)",
            code="unknown-sort",
        )
    return orders[name], wanted.startswith("-")


async def _count(tx: Transaction, statement: Select[Any], how: str | None) -> int | None:
    if how == "exact":
        return int(await tx.scalar(select(func.count()).select_from(statement.subquery())) or 0)
    if how == "estimate":
        # The planner's own guess: right to some percent on a large list, at the cost of planning alone.
        plan = await tx.scalar(_Explained(statement))
        found = json.loads(plan) if isinstance(plan, str) else plan
        return int(found[0]["Plan"]["Plan Rows"])
    return None


class _Explained(Executable, ClauseElement):
    """EXPLAIN of a statement, with its parameters bound as its own."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(_Explained, "postgresql")
def _explained(element: _Explained, compiler: SQLCompiler, **options: Any) -> str:
    return "EXPLAIN (FORMAT JSON) " + compiler.process(element.statement, **options)


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
    if python_type is date:
        return date.fromisoformat(str(value))
    return UUID(str(value)) if python_type is UUID else value
