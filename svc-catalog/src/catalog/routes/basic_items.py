"""Basic items (基本目录): what the nation or the province says of an item before any department does.

GET  /basic-items, /export, /{code}, /{code}/steps     anyone
POST /basic-items                                      system_admin
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row

from catalog.domain.codes import read_basic_code
from catalog.queries import standards as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Administrator, Anyone
from catalog.schemas.standards import BasicItemOut, BasicItemsIn, BasicItemsOut, BasicItemStepOut
from catalog.tables.standards import basic_item_steps, basic_items
from catalog.use_cases.register_basic_items import register_basic_items
from chassis.clock import local_date
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import TaskType, UseLevel

router = APIRouter(prefix="/catalog/v1", tags=["standards"])

BasicCode = Annotated[str, Path(pattern=r"^[0-9A-Z]{12}$")]

COLUMNS = (
    ExportColumn(name="code", head="基本编码", width=16),
    ExportColumn(name="name", head="名称", width=48),
    ExportColumn(name="task_type", head="事项类型"),
    ExportColumn(name="parent", head="主项编码"),
    ExportColumn(name="use_levels", head="行使层级", width=28),
    ExportColumn(name="in_force_from", head="生效日期"),
    ExportColumn(name="in_force_until", head="失效日期"),
    ExportColumn(name="implementations", head="实施事项数"),
)


@router.get("/basic-items", response_model=Page[BasicItemOut], operation_id="list_basic_items")
async def list_basic_items(
    call: Anyone,
    paging: Paging,
    *,
    task_type: Annotated[TaskType | None, Query()] = None,
    province: Annotated[str, Query(pattern=r"^([0-9]{2})?$")] = "",
    use_level: Annotated[UseLevel | None, Query()] = None,
    q: Annotated[str, Query(max_length=100)] = "",
    on: Annotated[date | None, Query()] = None,
) -> Response:
    """The national and provincial list by code, as it was in force `on` a day, or is today."""
    async with call.read() as tx:
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.basic_items_on(
                day,
                task_type=task_type or "",
                province=province,
                use_level=use_level or "",
                q=q,
            ),
            by=[basic_items.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"basic items {day} {task_type} {province} {use_level} {q}",
            show=_basic_item_out,
            descending=False,
        )
    return answer(page)


@router.get(
    "/basic-items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_basic_items",
)
async def export_basic_items(
    call: Anyone,
    format: ExportKind = "csv",
    on: Annotated[date | None, Query()] = None,
) -> Response:
    """The list as a table: CSV, XLSX or JSON Lines."""
    day = on or local_date(call.runtime.clock.now())
    return await export_of(
        call,
        queries.basic_items_on(day),
        by=[basic_items.c.code],
        columns=COLUMNS,
        kind=format,
        name="基本目录",
    )


@router.post("/basic-items", response_model=BasicItemsOut, operation_id="register_basic_items")
async def post_basic_items(body: BasicItemsIn, call: Administrator) -> Response:
    """Put basic items on the list, or correct those with the same code: all rows or none."""
    rows = [row.model_dump(mode="python") | _parts_as_json(row) for row in body.rows]
    async with call.begin() as tx:
        done = await register_basic_items(rows, tx, reason=body.reason)
        tx.answer(
            BasicItemsOut(added=done.added, corrected=done.corrected, unchanged=done.unchanged)
        )
    return tx.response


def _parts_as_json(row: Any) -> dict[str, Any]:
    told = row.model_dump(mode="json")
    names = ("task_type", "use_levels", "legal_basis", "conditions", "materials")
    return {name: told[name] for name in names}


@router.get("/basic-items/{code}", response_model=BasicItemOut, operation_id="get_basic_item")
async def get_basic_item(code: BasicCode, call: Anyone) -> Response:
    """One basic item, with what its implementations have in common."""
    async with call.read() as tx:
        row = await one_row(tx, queries.basic_item(code))
    return answer(_basic_item_out(row), etag=row.version)


@router.get(
    "/basic-items/{code}/steps",
    response_model=Page[BasicItemStepOut],
    operation_id="list_basic_item_steps",
)
async def list_basic_item_steps(code: BasicCode, call: Anyone, paging: Paging) -> Response:
    """What happened to a basic item, oldest first."""
    async with call.read() as tx:
        row = await one_row(tx, queries.basic_item(code))
        page = await page_of_steps(
            tx,
            basic_item_steps,
            of={"basic_item_id": row.id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=BasicItemStepOut,
        )
    return answer(page)


def _basic_item_out(row: Row[Any]) -> BasicItemOut:
    parts = read_basic_code(row.code)
    names = (n for n in BasicItemOut.model_fields if n != "is_national")
    return BasicItemOut(
        **{name: getattr(row, name) for name in names},
        is_national=parts is not None and parts.is_national,
    )
