"""Figures of many days and channels at once: what was missed is made up for, in one request or from a file.

POST /channel-figures           partner (own channels), system_admin   all rows or none
POST /channel-figures/imports   partner (own channels), system_admin   CSV, XLSX or JSON Lines; a job, row by row
"""

from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile

from catalog.domain.channels import FiguresSaid
from catalog.domain.figure_rows import IMPORT
from catalog.routes.channel_figures import FiguresReporter
from catalog.schemas.channels import FiguresRowsIn, FiguresTakenOut, Reason
from catalog.use_cases.report_many_figures import FiguresRow, report_many_figures
from chassis.job_routes import JobOut, answer_queued
from chassis.uploads import pieces_of
from chassis.workbooks import media_type_of

FILE_BYTES_MAX = 20 * 1024 * 1024

router = APIRouter(prefix="/catalog/v1", tags=["channel figures"])


@router.post(
    "/channel-figures", response_model=FiguresTakenOut, operation_id="report_many_channel_figures"
)
async def post_rows(body: FiguresRowsIn, call: FiguresReporter) -> Response:
    """Figures of many days and channels, by who runs them: all rows or none.

    A row for a day that was reported with other figures is a correction: it, or the whole, says why in `reason`.
    """
    rows = [
        FiguresRow(
            channel=row.channel,
            said=FiguresSaid(
                day=row.day,
                division=row.division or "",
                figures=row.model_dump(include={"users", "visits", "cases"}),
                reason=row.reason or body.reason,
            ),
        )
        for row in body.rows
    ]
    async with call.begin() as tx:
        taken = await report_many_figures(rows, tx, scopes=call.principal.scopes, is_atomic=True)
        outcomes = [each.outcome for each in taken]
        tx.answer(
            FiguresTakenOut(
                reported=outcomes.count("reported"),
                corrected=outcomes.count("corrected"),
                unchanged=outcomes.count("unchanged"),
            )
        )
    return tx.response


@router.post(
    "/channel-figures/imports",
    status_code=202,
    response_model=JobOut,
    operation_id="import_channel_figures",
)
async def post_import(
    file: Annotated[UploadFile, File()],
    call: FiguresReporter,
    reason: Annotated[Reason, Form()] = "",
) -> Response:
    """The same from a file with the columns of `/channel-figures/export`; the job says what became of each row.

    Columns: 渠道编码 `channel`, 日期 `day`, 区划 `division` (empty: the whole channel), 注册用户 `users`, 访问量 `visits`,
    办件量 `cases`, 更正原因 `reason`. `reason` of the form counts where a row says none.
    """
    media_type = media_type_of(file.filename or "")
    blob = await call.runtime.blobs.put(
        pieces_of(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
    )
    call.covers(f"{blob.sha256} {reason}")
    told = {
        "sha256": blob.sha256,
        "media_type": media_type,
        "reason": reason,
        # What the grant allows when the file is handed in; a job knows no tokens.
        "scopes": sorted(call.principal.scopes),
    }
    async with call.begin() as tx:
        answer_queued(tx, call.runtime, kind=IMPORT, input=told)
    return tx.response
