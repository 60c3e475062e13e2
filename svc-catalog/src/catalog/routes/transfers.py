"""Lists of items in and out: an import is a job, an export is streamed, and both have one layout."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from catalog.documents.guide_writers import (
    GuideWorkbook,
    csv_guides,
    csv_head,
    flat_template,
    guide_template,
)
from catalog.documents.refused_rows import refused_rows
from catalog.domain.codes import to_guangdong
from catalog.domain.imported import FLAT_COLUMNS, flat_values_of
from catalog.queries.items import ItemFilter
from catalog.queries.transfers import guides_after
from catalog.routes.reading import item_filter
from chassis.blobs import CSV, JSON_LINES, XLSX, recognise
from chassis.clock import CITY_ZONE
from chassis.door import Call, allow, allow_anyone
from chassis.errors import NotFoundError, UnsupportedError
from chassis.identity import Reach
from chassis.job_routes import JobOut
from chassis.jobs import enqueue_job
from chassis.sheets import check_workbook
from chassis.workbooks import media_type_of, write_csv, write_json_lines
from contracts.guide import Guide
from contracts.vocabulary import Role

FILE_BYTES_MAX = 60 * 1024 * 1024
PIECE_BYTES = 256 * 1024
PAGE_ITEMS = 500
WORKBOOK_ITEMS_MAX = 50_000
_TABLES = frozenset({CSV, JSON_LINES, XLSX})
IMPORT_KINDS = ("import-items", "try-import-items")
_SUFFIXES = {CSV: ".csv", JSON_LINES: ".jsonl", XLSX: ".xlsx"}
_NAMES = {CSV: "CSV", JSON_LINES: "JSON Lines", XLSX: "XLSX"}

router = APIRouter(prefix="/catalog/v1", tags=["transfers"])

Importer = Annotated[
    Call,
    allow({Role.PUBLISHER: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2),
]
Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Guides = Sequence[Mapping[str, Any]]
Codes = Literal["national", "guangdong"]
"""Whose numbers of task types: 广东政务服务网 has two of its own (domain/codes.py)."""


@router.post("/imports", status_code=202, response_model=JobOut, operation_id="import_items")
async def post_import(
    file: Annotated[UploadFile, File()],
    call: Importer,
    *,
    atomic: Annotated[bool, Query(description="全部或不导入 All rows or none")] = False,
    dry_run: Annotated[
        bool, Query(description="只检查，不写入 Say what would become of it")
    ] = False,
    codes: Annotated[
        Codes, Query(description="文件中事项类型用谁的编码 Whose task types")
    ] = "national",
    atomic_field: Annotated[bool, Form(alias="atomic")] = False,
    dry_run_field: Annotated[bool, Form(alias="dry_run")] = False,
) -> Response:
    """Take a list of items (XLSX, CSV, JSON Lines; flat or whole guides); the job says what became of each row.

    `codes=guangdong`: the file numbers its task types as 广东政务服务网 does. `atomic=true`: all rows or none. `dry_run=true`: nothing is written, and the verdicts say what would be. Both may
    also be fields of the form.
    """
    is_atomic, is_trial = atomic or atomic_field, dry_run or dry_run_field
    media_type = media_type_of(file.filename or "")
    _check_codes(codes, media_type)
    await asyncio.to_thread(_look_over, file.file, media_type)
    await file.seek(0)
    try:
        blob = await call.runtime.blobs.put(
            _pieces(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
        )
    except UnsupportedError:
        await asyncio.to_thread(_explain, file.file, media_type)
        raise
    call.covers(f"{blob.sha256} {is_atomic} {is_trial} {codes}")
    kind = "try-import-items" if is_trial else "import-items"
    told = {
        "sha256": blob.sha256,
        "media_type": media_type,
        "is_atomic": is_atomic,
        "is_trial": is_trial,
        "codes": codes,
    }
    async with call.begin() as tx:
        job_id = enqueue_job(tx, call.runtime, kind=kind, input=told)
        path = f"/catalog/v1/jobs/{job_id}"
        job = JobOut(
            id=job_id,
            kind=kind,
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


def _check_codes(codes: Codes, media_type: str) -> None:
    if codes != "national" and media_type == XLSX:
        raise UnsupportedError(
            "工作簿和整份指南的表格中事项类型是名称而不是编码，无需 codes；如需广东编码请用清单 CSV 或 JSON Lines",
            "Tables of whole guides name task types in words; take the flat CSV or JSON Lines instead",
            code="task-types-in-words",
        )


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE_BYTES):
        yield piece


def _look_over(file: IO[bytes], media_type: str) -> None:
    """Refuse at the door, and say why, what no import could read: a locked workbook, macros, another kind of file."""
    file.seek(0)
    head = file.read(_COMPOUND_HEAD_BYTES)
    if head.startswith(_COMPOUND_FILE):
        file.seek(0)
        raise _no_workbook(is_locked=_ENCRYPTED_PACKAGE in file.read(FILE_BYTES_MAX))
    if head.startswith(b"PK\x03\x04"):
        check_workbook(file)
    if media_type == CSV and head[:1] == b"{":
        _explain(file, media_type)


def _explain(file: IO[bytes], media_type: str) -> None:
    """Raise when a file is a table, but not of the kind that its name says."""
    found = recognise(file, _TABLES)
    if found in _NAMES and found != media_type:
        raise UnsupportedError(
            f"文件名说它是 {_NAMES[media_type]}，内容却是 {_NAMES[found]}；请用正确的扩展名保存后上传",
            f"The name says {_NAMES[media_type]}, the content is {_NAMES[found]}; rename the file",
            code="file-name-misleads",
        )


def _no_workbook(*, is_locked: bool) -> UnsupportedError:
    if is_locked:
        return UnsupportedError(
            "工作簿设有打开密码，无法读取，请去掉密码后上传",
            "The workbook is locked with a password; remove it and send the file again",
            code="workbook-encrypted",
        )
    return UnsupportedError(
        "这是旧版 Excel（.xls）文件，请另存为 .xlsx 后上传",
        "This is an old Excel file (.xls); save it as .xlsx and send that",
        code="workbook-old",
    )


_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Office files before 2007, and encrypted ones ever since (MS-CFB 2.2)."""
_COMPOUND_HEAD_BYTES = 8
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


@router.get(
    "/imports/template",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
    operation_id="get_import_template",
)
async def get_import_template(
    call: Anyone,  # noqa: ARG001  its policy alone
    kind: Annotated[Literal["guides", "items"], Query()] = "guides",
) -> Response:
    """An empty workbook to fill in: whole guides in a sheet for each kind of part, or the flat list of items."""
    if kind == "items":
        return _file(flat_template().packed(), "事项清单模板.xlsx")
    book = await asyncio.to_thread(guide_template)
    return _file(book.packed(), "办事指南模板.xlsx")


@router.get(
    "/imports/{job_id}/refused-rows",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}, CSV: {}, XLSX: {}}}},
    operation_id="get_refused_rows",
)
async def get_refused_rows(job_id: UUID, call: Importer) -> Response:
    """The refused rows of one's own import, in the layout of the file, with what is wrong: mend them and send only these."""
    jobs = call.runtime.table("jobs")
    async with call.read() as tx:
        job = await tx.one_or_none(
            select(jobs).where(
                jobs.c.id == job_id,
                jobs.c.owner_id == call.principal.owner_id,
                jobs.c.kind.in_(IMPORT_KINDS),
            )
        )
        if job is None:
            raise NotFoundError
        rows = call.runtime.table("job_rows")
        found = await tx.all(
            select(rows.c.number, rows.c.faults).where(
                rows.c.job_id == job_id, rows.c.verdict == "refused"
            )
        )
    data = await call.runtime.blobs.get(job.input["sha256"])
    media_type = job.input["media_type"]
    refused = {row.number: row.faults for row in found}
    packed = refused_rows(data, media_type, refused)
    return _file(packed, f"被拒绝的行{_SUFFIXES[media_type]}", media_type)


@router.get(
    "/items/export",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}, CSV: {}, XLSX: {}}}},
    operation_id="export_items",
)
async def export_items(
    call: Anyone,
    wanted: Annotated[ItemFilter, Depends(item_filter)],
    format: Annotated[Literal["jsonl", "csv", "xlsx"], Query()] = "jsonl",
    shape: Annotated[Literal["whole", "flat"] | None, Query()] = None,
    codes: Annotated[Codes, Query()] = "national",
) -> Response:
    """Guides in force, with the filters of `GET /items`: XLSX and JSON Lines whole, as the import takes them.

    CSV is the flat list unless `shape=whole` asks for guides with their parts as JSON in columns of their own.
    """
    day = call.runtime.clock.now().astimezone(CITY_ZONE).date().isoformat()
    if format == "xlsx":
        _check_codes(codes, XLSX)
        book = await _workbook(_guides(call, wanted, codes))
        return _file(book.packed(), f"办事指南-{day}.xlsx")
    if format == "csv":
        if shape == "whole":
            _check_codes(codes, XLSX)
        guides = _guides(call, wanted, codes)
        pieces = _whole_csv(guides) if shape == "whole" else _flat_csv(guides)
        return StreamingResponse(pieces, media_type=CSV, headers=_named(f"事项-{day}.csv"))
    return StreamingResponse(
        _json_lines(_guides(call, wanted, codes)),
        media_type=JSON_LINES,
        headers=_named(f"办事指南-{day}.jsonl"),
    )


async def _workbook(pages: AsyncIterator[Guides]) -> GuideWorkbook:
    """Made whole before the first byte goes out, so that what does not fit is a refusal and no broken file."""
    book, count = GuideWorkbook(), 0
    async for guides in pages:
        count += len(guides)
        if count > WORKBOOK_ITEMS_MAX:
            raise UnsupportedError(
                f"超过 {WORKBOOK_ITEMS_MAX} 项，工作簿放不下；请用区划、部门等条件缩小范围，或改用 CSV、JSON Lines",
                f"More than {WORKBOOK_ITEMS_MAX} items; narrow the filters, or take CSV or JSON Lines",
                code="too-many-for-a-workbook",
            )
        await asyncio.to_thread(book.add, guides)
    return book


def _file(
    packed: AbstractContextManager[IO[bytes]], name: str, media_type: str = XLSX
) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(packed.__enter__)
        try:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece
        finally:
            packed.__exit__(None, None, None)

    return StreamingResponse(pieces(), media_type=media_type, headers=_named(name))


def _named(name: str) -> dict[str, str]:
    """Under what name a browser keeps the file (RFC 6266, RFC 8187)."""
    plain = "items." + name.rpartition(".")[2]
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    }


async def _json_lines(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    columns = list(Guide.model_fields)
    async for guides in pages:
        yield b"".join(write_json_lines(columns, guides))


async def _whole_csv(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    yield csv_head()
    async for guides in pages:
        yield await asyncio.to_thread(csv_guides, guides)


async def _flat_csv(pages: AsyncIterator[Guides]) -> AsyncIterator[bytes]:
    columns = list(FLAT_COLUMNS.values())
    is_first = True
    async for guides in pages:
        pieces = write_csv(columns, [flat_values_of(guide) for guide in guides])
        header = next(pieces)
        yield b"".join([header, *pieces] if is_first else pieces)
        is_first = False


async def _guides(call: Call, wanted: ItemFilter, codes: Codes) -> AsyncIterator[Guides]:
    """Guides page by page, each in a short transaction of its own; always at least one page.

    What was kept before a field of the guide was there gets that field's default.
    """
    last: UUID | None = None
    while True:
        async with call.read() as tx:
            rows = await tx.all(guides_after(last, wanted=wanted, limit=PAGE_ITEMS))
        yield [_in_codes(_whole(row.guide), codes) for row in rows]
        if len(rows) < PAGE_ITEMS:
            return
        last = rows[-1].id


def _whole(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    if kept.keys() >= Guide.model_fields.keys():
        return kept
    return Guide.model_validate(dict(kept)).model_dump(mode="json")


def _in_codes(guide: Mapping[str, Any], codes: Codes) -> Mapping[str, Any]:
    if codes == "national":
        return guide
    return {**guide, "task_type": to_guangdong(guide["task_type"])}
