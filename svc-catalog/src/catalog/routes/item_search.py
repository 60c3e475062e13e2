"""Items by what people call them, and the lists behind the figures.

GET  /items    anyone; `q` and filters; `to`: as it was at the end of a day
"""

import hashlib
import time
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from catalog.domain.codes import to_guangdong
from catalog.domain.misses import miss_of
from catalog.domain.ranking import Question, spans
from catalog.queries import items as queries
from catalog.queries.items import ItemFilter
from catalog.queries.search import Hit, found, search
from catalog.routes.item_files import Codes, CodesAsked
from catalog.routes.parameters import Anyone, CodeAsked, DivisionWithin
from catalog.schemas.items import HighlightOut, ItemHitOut
from catalog.use_cases.note_miss import note_miss
from chassis.cursors import bad_cursor
from chassis.door import Call, answer
from chassis.paging import PageQuery, Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import TaskType, UseLevel

router = APIRouter(prefix="/catalog/v1", tags=["items"])

QUERY_CHARACTERS_MAX = 100


async def item_filter(
    *,
    division: DivisionWithin = "",
    department: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
    managing_area: CodeAsked = "",
    task_type: TaskType | None = None,
    audience: Annotated[str, Query(pattern=r"^(person|enterprise)?$")] = "",
    channel: CodeAsked = "",
    on_application: bool | None = None,
    four_exempt: bool | None = None,
    show_code: bool | None = None,
    one_window: bool | None = None,
    cross_region: bool | None = None,
    on_any_channel: bool | None = None,
    has_statutory_days: bool | None = None,
    visits_max: Annotated[int | None, Query(ge=0, le=9)] = None,
    online_depth_min: Annotated[int | None, Query(ge=1, le=4)] = None,
    theme: CodeAsked = "",
    life_event: CodeAsked = "",
    basic_code: Annotated[str, Query(pattern=r"^([0-9A-Z]{12})?$")] = "",
    use_level: UseLevel | None = None,
    handling_form: Annotated[str, Query(pattern=r"^(window|online|mail)?$")] = "",
    spares: Annotated[str, Query(pattern=r"^(certificate|seal|signature|form)?$")] = "",
    first_day: Annotated[date | None, Query(alias="from")] = None,  # noqa: ARG001  a stock has a day, no period
    last_day: Annotated[date | None, Query(alias="to")] = None,
) -> ItemFilter:
    """The named filters of item lists; `to`: in force at the end of that day. `from` is taken and changes nothing."""
    return ItemFilter(
        division=division,
        department=department,
        managing_area=managing_area,
        task_type=task_type or "",
        audience=audience,
        channel=channel,
        on_application=on_application,
        four_exempt=four_exempt,
        show_code=show_code,
        one_window=one_window,
        cross_region=cross_region,
        on_any_channel=on_any_channel,
        has_statutory_days=has_statutory_days,
        visits_max=visits_max,
        online_depth_min=online_depth_min,
        theme=theme,
        life_event=life_event,
        basic_code=basic_code,
        use_level=use_level or "",
        handling_form=handling_form,
        spares=spares,
        last_day=last_day,
    )


@router.get(
    "/items",
    response_model=Page[ItemHitOut],
    operation_id="list_items",
)
async def list_items(
    call: Anyone,
    paging: Paging,
    wanted: Annotated[ItemFilter, Depends(item_filter)],
    q: Annotated[str, Query(max_length=QUERY_CHARACTERS_MAX)] = "",
    codes: CodesAsked = "national",
) -> Response:
    """Published items. With `q` those that answer it, best first; without, all that pass the filters, newest first.

    `codes=guangdong`: task types in the answer are numbered as 广东政务服务网 does; the filter's is the nation's.
    """
    kind = "items " + hashlib.sha256(f"{q} {wanted}".encode()).hexdigest()[:16]
    if q.strip():
        return await _search(q, wanted, call=call, paging=paging, kind=kind, codes=codes)
    async with call.read() as tx:
        ruled = await queries.with_rules(tx, wanted)
        page = await page_of(
            tx,
            queries.listed(ruled),
            by=queries.list_order(ruled),
            paging=paging,
            cursors=call.runtime.cursors,
            kind=kind,
            show=lambda row: _hit_out(row, None, codes),
        )
    return answer(page)


async def _search(
    q: str, wanted: ItemFilter, *, call: Call, paging: PageQuery, kind: str, codes: Codes
) -> Response:
    async with call.read() as tx:
        ruled = await queries.with_rules(tx, wanted)
        question, hits = await search(tx, q, ruled)
        left = _hits_after(hits, paging.cursor, call=call, kind=kind)
        shown = left[: paging.limit]
        rows = await found(tx, shown, ruled)
    more = call.runtime.cursors.seal(kind, shown[-1].place) if left[len(shown) :] else None
    if not hits and wanted == ItemFilter():
        await _note_miss(q, call)
    results = [_hit_out(row, question, codes) for row in rows]
    return answer(
        Page(results=results, next_cursor=more, count=len(hits) if paging.count else None)
    )


MISSES_A_SECOND_MAX = 10
_misses: list[float] = []
"""When this process noted the last ones: who asks for nonsense all day must not make us write all day."""


async def _note_miss(q: str, call: Call) -> None:
    """After the read has given its connection back, so that no request waits for a second one."""
    query, now = miss_of(q), time.monotonic()
    _misses[:] = [at for at in _misses if at > now - 1]
    if query is None or len(_misses) >= MISSES_A_SECOND_MAX:
        return
    _misses.append(now)
    async with call.begin() as tx:
        await note_miss(query, tx)


def _hits_after(hits: list[Hit], cursor: str | None, *, call: Call, kind: str) -> list[Hit]:
    """Hits after the last one seen; the cursor holds its place in the order, not a count."""
    if cursor is None:
        return hits
    seen = _place_of(call.runtime.cursors.open(kind, cursor))
    return [hit for hit in hits if hit.place > seen]


def _place_of(values: list[Any]) -> tuple[int, int, str]:
    try:
        score, length, item_id = values
        return int(score), int(length), str(item_id)
    except (TypeError, ValueError):
        raise bad_cursor() from None


_SAME_NAMES = (
    "id",
    "item_code",
    "original_code",
    "name",
    "main_item",
    "task_type",
    "division",
    "division_name",
    "managing_area",
    "audience",
    "channels",
    "online_depth",
    "visits",
    "promised_days",
    "statutory_days",
    "is_four_exempt",
    "is_show_code",
    "published_at",
)


def _hit_out(row: Any, question: Question | None, codes: Codes) -> ItemHitOut:
    hit = ItemHitOut(
        department=row.department_name,
        department_code=row.department,
        version=row.number,
        highlights=_highlights(row, question) if question is not None else [],
        **{name: getattr(row, name) for name in _SAME_NAMES},
    )
    if codes == "guangdong":
        hit.task_type = to_guangdong(hit.task_type)
    return hit


def _highlights(row: Any, question: Question) -> list[HighlightOut]:
    found = []
    for field in ("name", "main_item", "keywords"):
        text = getattr(row, field)
        marked = spans(question, text)
        if marked:
            found.append(HighlightOut(field=field, text=text, spans=marked))
    return found
