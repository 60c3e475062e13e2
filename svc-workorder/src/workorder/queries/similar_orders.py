"""Orders about the same matter (重复、并发诉求): found by the index of words, week by week, and by who called.

What is looked at does not grow with the books: every word asked for is asked for together with the weeks that count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, TextClause, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.transaction import Transaction
from workorder.domain.search import week_mark
from workorder.domain.similarity import (
    Appeal,
    Similar,
    SimilarityRules,
    alike,
    is_same_place,
    probes_of,
)
from workorder.queries.work_orders import word_shares
from workorder.repository.work_orders import contact_index
from workorder.tables import work_order_callers, work_order_words, work_orders

CANDIDATES_MAX = 400
CANDIDATES_OF_PAIR = 40
BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true)")
AS_BEFORE = text("SELECT set_config('enable_seqscan', 'on', true)")
CANDIDATES = text(
    """
SELECT DISTINCT found.work_order_id
FROM unnest(CAST(:ones AS text[]), CAST(:others AS text[]), CAST(:weeks AS text[])) AS asked (one, other, week)
CROSS JOIN LATERAL (
    SELECT w.work_order_id FROM work_order_words w
    WHERE w.words @> ARRAY[asked.one, asked.other, asked.week] LIMIT :each
) AS found
LIMIT :most
"""
)
"""Each pair is asked for together with one week, one after another: the index steps from match to match of the rarest
of the three. Asked for in one condition, PostgreSQL would read whole lists, or the whole table.
"""
CALLS_MAX = 50


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """To what others are compared; `contact` is the blind index of a telephone."""

    appeal: Appeal
    caller_id: UUID | None = None
    contact: bytes | None = None
    but: UUID | None = None
    """The order itself."""

    @classmethod
    def new(
        cls, tx: Transaction, appeal: Appeal, *, caller_id: UUID | None, phone: str | None
    ) -> "Wanted":
        contact = contact_index(tx, phone) if phone else None
        return cls(appeal=appeal, caller_id=caller_id, contact=contact)


async def wanted_of(tx: Transaction, order_row: Row[Any]) -> Wanted:
    """An order that is there already."""
    t = work_order_callers.c
    contact = await tx.scalar(select(t.contact_index).where(t.work_order_id == order_row.id))
    return Wanted(
        appeal=_appeal_of(order_row),
        caller_id=order_row.caller_id,
        contact=contact,
        but=order_row.id,
    )


async def similar_orders(tx: Transaction, wanted: Wanted) -> list[Similar]:
    """Orders within reach that are much the same, the most alike first."""
    rules = SimilarityRules.of(await tx.rule("similar-orders"))
    since = tx.now - timedelta(days=rules.days)
    calls = await _calls_of_same(tx, wanted, since)
    probes = probes_of(wanted.appeal, await word_shares(tx))
    weeks = weeks_between(since, tx.now)
    found = await _candidates(tx, probes, weeks) if probes else []
    ids = list({*found, *calls} - {wanted.but})
    if not ids:
        return []
    words = wanted.appeal.words
    rows = await tx.all(_compared(ids, words, since))
    similar = [_similar(row, wanted.appeal, len(words), calls, rules) for row in rows]
    near = [each for each in similar if each.score >= rules.score]
    return sorted(near, key=lambda each: (-each.score, each.order.id))[: rules.most]


async def _candidates(
    tx: Transaction, probes: Sequence[Sequence[str]], weeks: Sequence[str]
) -> list[UUID]:
    """By the index, always: PostgreSQL takes three lists that meet for three lists that are read."""
    await tx.execute(BY_INDEX)
    rows = await tx.all(candidates(probes, weeks))
    await tx.execute(AS_BEFORE)
    return [row.work_order_id for row in rows]


def candidates(probes: Sequence[Sequence[str]], weeks: Sequence[str]) -> TextClause:
    """Orders of these weeks that have both words of at least one pair."""
    asked = [(pair[0], pair[-1], week) for pair in probes for week in weeks]
    ones, others, marks = (list(each) for each in zip(*asked, strict=True))
    return CANDIDATES.bindparams(
        ones=ones, others=others, weeks=marks, each=CANDIDATES_OF_PAIR, most=CANDIDATES_MAX
    )


def weeks_between(since: datetime, until: datetime) -> list[str]:
    """The marks of every week in a span."""
    marks, at = [], since
    while at < until:
        marks.append(week_mark(at))
        at += timedelta(days=7)
    return sorted({*marks, week_mark(until)})


async def _calls_of_same(tx: Transaction, wanted: Wanted, since: datetime) -> set[UUID]:
    """Orders of the same caller, by their account or their telephone, the newest first."""
    ids: set[UUID] = set()
    if wanted.contact is not None:
        t = work_order_callers.c
        statement = select(t.work_order_id).where(t.contact_index == wanted.contact)
        newest = statement.order_by(t.work_order_id.desc()).limit(CALLS_MAX)
        ids.update(row.work_order_id for row in await tx.all(newest))
    if wanted.caller_id is not None:
        o = work_orders.c
        mine = select(o.id).where(o.caller_id == wanted.caller_id, o.opened_at >= since)
        ids.update(row.id for row in await tx.all(mine.order_by(o.id.desc()).limit(CALLS_MAX)))
    return ids


def _compared(ids: Sequence[UUID], words: Sequence[str], since: datetime) -> Select[Any]:
    t, w = work_orders.c, work_order_words.c
    mine = literal(list(words), ARRAY(Text))
    theirs = select(func.unnest(w.words)).correlate(work_order_words)
    both = theirs.intersect(select(func.unnest(mine))).subquery()
    shared = select(func.count()).select_from(both).correlate(work_order_words).scalar_subquery()
    return (
        select(work_orders, shared.label("shared"), func.cardinality(w.words).label("size"))
        .join(work_order_words, w.work_order_id == t.id)
        .where(t.id == any_(literal(list(ids), ARRAY(t.id.type))), t.opened_at >= since)
    )


def _similar(
    row: Row[Any],
    appeal: Appeal,
    size: int,
    calls: set[UUID],
    rules: SimilarityRules,
) -> Similar:
    score, why = alike(
        shared=row.shared,
        # One of their words is the mark of the week.
        sizes=(size, row.size - 1),
        is_same_caller=row.id in calls,
        is_same_place=is_same_place(appeal, _appeal_of(row), metres=rules.metres),
    )
    return Similar(order=row, score=score, why=why)


def _appeal_of(row: Row[Any]) -> Appeal:
    return Appeal(
        title=row.title,
        content=row.content,
        place=row.place,
        longitude=row.longitude,
        latitude=row.latitude,
    )
