"""Lists of items in and out: an import is a job, an export is streamed."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from catalog.domain.imported import FLAT_COLUMNS, flat_values_of
from catalog.queries import items as queries
from chassis.blobs import CSV, JSON_LINES
from chassis.door import Call, allow, allow_anyone
from chassis.identity import Reach
from chassis.job_routes import JobOut
from chassis.jobs import enqueue_job
from chassis.workbooks import media_type_of, write_csv, write_json_lines
from contracts.guide import Guide
from contracts.vocabulary import Role

FILE_BYTES_MAX = 32 * 1024 * 1024
PIECE_BYTES = 256 * 1024
PAGE_ITEMS = 500

router = APIRouter(prefix="/catalog/v1", tags=["transfers"])

Importer = Annotated[
    Call,
    allow({Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2),
]


@router.post("/imports", status_code=202, response_model=JobOut, operation_id="import_items")
async def post_import(file: Annotated[UploadFile, File()], call: Importer) -> Response:
    """Take a list of items that is published elsewhere (XLSX, CSV, JSON Lines); the job says what became of each row."""
    media_type = media_type_of(file.filename or "")
    blob = await call.runtime.blobs.put(
        _pieces(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
    )
    call.covers(blob.sha256)
    async with call.begin() as tx:
        job_id = enqueue_job(
            tx,
            call.runtime,
            kind="import-items",
            input={"sha256": blob.sha256, "media_type": media_type},
        )
        path = f"/catalog/v1/jobs/{job_id}"
        job = JobOut(
            id=job_id,
            kind="import-items",
            state="queued",
            done=0,
            total=None,
            accepted=0,
            remarked=0,
            refused=0,
            error=None,
            created_at=tx.now,
            started_at=None,
            finished_at=None,
            rows=f"{path}/rows",
        )
        tx.answer(job, status=202, location=path)
    return tx.response


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE_BYTES):
        yield piece


@router.get(
    "/items/export",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}, CSV: {}}}},
    operation_id="export_items",
)
async def export_items(
    call: Annotated[Call, allow_anyone(reach=Reach.ALL)],
    format: Annotated[Literal["jsonl", "csv"], Query()] = "jsonl",
) -> Response:
    """All guides in force: JSON Lines whole, as the import takes them; CSV in the columns of the flat list."""
    if format == "csv":
        return StreamingResponse(_csv(call), media_type=CSV)
    return StreamingResponse(_json_lines(call), media_type=JSON_LINES)


async def _json_lines(call: Call) -> AsyncIterator[bytes]:
    columns = list(Guide.model_fields)
    async for guides in _guides(call):
        for piece in write_json_lines(columns, guides):
            yield piece


async def _csv(call: Call) -> AsyncIterator[bytes]:
    columns = list(FLAT_COLUMNS.values())
    is_first = True
    async for guides in _guides(call):
        pieces = write_csv(columns, [flat_values_of(guide) for guide in guides])
        header = next(pieces)
        if is_first:
            yield header
        is_first = False
        for piece in pieces:
            yield piece


async def _guides(call: Call) -> AsyncIterator[list[Mapping[str, Any]]]:
    """Guides page by page, each in a short transaction of its own; always at least one page."""
    last: UUID | None = None
    while True:
        async with call.read() as tx:
            rows = await tx.all(queries.guides_after(last, limit=PAGE_ITEMS))
        yield [row.guide for row in rows]
        if len(rows) < PAGE_ITEMS:
            return
        last = rows[-1].id
