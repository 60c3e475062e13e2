"""The sample and blank files of guides.

POST /files, GET /files                                publisher    the own department's
GET  /files/{id}                                       anyone       once a published version named it
GET  /files/{id}/preview                               publisher    before that
GET  /files/{id}/items                                 anyone       whose versions name it
POST /files/{id}/withdrawals, /reinstatements; GET /files/{id}/steps   publisher    shown to nobody, and again
"""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Response, UploadFile
from sqlalchemy import Row, func, select

from catalog.domain.guide_files import FileGoneError
from catalog.queries import standards as queries
from catalog.queries.items import one_row
from catalog.repository.standards import FILE_KIND
from catalog.routes.parameters import Anyone, Publisher
from catalog.schemas.standards import (
    FileItemOut,
    FileStandingIn,
    FileStandingOut,
    FileStepOut,
    GuideFileOut,
)
from catalog.tables.items import published_items
from catalog.tables.standards import guide_file_steps, guide_files
from catalog.use_cases.keep_guide_file import keep_guide_file
from catalog.use_cases.reinstate_guide_file import reinstate_guide_file
from catalog.use_cases.withdraw_guide_file import withdraw_guide_file
from chassis.blobs import JPEG, PDF, PNG, XLSX
from chassis.door import Call, DoorTransaction, answer
from chassis.exports import disposition
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.uploads import pieces_of

router = APIRouter(prefix="/catalog/v1", tags=["standards"])

FILE_BYTES_MAX = 10 * 1024 * 1024
FILE_NAME_CHARACTERS_MAX = 200
FILE_TYPES = frozenset({PDF, PNG, JPEG, XLSX})
_SUFFIXES = {PDF: "pdf", PNG: "png", JPEG: "jpg", XLSX: "xlsx"}
FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.post("/files", status_code=201, response_model=GuideFileOut, operation_id="keep_guide_file")
async def post_file(file: Annotated[UploadFile, File()], call: Publisher) -> Response:
    """Upload a sample or blank file (PDF, PNG, JPEG or XLSX, at most 10 MB); a guide names it by its `id`."""
    blob = await call.runtime.blobs.put(
        pieces_of(file), limit_bytes=FILE_BYTES_MAX, allowed=FILE_TYPES
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
    """A sample or blank file that a published version names or named; 410 once it was withdrawn."""
    async with call.read() as tx:
        row = await one_row(tx, queries.public_file(file_id))
    if row.withdrawn_at is not None:
        raise FileGoneError
    return await _file(call, row)


@router.get(
    "/files/{file_id}/items", response_model=Page[FileItemOut], operation_id="list_items_of_file"
)
async def list_items_of_file(file_id: FileId, call: Anyone, paging: Paging) -> Response:
    """Items of which a published version, in force or past, names the file."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.items_naming(file_id),
            by=[published_items.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"items of file {file_id}",
            show=FileItemOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/files/{file_id}/withdrawals",
    response_model=FileStandingOut,
    operation_id="withdraw_guide_file",
)
async def post_withdrawal(file_id: FileId, body: FileStandingIn, call: Publisher) -> Response:
    """Show a file to nobody from now on, such as a sample with somebody's data in it; guides that name it need another.

    One person is enough: what must not be seen is gone at once.
    """
    async with call.begin() as tx:
        await withdraw_guide_file(file_id, tx, reason=body.reason)
        await _answer_standing(tx, file_id)
    return tx.response


@router.post(
    "/files/{file_id}/reinstatements",
    response_model=FileStandingOut,
    operation_id="reinstate_guide_file",
)
async def post_reinstatement(file_id: FileId, body: FileStandingIn, call: Publisher) -> Response:
    """Show a file again that the own department withdrew by mistake."""
    async with call.begin() as tx:
        await reinstate_guide_file(file_id, tx, reason=body.reason)
        await _answer_standing(tx, file_id)
    return tx.response


@router.get(
    "/files/{file_id}/steps", response_model=Page[FileStepOut], operation_id="list_file_steps"
)
async def list_file_steps(file_id: FileId, call: Publisher, paging: Paging) -> Response:
    """When a file of the own department was withdrawn and shown again, and why."""
    async with call.read() as tx:
        await one_row(tx, queries.own_files(file_id))
        page = await page_of_steps(
            tx,
            guide_file_steps,
            of={"kind": FILE_KIND, "of_id": file_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=FileStepOut,
        )
    return answer(page)


async def _answer_standing(tx: DoorTransaction, file_id: str) -> None:
    await tx.flush()
    row = await one_row(tx, queries.own_files(file_id))
    listed = queries.items_naming(file_id).subquery()
    many = int(await tx.scalar(select(func.count()).select_from(listed)) or 0)
    shown = GuideFileOut.model_validate(row).model_dump()
    tx.answer(FileStandingOut(**shown, items_naming=many))


@router.get("/files/{file_id}/preview", response_class=Response, operation_id="preview_guide_file")
async def get_preview(file_id: FileId, call: Publisher) -> Response:
    """A file of the own department, before any guide names it."""
    async with call.read() as tx:
        row = await one_row(tx, queries.own_files(file_id))
    return await _file(call, row)


async def _file(call: Call, row: Row[Any]) -> Response:
    headers = {"ETag": f'"{row.id}"', "X-Content-Type-Options": "nosniff"}
    if call.is_fresh(row.id):
        return Response(status_code=304, headers=headers)
    suffix = _SUFFIXES[row.media_type]
    headers["Content-Disposition"] = disposition(row.name.removesuffix(f".{suffix}"), suffix)
    content = await call.runtime.blobs.get(row.id)
    return Response(content=content, media_type=row.media_type, headers=headers)
