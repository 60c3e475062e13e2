"""What a month's callers spoke of, and where: categories, words that rise against the months before, places.

Words are counted in titles, which are masked; a count is the number of orders whose title has the word, and opens
down to exactly those.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from chassis.indicators import Period
from chassis.transaction import Transaction
from contracts.vocabulary import WorkOrderKind
from workorder.queries.ledgers import month_of
from workorder.tables import work_orders
from workorder.triage.words import words_of

MONTHS_BEFORE = 3
TITLES_MAX = 60_000
"""Of a month's titles, the newest; and as many of each of the months before."""
TOPICS_MAX = 20
COUNT_MIN = 2
WORD_CHARACTERS_MIN = 2
_t = work_orders.c


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A category, word or place: how many orders in the month, and a month before on average."""

    name: str
    division: str
    count: int
    before: float

    @property
    def rise(self) -> float:
        return self.count - self.before


@dataclass(frozen=True, kw_only=True)
class Topics:
    period: Period
    categories: Sequence[Topic]
    words: Sequence[Topic]
    places: Sequence[Topic]


async def hot_topics(tx: Transaction, month: str, *, division: str) -> Topics:
    """The month's topics within the caller's reach, by how much they rise."""
    period = month_of(month, division=division)
    before = _before(period)
    return Topics(
        period=period,
        categories=await _grouped(tx, _t.category, period, before),
        places=await _grouped(tx, _t.place, period, before),
        words=await _words(tx, period, before),
    )


def _before(period: Period) -> Period:
    assert period.first_day is not None
    first = period.first_day
    for _ in range(MONTHS_BEFORE):
        first = (first - timedelta(days=1)).replace(day=1)
    last = period.first_day - timedelta(days=1)
    return Period(first_day=first, last_day=last, division=period.division)


def _opened(period: Period) -> ColumnElement[bool]:
    within = period.conditions(at=_t.opened_at, division=_t.division)
    return and_(_t.kind == WorkOrderKind.HOTLINE.value, *within)


async def _grouped(
    tx: Transaction, column: ColumnElement[str], period: Period, before: Period
) -> list[Topic]:
    counts: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate((period, before)):
        statement = (
            select(column.label("name"), _t.division, func.count().label("orders"))
            .where(_opened(each), column != "")
            .group_by(column, _t.division)
        )
        for row in await tx.all(statement):
            counts.setdefault((row.name, row.division), [0, 0])[place] = row.orders
    return _hottest(
        Topic(name=name, division=division, count=now, before=round(then / MONTHS_BEFORE, 2))
        for (name, division), (now, then) in counts.items()
    )


async def _words(tx: Transaction, period: Period, before: Period) -> list[Topic]:
    titles = [
        await _titles(tx, each, limit)
        for each, limit in ((period, TITLES_MAX), (before, TITLES_MAX * MONTHS_BEFORE))
    ]
    names = await asyncio.to_thread(_rising, *titles)
    if not names:
        return []
    counts = [await _having(tx, names, each) for each in (period, before)]
    return _hottest(
        Topic(name=name, division="", count=now, before=round(then / MONTHS_BEFORE, 2))
        for name, now, then in zip(names, *counts, strict=True)
    )


async def _titles(tx: Transaction, period: Period, limit: int) -> list[str]:
    newest = select(_t.title).where(_opened(period)).order_by(_t.opened_at.desc())
    return [row.title for row in await tx.all(newest.limit(limit))]


def _rising(now: Sequence[str], then: Sequence[str]) -> list[str]:
    """Words in more titles than the months before would let one expect."""
    counts, expected = _counted(now), _counted(then)
    rises = {
        word: count - expected[word] / MONTHS_BEFORE
        for word, count in counts.items()
        if count >= COUNT_MIN
    }
    return sorted(rises, key=lambda word: (-rises[word], word))[:TOPICS_MAX]


def _counted(titles: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for title in titles:
        counts.update(
            # The words are normalised; one that is not in the title as it stands could not be opened.
            {word for word in words_of(title) if len(word) >= WORD_CHARACTERS_MIN and word in title}
        )
    return counts


async def _having(tx: Transaction, names: Sequence[str], period: Period) -> Sequence[Any]:
    counts = [func.count().filter(_t.title.contains(name, autoescape=True)) for name in names]
    return (await tx.execute(select(*counts).where(_opened(period)))).one()


def _hottest(topics: Any) -> list[Topic]:
    return sorted(topics, key=lambda topic: (-topic.rise, -topic.count, topic.name))[:TOPICS_MAX]
