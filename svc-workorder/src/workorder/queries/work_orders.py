"""Reads of work orders (工单): lists and the search by words."""

import time
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    any_,
    case,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.clock import local_date
from chassis.errors import NotFoundError
from chassis.ids import is_readable_number
from chassis.transaction import Transaction
from workorder.domain.search import search_words
from workorder.domain.work_order import QueryTooShortError
from workorder.queries.reach import within
from workorder.tables import (
    work_order_words,
    work_orders,
)

FEW_MATCHES = 3_000
"""Up to this many matches of a search are looked up one by one."""
RARE_WORDS = 3
FREQUENCIES_FRESH_SECONDS = 300.0
_NO_WORDS = sql_text("'{}'::text[]")
_FREQUENCIES = sql_text(
    "SELECT most_common_elems::text::text[] AS words, most_common_elem_freqs AS shares FROM pg_stats "
    "WHERE tablename = 'work_order_words' AND attname = 'words' AND most_common_elems IS NOT NULL"
)


async def work_orders_where(
    tx: Transaction,
    *,
    kind: str | None = None,
    state: str | None = None,
    department: str | None = None,
    category: str | None = None,
    q: str | None = None,
    overdue: bool | None = None,
    due_before: date | None = None,
) -> Select[Any]:
    """Work orders within the caller's reach; raises QueryTooShortError for a `q` that no index serves."""
    statement = within(
        select(work_orders),
        tx.scope,
        own=work_orders.c.caller_id,
        department=work_orders.c.department,
    )
    equals = {"kind": kind, "state": state, "department": department, "category": category}
    for name, value in equals.items():
        if value:
            statement = statement.where(work_orders.c[name] == value)
    if q:
        statement = statement.where(await _says(tx, q.strip()))
    if overdue is not None:
        is_late = work_orders.c.due_on < local_date(tx.now)
        running = work_orders.c.is_clock_running
        statement = statement.where(running, is_late if overdue else ~is_late)
    if due_before is not None:
        statement = statement.where(work_orders.c.due_on < due_before)
    return statement


async def _says(tx: Transaction, q: str) -> ColumnElement[bool]:
    """Orders whose number or words are these.

    Few matches are found by the array index, once. With many, the newest orders within reach are walked and their
    words looked at, until the page is full: what is common is met soon. The planner cannot tell the two apart,
    because neighbouring pairs are not independent.
    """
    if is_readable_number(q.upper()):
        return work_orders.c.number == q.upper()
    words = search_words(q)
    if not words:
        raise QueryTooShortError
    table = work_order_words
    rare = await _rarest(tx, words)
    matching = select(table.c.work_order_id).where(table.c.words.contains(rare))
    if len(rare) < len(words):
        # Written so that the index is not asked for the common ones too: they are checked on what it found.
        matching = matching.where(
            func.array_cat(table.c.words, _NO_WORDS, type_=ARRAY(Text)).contains(words)
        )
    found = [row.work_order_id for row in await tx.all(matching.limit(FEW_MATCHES + 1))]
    if len(found) <= FEW_MATCHES:
        return work_orders.c.id == any_(literal(found, ARRAY(work_orders.c.id.type)))
    said = select(table.c.words).where(table.c.work_order_id == work_orders.c.id)
    # A CASE is estimated at one half, so that the planner trusts the walk to end soon.
    return case((said.scalar_subquery().contains(words), true()), else_=false())


class _Frequencies:
    """How common words are, as PostgreSQL's own statistics say; read again now and then, shared by all requests."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}
        self.read_at = float("-inf")


_frequencies = _Frequencies()


async def _rarest(tx: Transaction, words: list[str]) -> list[str]:
    """The few rarest of these words: the index's work grows with every common word it is asked for."""
    if len(words) <= RARE_WORDS:
        return words
    shares = await word_shares(tx)
    return sorted(words, key=lambda word: shares.get(word, 0.0))[:RARE_WORDS]


async def word_shares(tx: Transaction) -> Mapping[str, float]:
    """In which share of the orders the common words stand; a word that is not named stands in few."""
    if time.monotonic() - _frequencies.read_at > FREQUENCIES_FRESH_SECONDS:
        row = (await tx.execute(_FREQUENCIES)).one_or_none()
        _frequencies.of = dict(zip(row.words, row.shares, strict=False)) if row else {}
        _frequencies.read_at = time.monotonic()
    return _frequencies.of


async def work_order_row(tx: Transaction, work_order_id: UUID) -> Row[Any]:
    row = await tx.one_or_none(select(work_orders).where(work_orders.c.id == work_order_id))
    if row is None:
        raise NotFoundError
    return row
