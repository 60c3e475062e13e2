"""Items as the public reads them: search, guide, versions, history, material list."""

import hashlib
import time
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from catalog.domain.materials import NeededMaterial, needed_materials
from catalog.domain.misses import miss_of
from catalog.domain.ranking import Question, spans
from catalog.queries import items as queries
from catalog.queries.items import ItemFilter
from catalog.queries.search import Hit, found, search
from catalog.schemas.items import (
    ExemptionOut,
    HighlightOut,
    ItemHitOut,
    ItemOut,
    ItemStepOut,
    MaterialListIn,
    MaterialListOut,
    NeededMaterialOut,
    VersionOut,
)
from catalog.tables.items import item_steps, item_versions
from catalog.use_cases.note_miss import note_miss
from chassis.cursors import bad_cursor
from chassis.door import Call, allow_anyone, answer
from chassis.identity import Reach
from chassis.paging import PageQuery, Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.guide import Guide
from contracts.vocabulary import TaskType, UseLevel

QUERY_CHARACTERS_MAX = 100

router = APIRouter(prefix="/catalog/v1", tags=["items"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
VersionNumber = Annotated[int | None, Query(ge=1, le=1_000_000)]


async def item_filter(
    *,
    division: Annotated[str, Query(pattern=r"^([0-9]{2,12})?$")] = "",
    department: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
    managing_area: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    task_type: TaskType | None = None,
    audience: Annotated[str, Query(pattern=r"^(person|enterprise)?$")] = "",
    channel: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    on_application: bool | None = None,
    four_exempt: bool | None = None,
    show_code: bool | None = None,
    one_window: bool | None = None,
    cross_region: bool | None = None,
    on_any_channel: bool | None = None,
    has_statutory_days: bool | None = None,
    visits_max: Annotated[int | None, Query(ge=0, le=9)] = None,
    online_depth_min: Annotated[int | None, Query(ge=1, le=4)] = None,
    theme: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    life_event: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
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


@router.get("/items", response_model=Page[ItemHitOut], operation_id="list_items")
async def list_items(
    call: Anyone,
    paging: Paging,
    wanted: Annotated[ItemFilter, Depends(item_filter)],
    q: Annotated[str, Query(max_length=QUERY_CHARACTERS_MAX)] = "",
) -> Response:
    """Published items. With `q` those that answer it, best first; without, all that pass the filters, newest first."""
    kind = "items " + hashlib.sha256(f"{q} {wanted}".encode()).hexdigest()[:16]
    if q.strip():
        return await _search(q, wanted, call=call, paging=paging, kind=kind)
    async with call.read() as tx:
        ruled = await queries.with_rules(tx, wanted)
        page = await page_of(
            tx,
            queries.listed(ruled),
            by=queries.list_order(ruled),
            paging=paging,
            cursors=call.runtime.cursors,
            kind=kind,
            show=lambda row: _hit_out(row, None),
        )
    return answer(page)


async def _search(
    q: str, wanted: ItemFilter, *, call: Call, paging: PageQuery, kind: str
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
    results = [_hit_out(row, question) for row in rows]
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


@router.get(
    "/items/{item_id}",
    response_model=ItemOut,
    responses={304: {"description": "未变 Not modified"}},
    operation_id="get_item",
)
async def get_item(item_id: UUID, call: Anyone, version: VersionNumber = None) -> Response:
    """The guide in force, or with `version` an earlier one. `If-None-Match` with the ETag answers 304."""
    async with call.read() as tx:
        row = await queries.one_row(tx, queries.item_with_version(item_id, version))
    if call.is_fresh(row.version):
        return answer(None, status=304, etag=row.version)
    return answer(item_out(row), etag=row.version)


@router.get(
    "/items/{item_id}/versions",
    response_model=Page[VersionOut],
    operation_id="list_item_versions",
)
async def list_item_versions(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """The published versions of an item's guide, newest first."""
    async with call.read() as tx:
        item = await queries.one_row(tx, queries.published_item(item_id))
        page = await page_of(
            tx,
            queries.versions_of(item_id),
            by=[item_versions.c.number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"item_versions {item_id}",
            show=lambda row: _version_out(row, item.published_number),
        )
    return answer(page)


@router.get(
    "/items/{item_id}/steps", response_model=Page[ItemStepOut], operation_id="list_item_steps"
)
async def list_item_steps(item_id: UUID, call: Anyone, paging: Paging) -> Response:
    """What happened to a published item, oldest first; who did it stays inside."""
    async with call.read() as tx:
        await queries.one_row(tx, queries.published_item(item_id))
        page = await page_of_steps(
            tx,
            item_steps,
            of={"item_id": item_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=ItemStepOut,
        )
    return answer(page)


@router.post(
    "/items/{item_id}/material-lists",
    response_model=MaterialListOut,
    operation_id="make_material_list",
)
async def post_material_list(
    item_id: UUID, body: MaterialListIn, call: Anyone, version: VersionNumber = None
) -> Response:
    """The materials that one's answers call for, and which of them need not be brought, and why. Nothing is kept."""
    async with call.read() as tx:
        row = await queries.one_row(tx, queries.item_with_version(item_id, version))
    guide = Guide.model_validate(row.guide)
    needed = needed_materials(guide, body.answers)
    return answer(
        MaterialListOut(
            item_id=row.id,
            version=row.number,
            item_version_id=row.item_version_id,
            answers=body.answers,
            unanswered=[q.code for q in guide.situations if q.code not in body.answers],
            materials=[_needed_out(one) for one in needed],
            guide_materials=len(guide.materials),
        )
    )


def item_out(row: Any) -> ItemOut:
    """An item with the version that was read beside it."""
    return ItemOut(
        id=row.id,
        item_code=row.item_code,
        original_code=row.original_code,
        division=row.division,
        department=row.department,
        state=row.state,
        version=row.number,
        item_version_id=row.item_version_id,
        published_at=row.published_at,
        effective_from=row.effective_from,
        guide=Guide.model_validate(row.guide),
    )


def _version_out(row: Any, published_number: int) -> VersionOut:
    return VersionOut(
        number=row.number,
        item_version_id=row.id,
        drafted_at=row.drafted_at,
        published_at=row.published_at,
        effective_from=row.effective_from,
        is_in_force=row.number == published_number,
    )


def _needed_out(needed: NeededMaterial) -> NeededMaterialOut:
    material = needed.material
    return NeededMaterialOut(
        code=material.code,
        name=material.name,
        necessity=material.necessity,
        form=material.form,
        originals=material.originals,
        copies=material.copies,
        certificate_type=material.certificate_type,
        data_resource=material.data_resource,
        is_exempt=bool(needed.exemptions),
        to_bring=needed.to_bring,
        exemptions=[
            ExemptionOut(kind=one.kind, why=one.why_zh, why_en=one.why_en)
            for one in needed.exemptions
        ],
    )


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


def _hit_out(row: Any, question: Question | None) -> ItemHitOut:
    return ItemHitOut(
        department=row.department_name,
        department_code=row.department,
        version=row.number,
        highlights=_highlights(row, question) if question is not None else [],
        **{name: getattr(row, name) for name in _SAME_NAMES},
    )


def _highlights(row: Any, question: Question) -> list[HighlightOut]:
    found = []
    for field in ("name", "main_item", "keywords"):
        text = getattr(row, field)
        marked = spans(question, text)
        if marked:
            found.append(HighlightOut(field=field, text=text, spans=marked))
    return found
