"""Items as the public reads them: search, guide, versions, history, material list."""

import hashlib
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from catalog import queries
from catalog.domain.materials import NeededMaterial, needed_materials
from catalog.domain.ranking import Question, spans
from catalog.queries import Hit, ItemFilter
from catalog.schemas import (
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
from catalog.tables import item_steps, item_versions, published_items
from chassis.cursors import bad_cursor
from chassis.door import Call, allow_anyone, answer
from chassis.identity import Reach
from chassis.paging import PageQuery, Paging, page_of
from chassis.schemas import Page
from contracts.guide import Guide
from contracts.vocabulary import TaskType

QUERY_CHARACTERS_MAX = 100

router = APIRouter(prefix="/catalog/v1", tags=["items"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
VersionNumber = Annotated[int | None, Query(ge=1, le=1_000_000)]


def item_filter(  # noqa: PLR0913  one argument a query parameter
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
    last_day: Annotated[date | None, Query(alias="to")] = None,
) -> ItemFilter:
    """The named filters of item lists."""
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
    async with call.read() as tx:
        if q.strip():
            question, hits = await queries.search(tx, q, wanted)
            return answer(_result_page(question, hits, paging=paging, call=call, kind=kind))
        page = await page_of(
            tx,
            queries.listed(wanted),
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=kind,
            show=lambda row: _hit_out(row, None),
        )
    return answer(page)


def _result_page(
    question: Question, hits: list[Hit], *, paging: PageQuery, call: Call, kind: str
) -> Page[ItemHitOut]:
    """Search results after the last one seen; the cursor holds its place by score and id."""
    start = 0
    if paging.cursor is not None:
        values = call.runtime.cursors.open(kind, paging.cursor)
        if len(values) != 2:
            raise bad_cursor()
        seen = (-int(values[0] or 0), int(values[1] or 0))
        start = sum((-hit.score, len(hit.row.plain_name)) < seen for hit in hits)
        start = _after(hits, start, str(values[1]))
    return _cut(question, hits, start, paging=paging, call=call, kind=kind)
