"""The words of search: officials teach it everyday words, and see what was looked for in vain.

GET  /everyday-words, /{word}, /{word}/steps       publisher, system_admin
POST /everyday-words, /{word}/removals             system_admin    PUT /{word} with If-Match
GET  /search-misses                                publisher, system_admin
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import func, select

from catalog.queries.search import forget_lexicon
from catalog.repository.search import KIND
from catalog.routes.parameters import Administrator
from catalog.schemas.search import (
    WORD_PATTERN,
    EverydayWordChangeIn,
    EverydayWordIn,
    EverydayWordOut,
    RemovalIn,
    SearchMissOut,
)
from catalog.tables.items import everyday_words
from catalog.tables.search import search_misses, word_steps
from catalog.use_cases.add_word import add_word
from catalog.use_cases.change_word import change_word
from catalog.use_cases.drop_word import drop_word
from chassis.door import Call, allow, answer
from chassis.errors import NotFoundError
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["search"])

_ALL = {Role.SYSTEM_ADMIN: Reach.ALL, Role.PUBLISHER: Reach.ALL}
Reader = Annotated[Call, allow(_ALL, assurance=2)]
InPath = Annotated[str, Path(pattern=WORD_PATTERN)]


class WordStepOut(StepOut):
    """What happened to a word; `state`: its official words then."""


@router.get(
    "/everyday-words", response_model=Page[EverydayWordOut], operation_id="list_everyday_words"
)
async def list_everyday_words(
    call: Reader,
    paging: Paging,
    q: Annotated[str, Query(max_length=40)] = "",
    says_nothing: bool | None = None,
) -> Response:
    """Everyday words in order; `q` is part of the word or is one of its official words."""
    statement = select(everyday_words)
    if q:
        t = everyday_words.c
        statement = statement.where(
            t.everyday.contains(q, autoescape=True) | t.official.contains([q])
        )
    if says_nothing is not None:
        statement = statement.where(
            (func.cardinality(everyday_words.c.official) == 0) == says_nothing
        )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[everyday_words.c.everyday],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"everyday_words {q} {says_nothing}",
            show=EverydayWordOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/everyday-words/{everyday}", response_model=EverydayWordOut, operation_id="get_everyday_word"
)
async def get_everyday_word(everyday: InPath, call: Reader) -> Response:
    """One word; its ETag is what a change names in If-Match."""
    async with call.read() as tx:
        row = await tx.one_or_none(
            select(everyday_words).where(everyday_words.c.everyday == everyday)
        )
    if row is None:
        raise NotFoundError
    return answer(EverydayWordOut.model_validate(row), etag=row.version)


@router.get(
    "/everyday-words/{everyday}/steps",
    response_model=Page[WordStepOut],
    operation_id="list_everyday_word_steps",
)
async def list_everyday_word_steps(everyday: InPath, call: Reader, paging: Paging) -> Response:
    """What happened to a word, oldest first, removed or not; words of the first day have no steps yet."""
    async with call.read() as tx:
        page = await page_of_steps(
            tx,
            word_steps,
            of={"kind": KIND, "of_id": everyday},
            paging=paging,
            cursors=call.runtime.cursors,
            show=WordStepOut,
        )
    return answer(page)


@router.post(
    "/everyday-words",
    status_code=201,
    response_model=EverydayWordOut,
    operation_id="add_everyday_word",
)
async def post_everyday_word(body: EverydayWordIn, call: Administrator) -> Response:
    """Teach search a word; it counts in every process within a minute."""
    async with call.begin() as tx:
        word = await add_word(body.everyday, body.official, body.reason, tx)
        out = EverydayWordOut(
            everyday=word.everyday, official=list(word.official), version=1, changed_at=tx.now
        )
        tx.answer(
            out, status=201, etag=1, location=f"/catalog/v1/everyday-words/{quote(word.everyday)}"
        )
    forget_lexicon(call.runtime.engine)
    return tx.response


@router.put(
    "/everyday-words/{everyday}",
    response_model=EverydayWordOut,
    operation_id="change_everyday_word",
)
async def put_everyday_word(
    everyday: InPath, body: EverydayWordChangeIn, call: Administrator
) -> Response:
    """Say otherwise what a word means. Needs `If-Match`."""
    call.if_match()
    async with call.begin() as tx:
        kept = await change_word(everyday, body.official, body.reason, tx)
        out = EverydayWordOut(
            everyday=everyday,
            official=list(kept.word.official),
            version=kept.version,
            changed_at=tx.now,
        )
        tx.answer(out, etag=kept.version)
    forget_lexicon(call.runtime.engine)
    return tx.response


@router.post(
    "/everyday-words/{everyday}/removals",
    status_code=204,
    operation_id="remove_everyday_word",
)
async def post_removal(everyday: InPath, body: RemovalIn, call: Administrator) -> Response:
    """Forget a word; add it again to undo."""
    async with call.begin() as tx:
        await drop_word(everyday, body.reason, tx)
        tx.answer(None, status=204)
    forget_lexicon(call.runtime.engine)
    return tx.response


@router.get("/search-misses", response_model=Page[SearchMissOut], operation_id="list_search_misses")
async def list_search_misses(call: Reader, paging: Paging, period: InPeriod) -> Response:
    """What people looked for and did not find, by day, from so many times a day on (a rule); nobody's name or number.

    `division` and `department` are taken and change nothing: who asked is not kept.
    """
    t = search_misses.c
    async with call.read() as tx:
        shown_from = int(await tx.rule("search-misses-shown-from"))
        statement = select(search_misses).where(t.times >= shown_from)
        if period.first_day is not None:
            statement = statement.where(t.day >= period.first_day)
        if period.last_day is not None:
            statement = statement.where(t.day <= period.last_day)
        page = await page_of(
            tx,
            statement,
            by=[t.day, t.times, t.query],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"search_misses {period}",
            show=SearchMissOut.model_validate,
        )
    return answer(page)
