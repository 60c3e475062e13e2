"""Reads for screens and searches; they never write."""

import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, func, or_, select, true
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

from catalog.domain.item import VersionState
from catalog.domain.ranking import Candidate, Question, Weights, ask, score
from catalog.domain.words import is_latin, plain, runs, sound_text
from catalog.tables.items import (
    departments,
    divisions,
    everyday_words,
    halls,
    item_versions,
    items,
    published_items,
)
from chassis.errors import NotFoundError
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction

CANDIDATES_MAX = 800
"""Items looked at closely for one search; those with the rarest words in common come first."""

SYLLABLES_SURE = 3
TOTAL_MIN = 1_000
"""Weights of a nearly empty book are no use; it is taken for a small town's."""

_LISTED = (*(c for c in published_items.c if c.name != "grams"),)


@dataclass(frozen=True, kw_only=True)
class ItemFilter:
    """Which published items; what is left out filters nothing."""

    division: str = ""
    """With everything below it."""
    department: str = ""
    managing_area: str = ""
    task_type: str = ""
    audience: str = ""
    channel: str = ""
    on_application: bool | None = None
    four_exempt: bool | None = None
    show_code: bool | None = None
    one_window: bool | None = None
    cross_region: bool | None = None
    visits_max: int | None = None
    online_depth_min: int | None = None
    has_statutory_days: bool | None = None
    on_any_channel: bool | None = None
    last_day: date | None = None
    """First published on or before this day."""


def conditions_of(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """A filter as conditions on published items."""
    t = published_items.c
    found: list[ColumnElement[bool]] = [t.is_open.is_(True)]
    if wanted.division:
        found.append(t.division.startswith(subtree_prefix(wanted.division), autoescape=True))
    for column, text in (
        (t.department, wanted.department),
        (t.managing_area, wanted.managing_area),
        (t.task_type, wanted.task_type),
    ):
        if text:
            found.append(column == text)
    for column, text in ((t.audience, wanted.audience), (t.channels, wanted.channel)):
        if text:
            found.append(column.contains([text]))
    return [*found, *_flags(wanted), *_bounds(wanted)]


def _flags(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    t = published_items.c
    flags = (
        (t.is_on_application, wanted.on_application),
        (t.is_four_exempt, wanted.four_exempt),
        (t.is_show_code, wanted.show_code),
        (t.is_one_window, wanted.one_window),
        (t.is_cross_region, wanted.cross_region),
    )
    return [column.is_(flag) for column, flag in flags if flag is not None]


def _bounds(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    t = published_items.c
    found: list[ColumnElement[bool]] = []
    if wanted.visits_max is not None:
        found.append(t.visits <= wanted.visits_max)
    if wanted.online_depth_min is not None:
        found.append(t.online_depth >= wanted.online_depth_min)
    if wanted.has_statutory_days is not None:
        found.append(t.statutory_days.is_not(None) == wanted.has_statutory_days)
    if wanted.on_any_channel is not None:
        found.append((func.cardinality(t.channels) > 0) == wanted.on_any_channel)
    return [*found, *Period(last_day=wanted.last_day).conditions(at=t.first_published_at)]


def listed(wanted: ItemFilter) -> Select[Any]:
    """Published items with the name of their division."""
    return (
        select(*_LISTED, divisions.c.name.label("division_name"))
        .outerjoin(divisions, divisions.c.code == published_items.c.division)
        .where(*conditions_of(wanted))
    )


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An item that answers a query, with its score, as an integer so that a cursor can hold it."""

    item_id: UUID
    score: int
    length: int

    @property
    def place(self) -> tuple[int, int, str]:
        """Best first, then the shorter name; no two are the same."""
        return -self.score, self.length, str(self.item_id)


async def search(tx: Transaction, text: str, wanted: ItemFilter) -> tuple[Question, list[Hit]]:
    """Items that answer a query, best first; at most CANDIDATES_MAX of them."""
    everyday, by_sound = await _everyday(tx, text)
    question = ask(text, everyday, by_sound=by_sound)
    weights = await _weights(tx, question)
    chosen = _rarest(question, weights)
    if not chosen:
        chosen = [character for character in question.core if not character.isspace()]
    t = published_items.c
    given = bindparam("grams", chosen, type_=ARRAY(Text))
    statement = (
        select(t.id, t.plain_name, t.main_item, t.keywords, t.department_name)
        .where(*conditions_of(wanted), t.grams.op("&&")(given))
        .order_by(func.char_length(t.plain_name), t.id)
        .limit(CANDIDATES_MAX)
    )
    hits = []
    for row in await tx.all(statement):
        candidate = Candidate(
            name=row.plain_name,
            main_item=plain(row.main_item),
            keywords=plain(row.keywords),
            department=row.department_name,
        )
        value = round(score(question, candidate, weights) * 1_000_000)
        if value > 0:
            hits.append(Hit(item_id=row.id, score=value, length=len(row.plain_name)))
    hits.sort(key=lambda hit: hit.place)
    return question, hits


async def found(tx: Transaction, hits: Sequence[Hit]) -> list[Row[Any]]:
    """The rows of some hits, in their order."""
    if not hits:
        return []
    ids = [hit.item_id for hit in hits]
    rows = await tx.all(listed(ItemFilter()).where(published_items.c.id.in_(ids)))
    by_id = {row.id: row for row in rows}
    return [by_id[item_id] for item_id in ids if item_id in by_id]


async def _everyday(
    tx: Transaction, text: str
) -> tuple[Mapping[str, tuple[str, ...]], list[tuple[str, ...]]]:
    """The everyday words that stand in a query, and official words of those that only sound like it."""
    t = everyday_words.c
    asked = {
        "asked": text.lower(),
        "sounds": sound_text(text, latin=False),
        "pinyin": sound_text(text, latin=True),
        "latin": [run for run in runs(text) if is_latin(run)],
    }
    literal = func.strpos(bindparam("asked", type_=Text), t.everyday) > 0
    # Two syllables alone are too often another word; three, or two that were typed as pinyin, are meant.
    sounds_alike = and_(
        func.char_length(t.everyday) >= SYLLABLES_SURE,
        func.strpos(bindparam("sounds", type_=Text), t.sound) > 0,
    )
    spelled = and_(
        t.sound != "",
        func.strpos(bindparam("pinyin", type_=Text), t.sound) > 0,
    )
    shortened = t.initials == func.any(bindparam("latin", type_=ARRAY(Text)))
    statement = select(t.everyday, t.official, literal.label("is_literal")).where(
        literal | sounds_alike | spelled | shortened
    )
    rows = (await tx.execute(statement, asked)).all()
    return (
        {row.everyday: tuple(row.official) for row in rows if row.is_literal},
        [tuple(row.official) for row in rows if row.official and not row.is_literal],
    )


_COUNTS = sql_text(
    "SELECT asked.gram, (SELECT count(*) FROM published_items p "
    "WHERE p.grams @> ARRAY[asked.gram] AND p.is_open) AS n FROM unnest(:grams) AS asked(gram)"
).bindparams(bindparam("grams", type_=ARRAY(Text)))


COUNTS_FRESH_SECONDS = 60.0
COUNTS_KEPT_MAX = 50_000
_counted: WeakKeyDictionary[AsyncEngine, tuple[float, dict[str, int]]] = WeakKeyDictionary()
"""Counts as one process last read them, by database: weights may be a minute old, presence may not."""


async def _weights(tx: Transaction, question: Question) -> Weights:
    """How many items have each gram of the query."""
    read_at, known = _counted.get(tx.engine, (0.0, {}))
    if clock.monotonic() - read_at > COUNTS_FRESH_SECONDS or len(known) > COUNTS_KEPT_MAX:
        total = await tx.scalar(select(func.count()).select_from(published_items))
        known = {"": int(total or 0)}
        _counted[tx.engine] = (clock.monotonic(), known)
    asked = [gram for gram in question.retrieval if gram not in known]
    if asked:
        rows = (await tx.execute(_COUNTS, {"grams": asked})).all()
        known.update({row.gram: int(row.n) for row in rows if row.n})
    counts = {gram: known[gram] for gram in question.retrieval if gram in known}
    return Weights(total=max(TOTAL_MIN, known[""], *counts.values()), counts=counts)


def _rarest(question: Question, weights: Weights) -> list[str]:
    """The rarest grams that together name few enough items; at least one."""
    present = sorted(
        (count, gram) for gram in question.retrieval if (count := weights.counts.get(gram, 0)) > 0
    )
    chosen: list[str] = []
    named = 0
    for count, gram in present:
        if chosen and named + count > 3 * CANDIDATES_MAX:
            break
        chosen.append(gram)
        named += count
    return chosen


def item_with_version(item_id: UUID, number: int | None) -> Select[Any]:
    """An item and one published version of its guide: the one in force unless a number is given."""
    wanted = items.c.published_number if number is None else number
    return (
        select(
            items,
            item_versions.c.id.label("item_version_id"),
            item_versions.c.number,
            item_versions.c.guide,
            item_versions.c.published_at,
            item_versions.c.effective_from,
        )
        .join(
            item_versions,
            and_(item_versions.c.item_id == items.c.id, item_versions.c.number == wanted),
        )
        .where(items.c.id == item_id, item_versions.c.state == VersionState.PUBLISHED)
    )


async def one_row(tx: Transaction, statement: Select[Any]) -> Row[Any]:
    """Exactly one row; raises NotFoundError."""
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


def published_item(item_id: UUID) -> Select[Any]:
    """An item that was published once, withdrawn or not."""
    return select(items).where(items.c.id == item_id, items.c.published_number.is_not(None))


def versions_of(item_id: UUID) -> Select[Any]:
    return select(item_versions).where(
        item_versions.c.item_id == item_id, item_versions.c.state == VersionState.PUBLISHED
    )


def drafts_of(item_id: UUID) -> Select[Any]:
    return select(item_versions).where(
        item_versions.c.item_id == item_id, item_versions.c.state == VersionState.DRAFT
    )


def divisions_below(division: str) -> Select[Any]:
    prefix = subtree_prefix(division)
    # A functional district has a code of letters; it lies where its parent lies.
    below = or_(divisions.c.code.startswith(prefix), divisions.c.parent.startswith(prefix))
    condition = below if division else true()
    return select(divisions).where(condition)


def departments_in(division: str) -> Select[Any]:
    condition = departments.c.division.startswith(subtree_prefix(division)) if division else true()
    return select(departments).where(condition)


def halls_in(division: str) -> Select[Any]:
    condition = halls.c.division.startswith(subtree_prefix(division)) if division else true()
    return select(halls).where(condition)


def hall(code: str) -> Select[Any]:
    return select(halls).where(halls.c.code == code)


def guides_after(item_id: UUID | None, *, limit: int) -> Select[Any]:
    """Guides in force, in the order of their items' ids, after the one last seen."""
    statement = (
        select(published_items.c.id, item_versions.c.guide)
        .join(
            item_versions,
            and_(
                item_versions.c.item_id == published_items.c.id,
                item_versions.c.number == published_items.c.number,
            ),
        )
        .where(published_items.c.is_open)
        .order_by(published_items.c.id)
        .limit(limit)
    )
    return statement if item_id is None else statement.where(published_items.c.id > item_id)
