"""Search: from what somebody typed to the items that answer it, best first.

Texts are looked for, not items: what a thousand divisions offer under one name is one text. Grams that few texts
have name the candidates; where all are common, the texts that have all of them come first, shorter names before
longer ones (a gram is indexed for its tier of lengths too), so that no query reads more than a bounded number of
rows. Then the candidates are scored, and their items in the places asked for are the answer.
"""

import time as clock
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncEngine

from catalog.domain.lexicon import Lexicon, Understood, Word, place_names
from catalog.domain.ranking import Candidate, Question, Weights, ask, score
from catalog.domain.words import TIERS, plain, tiered
from catalog.queries.items import ItemFilter, conditions_of, list_order, listed
from catalog.tables.history import item_spans
from catalog.tables.items import divisions, everyday_words, published_items
from catalog.tables.search import search_texts
from chassis.identity import subtree_prefix
from chassis.transaction import Transaction

TEXTS_MAX = 400
"""Texts looked at closely for one search."""
COMMON_MAX = 240
"""Fewer of them where all that is asked for is common: then what tells them apart is how short the name is, and the
short ones come first anyway."""
NAMED_MAX = 3 * TEXTS_MAX
"""Texts that the grams of a search may name together before it is narrowed."""
ENOUGH = 100
GROUPS_MAX = 6
"""Official words that are looked for together when all grams are common."""
HITS_MAX = 200
HITS_OF_TEXT_MAX = 100
"""Of one name in many divisions: the rest is found by naming the place."""
TOTAL_MIN = 1_000
"""Weights of a nearly empty book are no use; it is taken for a small town's."""
IN_PLACE, ABOVE_PLACE = 1.3, 1.15
"""An item of the place that was named, or of one above it that serves it as well."""
OTHER_AUDIENCE = 0.85
TOWN_DIGITS = 9


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
    """Items that answer a query, best first; at most HITS_MAX of them."""
    understood = (await lexicon_of(tx)).understand(text)
    question = ask(understood.text, understood.everyday, by_sound=understood.by_sound)
    weights = await _weights(tx, question)
    scored = []
    for row in await _candidates(tx, question, weights, wanted):
        candidate = Candidate(
            name=row.plain_name, main_item=row.main_item, keywords=row.keywords, department=""
        )
        value = score(question, candidate, weights)
        if value > 0:
            scored.append((value, candidate, row.id))
    scored.sort(key=lambda each: (-each[0], len(each[1].name), str(each[2])))
    asked = _Asked(question=question, understood=understood, weights=weights)
    return question, await _hits(tx, scored, asked, wanted)


async def found(tx: Transaction, hits: Sequence[Hit], wanted: ItemFilter) -> list[Row[Any]]:
    """The rows of some hits, in their order; with a day, as they were then."""
    if not hits:
        return []
    ids = [hit.item_id for hit in hits]
    given = func.any(bindparam("ids", ids, type_=ARRAY(PG_UUID(as_uuid=True))))
    [item_id] = list_order(wanted)
    day = ItemFilter(last_day=wanted.last_day, four_exempt_way=wanted.four_exempt_way)
    rows = await tx.all(listed(day).where(item_id == given))
    by_id = {row.id: row for row in rows}
    return [by_id[each] for each in ids if each in by_id]


LEXICON_FRESH_SECONDS = 20.0
_lexicons: WeakKeyDictionary[AsyncEngine, tuple[float, Lexicon]] = WeakKeyDictionary()
"""Words and places as one process last read them, by database."""


async def lexicon_of(tx: Transaction) -> Lexicon:
    """The words and places; what somebody changed in another process counts after LEXICON_FRESH_SECONDS."""
    read_at, known = _lexicons.get(tx.engine, (0.0, None))
    if known is not None and clock.monotonic() - read_at < LEXICON_FRESH_SECONDS:
        return known
    words = await tx.all(select(everyday_words))
    places = await tx.all(
        select(divisions.c.code, divisions.c.name)
        .where(func.char_length(divisions.c.code) <= TOWN_DIGITS)
        .order_by(divisions.c.code)
    )
    lexicon = Lexicon(
        words=[
            Word(
                everyday=row.everyday,
                official=tuple(row.official),
                sound=row.sound,
                initials=row.initials,
            )
            for row in words
        ],
        places=place_names((row.code, row.name) for row in places),
    )
    _lexicons[tx.engine] = (clock.monotonic(), lexicon)
    return lexicon


def forget_lexicon(engine: AsyncEngine) -> None:
    """Words were changed in this process: the next search reads them again."""
    _lexicons.pop(engine, None)


_COMMON = sql_text(
    "SELECT s.most_common_elems::text::text[] AS grams, s.most_common_elem_freqs AS shares, "
    "greatest(c.reltuples, 0)::bigint AS total "
    "FROM pg_class c LEFT JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = 'search_texts' "
    "AND s.attname = 'grams' WHERE c.oid = 'search_texts'::regclass"
)
_COUNTS = sql_text(
    "SELECT asked.gram, (SELECT count(*) FROM (SELECT 1 FROM search_texts t "
    "WHERE t.grams @> ARRAY[asked.gram] LIMIT :most) AS counted) AS n FROM unnest(:grams) AS asked(gram)"
).bindparams(bindparam("grams", type_=ARRAY(Text)), bindparam("most", type_=Integer))

COUNTED_MAX = 4 * NAMED_MAX
STATISTICS_TRUSTED_FROM = 20_000
"""Below so many texts all grams are counted: it costs nothing, and what is fresh has no statistics yet."""
COUNTS_FRESH_SECONDS = 600.0
COUNTS_KEPT_MAX = 50_000


@dataclass(kw_only=True)
class _Counts:
    read_at: float
    total: int
    known: dict[str, int]


_counted: WeakKeyDictionary[AsyncEngine, _Counts] = WeakKeyDictionary()
"""Counts as one process last read them, by database: weights may be minutes old, presence may not."""


async def _weights(tx: Transaction, question: Question) -> Weights:
    wanted = await _counts_of(tx, question.asked)
    total = _counted[tx.engine].total
    return Weights(total=max(TOTAL_MIN, total, *wanted.values()), counts=wanted)


async def _counts_of(tx: Transaction, grams: Sequence[str]) -> dict[str, int]:
    """How many texts have each gram: of common ones what the planner knows, of others a count; none: left out."""
    counts = _counted.get(tx.engine)
    if (
        counts is None
        or clock.monotonic() - counts.read_at > COUNTS_FRESH_SECONDS
        or len(counts.known) > COUNTS_KEPT_MAX
    ):
        counts = _counted[tx.engine] = await _read_statistics(tx)
    asked = [gram for gram in grams if gram not in counts.known]
    if asked:
        rows = (await tx.execute(_COUNTS, {"grams": asked, "most": COUNTED_MAX})).all()
        counts.known.update({row.gram: int(row.n) for row in rows if row.n})
    return {gram: counts.known[gram] for gram in grams if gram in counts.known}


async def _read_statistics(tx: Transaction) -> _Counts:
    row = (await tx.execute(_COMMON)).one()
    known: dict[str, int] = {}
    total = int(row.total)
    if total >= STATISTICS_TRUSTED_FROM and row.grams is not None:
        # Three numbers follow the elements' shares: the least, the greatest, and that of null.
        known = {
            gram: round(share * total) for gram, share in zip(row.grams, row.shares, strict=False)
        }
    return _Counts(read_at=clock.monotonic(), total=total, known=known)


def _rarest(grams: Sequence[str], weights: Weights) -> tuple[list[str], bool]:
    """The rarest grams that together name few enough texts, at least one; and whether that one names too many."""
    present = sorted((count, gram) for gram in grams if (count := weights.counts.get(gram, 0)) > 0)
    chosen: list[str] = []
    named = 0
    for count, gram in present:
        if chosen and named + count > NAMED_MAX:
            break
        chosen.append(gram)
        named += count
    return chosen, named > NAMED_MAX


Scored = tuple[float, Candidate, UUID]


async def _candidates(
    tx: Transaction, question: Question, weights: Weights, wanted: ItemFilter
) -> Sequence[Row[Any]]:
    """Texts worth scoring, TEXTS_MAX of them or few more."""
    await tx.execute(_BY_INDEX)
    chosen, are_common = _rarest(question.retrieval(weights), weights)
    if not chosen:
        # Nothing of it is known: at least something of what is written, if that is rare enough to mean anything.
        characters = [character for character in question.core if not character.isspace()]
        found = await _counts_of(tx, characters)
        chosen, are_common = _rarest(characters, Weights(total=weights.total, counts=found))
    if not chosen:
        return []
    if not are_common:
        return await tx.all(_named(chosen, wanted))
    tiers = range(len(TIERS) + 1)
    together = [
        [tiered(gram, tier) for gram in group] for tier in tiers for group in _groups(question)
    ]
    rows = list(await tx.all(_tiered(together, wanted, all_of="@>")))
    if len(rows) < ENOUGH:
        spread = [[tiered(gram, tier) for gram in chosen] for tier in tiers]
        rows.extend(await tx.all(_tiered([*spread, chosen], wanted, all_of="&&")))
    return list({row.id: row for row in rows}.values())


_BY_INDEX = sql_text(
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
)
"""For this transaction. The planner cannot know how rare the grams of a parameter are; reading all texts is never
the better way, and compiling for it takes longer than the search."""


def _groups(question: Question) -> list[list[str]]:
    """Grams that a good answer has together: those of the query, of one official word, of one spelling."""
    spelled = [gram for gram in question.latin if gram.startswith("~")]
    groups = [
        [gram for gram in question.grams if len(gram) > 1],
        spelled,
        *(list(word.grams) for words in question.official for word in words),
    ]
    return [group for group in groups if group][:GROUPS_MAX]


def _named(grams: Sequence[str], wanted: ItemFilter) -> Select[Any]:
    """Texts that have any of some rare grams, the shorter names first."""
    t = search_texts.c
    given = bindparam("grams", list(grams), type_=ARRAY(Text))
    statement = _texts(wanted).where(t.grams.op("&&")(given))
    return statement.order_by(func.char_length(t.plain_name), t.id).limit(TEXTS_MAX)


def _tiered(groups: Sequence[Sequence[str]], wanted: ItemFilter, *, all_of: str) -> Select[Any]:
    """Texts that have one group of grams (`@>`) or something of it (`&&`), the first groups first.

    One group after the other until there are enough: the limit ends the loop over them.
    """
    joined = bindparam("groups", [_JOINT.join(group) for group in groups], type_=ARRAY(Text))
    given = func.unnest(joined).table_valued("grams", with_ordinality="rank", name="given")
    given = given.render_derived()
    grams = func.string_to_array(given.c.grams, _JOINT, type_=ARRAY(Text))
    of_group = (
        _texts(wanted)
        .where(search_texts.c.grams.op(all_of)(grams))
        .limit(COMMON_MAX // 2)
        .lateral("of_group")
    )
    return select(of_group).select_from(given.join(of_group, true())).limit(COMMON_MAX)


_JOINT = "\x1f"


def _texts(wanted: ItemFilter) -> Select[Any]:
    t = search_texts.c
    statement = select(t.id, t.plain_name, t.main_item, t.keywords)
    if wanted == ItemFilter():
        return statement
    offered = select(published_items.c.id).where(
        published_items.c.text_id == t.id, *_offering(wanted)
    )
    return statement.where(offered.exists())


def _offering(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    """Conditions on the items of a text; with a day, that they were in force then, whatever they are called now."""
    if wanted.last_day is None:
        return conditions_of(wanted)
    then = select(item_spans.c.id).where(
        item_spans.c.item_id == published_items.c.id, *conditions_of(wanted, item_spans)
    )
    return [then.exists()]


async def _hits(
    tx: Transaction, scored: Sequence[Scored], asked: "_Asked", wanted: ItemFilter
) -> list[Hit]:
    """The items of the best texts, each with its score in the place and for those that the query names."""
    if not scored:
        return []
    best = {text_id: (value, candidate) for value, candidate, text_id in scored[:HITS_MAX]}
    hits = [
        Hit(
            item_id=row.id,
            score=round(asked.score_of(row, *best[row.text_id]) * 1_000_000),
            length=len(best[row.text_id][1].name),
        )
        for row in await tx.all(_items_of(list(best), asked.understood.place, wanted))
    ]
    return sorted(hits, key=lambda hit: hit.place)


def _items_of(text_ids: list[UUID], place: str, wanted: ItemFilter) -> Select[Any]:
    t = published_items.c
    given = func.unnest(bindparam("ids", text_ids, type_=ARRAY(PG_UUID(as_uuid=True))))
    texts = given.table_valued("id", with_ordinality="rank", name="texts").render_derived()
    order: list[ColumnElement[Any]] = [t.id]
    if place:
        order.insert(0, t.division.startswith(subtree_prefix(place), autoescape=True).desc())
    of_text = (
        select(t.id, t.text_id, t.department_name, t.division, t.audience)
        .where(t.text_id == texts.c.id, *_offering(wanted))
        .order_by(*order)
        .limit(HITS_OF_TEXT_MAX)
        .lateral("of_text")
    )
    # In the order of the texts, best first, without a sort: the limit ends the loop over them.
    return select(of_text).select_from(texts.join(of_text, true())).limit(HITS_MAX)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    question: Question
    understood: Understood
    weights: Weights

    def score_of(self, row: Row[Any], value: float, candidate: Candidate) -> float:
        """A text's score, as this department, in this division, for these people."""
        department = plain(row.department_name)
        if any(gram in department for gram in self.question.grams):
            value = score(self.question, replace(candidate, department=department), self.weights)
        place = self.understood.place
        if place:
            value *= _of_place(row.division, place)
        audience = self.understood.audience
        return value * OTHER_AUDIENCE if audience and audience not in row.audience else value


def _of_place(division: str, place: str) -> float:
    if division.startswith(subtree_prefix(place)):
        return IN_PLACE
    return ABOVE_PLACE if place.startswith(subtree_prefix(division)) else 1.0
