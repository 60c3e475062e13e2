"""Lists of items that come in: an import is a job, and what it refused can be had as a file.

POST /imports                      publisher, system_admin     JSON Lines, CSV or XLSX
GET  /imports/template             anyone
GET  /imports/{job}/refused-rows   whoever sent it in
"""

import asyncio
from typing import IO, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from sqlalchemy import select

from catalog.documents.guide_writers import flat_template, guide_template
from catalog.documents.refused_rows import refused_rows
from catalog.routes.item_files import (
    TABLE_NAMES,
    TABLES,
    Codes,
    check_codes,
    file_answer,
)
from catalog.routes.parameters import Anyone, PublisherOrAdministrator
from chassis.blobs import CSV, JSON_LINES, XLSX, recognise
from chassis.errors import NotFoundError, UnsupportedError
from chassis.job_routes import JobOut, answer_queued
from chassis.sheets import check_workbook
from chassis.uploads import pieces_of
from chassis.workbooks import media_type_of

router = APIRouter(prefix="/catalog/v1", tags=["transfers"])

FILE_BYTES_MAX = 60 * 1024 * 1024
IMPORT_KINDS = ("import-items", "try-import-items")
_SUFFIXES = {CSV: ".csv", JSON_LINES: ".jsonl", XLSX: ".xlsx"}


@router.post("/imports", status_code=202, response_model=JobOut, operation_id="import_items")
async def post_import(
    file: Annotated[UploadFile, File()],
    call: PublisherOrAdministrator,
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
    check_codes(codes, media_type)
    await asyncio.to_thread(_look_over, file.file, media_type)
    await file.seek(0)
    try:
        blob = await call.runtime.blobs.put(
            pieces_of(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
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
        answer_queued(tx, call.runtime, kind=kind, input=told)
    return tx.response


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
    found = recognise(file, TABLES)
    if found in TABLE_NAMES and found != media_type:
        raise UnsupportedError(
            f"文件名说它是 {TABLE_NAMES[media_type]}，内容却是 {TABLE_NAMES[found]}；请用正确的扩展名保存后上传",
            f"The name says {TABLE_NAMES[media_type]}, the content is {TABLE_NAMES[found]}; rename the file",
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
        return file_answer(flat_template().packed(), "事项清单模板.xlsx")
    book = await asyncio.to_thread(guide_template)
    return file_answer(book.packed(), "办事指南模板.xlsx")


@router.get(
    "/imports/{job_id}/refused-rows",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}, CSV: {}, XLSX: {}}}},
    operation_id="get_refused_rows",
)
async def get_refused_rows(job_id: UUID, call: PublisherOrAdministrator) -> Response:
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
    return file_answer(packed, f"被拒绝的行{_SUFFIXES[media_type]}", media_type)
