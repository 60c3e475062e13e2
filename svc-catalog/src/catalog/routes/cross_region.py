"""Handling elsewhere (跨域通办): what can be handed in where, and where guides contradict themselves.

GET  /cross-region/items, /export      anyone; by scope and mode, at the end of `to`
GET  /cross-region/summary, /faults    anyone
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row

from catalog.domain.cross_region import MODES, SCOPES, UNDECLARED, needs_agreement, path_in_words
from catalog.queries import cross_region as queries
from catalog.queries.cross_region import ElsewhereFilter
from catalog.repository.cross_region import cross_region_faults, is_in_force
from catalog.routes.parameters import Anyone, DivisionAsked
from catalog.schemas.channels import (
    CrossRegionCountOut,
    CrossRegionFaultOut,
    CrossRegionItemOut,
    CrossRegionSummaryOut,
    ModeOut,
)
from catalog.tables.history import item_spans
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.guide import CrossRegionMode, Guide

router = APIRouter(prefix="/catalog/v1", tags=["cross-region"])

SCANNED_MAX = 2_000
PIECE = 200

Scope = Literal["", "same-city", "cross-city", "cross-province"]
Mode = Literal["", "online", "self-service", "separate-intake", "proxy-intake", "joint"]


@router.get(
    "/cross-region/items",
    response_model=Page[CrossRegionItemOut],
    operation_id="list_cross_region_items",
)
async def list_items(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    from_division: DivisionAsked = "",
    scope: Scope = "",
    mode: Mode = "",
) -> Response:
    """What can be handed in at `from_division` for elsewhere, with the path of materials; at the end of `to` (today)."""
    wanted = ElsewhereFilter(from_division=from_division, scope=scope, mode=mode, period=period)
    async with call.read() as tx:
        day = period.day(tx.now)
        known = await queries.agreements_by_name(tx)
        page = await page_of(
            tx,
            queries.items_elsewhere(wanted, day),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"elsewhere {from_division} {scope} {mode} {period}",
            show=lambda row: _item_out(row, wanted, known, day),
            descending=False,
        )
    return answer(page)


@router.get(
    "/cross-region/items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_cross_region_items",
)
async def export_items(
    call: Anyone,
    period: InPeriod,
    *,
    from_division: DivisionAsked = "",
    scope: Scope = "",
    mode: Mode = "",
    format: ExportKind = "csv",
) -> Response:
    """The same as a table: one row an item, with the path of materials in words."""
    wanted = ElsewhereFilter(from_division=from_division, scope=scope, mode=mode, period=period)
    async with call.read() as tx:
        day = period.day(tx.now)
        known = await queries.agreements_by_name(tx)

    def modes(row: Row[Any]) -> str:
        said = _item_out(row, wanted, known, day).modes
        return "；".join(f"{each.scope_words}·{each.mode_words}：{each.path}" for each in said)

    return await export_of(
        call,
        queries.items_elsewhere(wanted, day),
        by=[item_spans.c.item_id],
        columns=(
            ExportColumn(name="item_code", head="事项编码", width=36),
            ExportColumn(name="name", head="事项名称", width=40, read=lambda r: r.guide["name"]),
            ExportColumn(
                name="department_name",
                head="部门名称",
                width=28,
                read=lambda r: r.guide["department_name"],
            ),
            ExportColumn(name="division", head="区划"),
            ExportColumn(name="modes", head="通办方式与材料流转", width=80, read=modes),
        ),
        kind=format,
        name="跨域通办事项",
    )


@router.get(
    "/cross-region/summary",
    response_model=CrossRegionSummaryOut,
    operation_id="get_cross_region_summary",
)
async def get_summary(call: Anyone, period: InPeriod) -> Response:
    """How many items can be handled elsewhere, by scope and mode, at the end of `to` (today)."""
    async with call.read() as tx:
        day = period.day(tx.now)
        rows = await queries.count_by_mode(tx, period, day)
        with_modes = await queries.count_with_scope(tx, period, day, "")
        open_items, without = await queries.count_open(tx, period, day)
    return answer(
        CrossRegionSummaryOut(
            results=[
                CrossRegionCountOut(
                    scope=row.scope,
                    scope_words=SCOPES[row.scope],
                    mode=row.mode,
                    mode_words=MODES[row.mode],
                    items=row.items,
                )
                for row in rows
            ],
            on=day,
            items=open_items,
            items_with_modes=with_modes,
            items_without_modes=without,
        )
    )


@router.get(
    "/cross-region/faults",
    response_model=Page[CrossRegionFaultOut],
    operation_id="list_cross_region_faults",
)
async def list_faults(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """Items in force whose modes do not hold (an agreement that ended) or are not declared at all, with how to mend it."""
    kind = f"cross-region-faults {period}"
    cursors = call.runtime.cursors
    last = UUID(str(cursors.open(kind, paging.cursor)[0])) if paging.cursor else None
    results: list[CrossRegionFaultOut] = []
    scanned, is_more = 0, True
    async with call.read() as tx:
        day = period.day(tx.now)
        statement = queries.items_with_modes(period, day).order_by(item_spans.c.item_id)
        while is_more and len(results) < paging.limit and scanned < SCANNED_MAX:
            piece = statement.limit(PIECE)
            rows = await tx.all(piece if last is None else piece.where(item_spans.c.item_id > last))
            is_more = len(rows) == PIECE
            guides = [_guide_on(row, day) for row in rows]
            for row, found in zip(rows, await cross_region_faults(tx, guides), strict=True):
                if len(results) == paging.limit:
                    is_more = True
                    break
                scanned, last = scanned + 1, row.item_id
                said = [*found, *_undeclared(row)]
                if said:
                    results.append(_fault_out(row, said))
    next_cursor = cursors.seal(kind, [str(last)]) if is_more and last is not None else None
    return answer(Page[CrossRegionFaultOut](results=results, next_cursor=next_cursor))


def _item_out(
    row: Row[Any], wanted: ElsewhereFilter, known: Mapping[str, Any], day: date
) -> CrossRegionItemOut:
    guide = Guide.model_validate(row.guide)
    return CrossRegionItemOut(
        item_id=row.item_id,
        name=guide.name,
        item_code=row.item_code,
        department=row.department,
        department_name=guide.department_name,
        division=row.division,
        version=row.number,
        cross_region=guide.cross_region,
        modes=[
            _mode_out(mode, known, day)
            for mode in guide.cross_region_modes
            if _is_wanted(mode, wanted)
        ],
    )


def _is_wanted(mode: CrossRegionMode, wanted: ElsewhereFilter) -> bool:
    here = queries.prefixes(wanted.from_division) if wanted.from_division else None
    return (
        wanted.scope in {"", mode.scope}
        and wanted.mode in {"", mode.mode}
        and (here is None or any(queries.prefixes(each)[-1] in here for each in mode.divisions))
    )


def _mode_out(mode: CrossRegionMode, known: Mapping[str, Any], day: date) -> ModeOut:
    agreement = known.get(mode.agreement)
    is_valid = not needs_agreement(mode) or (agreement is not None and is_in_force(agreement, day))
    return ModeOut(
        scope=mode.scope,
        mode=mode.mode,
        scope_words=SCOPES[mode.scope],
        mode_words=MODES[mode.mode],
        divisions=list(mode.divisions),
        taken_in_by=mode.taken_in_by,
        decided_by=mode.decided_by,
        delivered_by=mode.delivered_by,
        materials_travel=mode.materials_travel,
        agreement=mode.agreement,
        path=path_in_words(mode),
        is_valid=is_valid,
    )


def _guide_on(row: Row[Any], day: date) -> Guide:
    # What held when it was published is past; here it is asked whether it holds on the day.
    return Guide.model_validate({**row.guide, "effective_from": day})


def _undeclared(row: Row[Any]) -> list[Any]:
    guide = Guide.model_validate(row.guide)
    if guide.cross_region_modes or guide.cross_region == "none":
        return []
    return [UNDECLARED]


def _fault_out(row: Row[Any], said: list[Any]) -> CrossRegionFaultOut:
    return CrossRegionFaultOut(
        item_id=row.item_id,
        name=row.guide["name"],
        item_code=row.item_code,
        department=row.department,
        department_name=row.guide["department_name"],
        division=row.division,
        faults=[
            {"pointer": one.pointer, "code": one.code, "detail": one.zh, "detail_en": one.en}
            for one in said
        ],
    )
