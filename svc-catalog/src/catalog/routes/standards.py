"""Basic items (基本目录), and the sample and blank files of guides.

GET  /basic-items, /basic-items/export, /basic-items/{code}, /steps   anyone
POST /basic-items                                                     system_admin
POST /files, GET /files                                               publisher    the own department's
GET  /files/{id}                                                      anyone       once a guide in force names it
GET  /files/{id}/preview                                              publisher    before that
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Response, UploadFile
from sqlalchemy import Row

from catalog.domain.codes import read_basic_code
from catalog.queries import standards as queries
from catalog.queries.items import one_row
from catalog.schemas.standards import (
    BasicItemOut,
    BasicItemsIn,
    BasicItemsOut,
    BasicItemStepOut,
    GuideFileOut,
)
from catalog.tables.standards import basic_item_steps, basic_items, guide_files
from catalog.use_cases.keep_guide_file import keep_guide_file
from catalog.use_cases.register_basic_items import register_basic_items
from chassis.blobs import JPEG, PDF, PNG, XLSX
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, disposition, export_of
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role, TaskType, UseLevel

FILE_BYTES_MAX = 10 * 1024 * 1024
FILE_NAME_CHARACTERS_MAX = 200
FILE_TYPES = frozenset({PDF, PNG, JPEG, XLSX})
PIECE_BYTES = 256 * 1024
_SUFFIXES = {PDF: "pdf", PNG: "png", JPEG: "jpg", XLSX: "xlsx"}

router = APIRouter(prefix="/catalog/v1", tags=["standards"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Administrator = Annotated[Call, allow({Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)]
Publisher = Annotated[Call, allow({Role.PUBLISHER: Reach.DEPARTMENT}, assurance=2)]
BasicCode = Annotated[str, Path(pattern=r"^[0-9A-Z]{12}$")]
FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

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


@router.post("/files", status_code=201, response_model=GuideFileOut, operation_id="keep_guide_file")
async def post_file(file: Annotated[UploadFile, File()], call: Publisher) -> Response:
    """Upload a sample or blank file (PDF, PNG, JPEG or XLSX, at most 10 MB); a guide names it by its `id`."""
    blob = await call.runtime.blobs.put(
        _pieces(file), limit_bytes=FILE_BYTES_MAX, allowed=FILE_TYPES
    )
    call.covers(blob.sha256)
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    name = name[:FILE_NAME_CHARACTERS_MAX] or f"{blob.sha256[:16]}.{_SUFFIXES[blob.media_type]}"
    async with call.begin() as tx:
        await keep_guide_file(blob, name, tx)
        out = GuideFileOut(
            id=blob.sha256,
            name=name,
            media_type=blob.media_type,
            bytes=blob.size_bytes,
            kept_at=tx.now,
        )
        tx.answer(out, status=201, location=f"/catalog/v1/files/{blob.sha256}/preview")
    return tx.response


@router.get("/files", response_model=Page[GuideFileOut], operation_id="list_guide_files")
async def list_files(call: Publisher, paging: Paging) -> Response:
    """Files of the own department."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.own_files(),
            by=[guide_files.c.kept_at, guide_files.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="guide files",
            show=GuideFileOut.model_validate,
        )
    return answer(page)


@router.get("/files/{file_id}", response_class=Response, operation_id="get_guide_file")
async def get_file(file_id: FileId, call: Anyone) -> Response:
    """A sample or blank file that a guide in force names."""
    async with call.read() as tx:
        row = await one_row(tx, queries.public_file(file_id))
    return await _file(call, row)


@router.get("/files/{file_id}/preview", response_class=Response, operation_id="preview_guide_file")
async def get_preview(file_id: FileId, call: Publisher) -> Response:
    """A file of the own department, before any guide names it."""
    async with call.read() as tx:
        row = await one_row(tx, queries.own_file(file_id))
    return await _file(call, row)


async def _file(call: Call, row: Row[Any]) -> Response:
    headers = {"ETag": f'"{row.id}"', "X-Content-Type-Options": "nosniff"}
    if call.is_fresh(row.id):
        return Response(status_code=304, headers=headers)
    suffix = _SUFFIXES[row.media_type]
    headers["Content-Disposition"] = disposition(row.name.removesuffix(f".{suffix}"), suffix)
    content = await call.runtime.blobs.get(row.id)
    return Response(content=content, media_type=row.media_type, headers=headers)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE_BYTES):
        yield piece
