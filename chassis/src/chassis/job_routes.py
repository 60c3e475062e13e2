"""How long work shows itself: state, progress, row verdicts, cancel. The same in every service that has jobs."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select, update

from chassis.blobs import CSV
from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import ConflictError, NotFoundError
from chassis.identity import Reach
from chassis.jobs import Verdict, enqueue_job
from chassis.paging import Paging, page_of
from chassis.runtime import Runtime
from chassis.schemas import Out, Page
from chassis.transaction import Transaction
from chassis.workbooks import write_csv

PAGE_ROWS = 1_000
CSV_COLUMNS = (
    "行号",
    "结论",
    "键",
    "新编号",
    "工作表",
    "单元格",
    "列",
    "代码",
    "说明",
    "如何修改",
    "in English",
)


class JobOut(Out):
    """A job's state and progress; `done` of `total` rows were seen."""

    id: UUID
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    accepted: int
    remarked: int
    refused: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rows: str
    """Where the verdicts of its rows are."""


class JobRowOut(Out):
    number: int
    verdict: Verdict
    key: str
    made_id: str | None
    faults: list[dict[str, Any]]


def answer_queued(
    tx: DoorTransaction, runtime: Runtime, *, kind: str, input: dict[str, Any]
) -> UUID:
    """Queue a job in the caller's transaction and answer with it: 202, and where it is. Returns its id."""
    job_id = enqueue_job(tx, runtime, kind=kind, input=input)
    path = f"/{runtime.service}/v1/jobs/{job_id}"
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
    return job_id


def job_router(service: str, roles: Mapping[str, Reach]) -> APIRouter:
    """Routes under `/{service}/v1/jobs`, for these roles; each sees the jobs they started."""
    router = APIRouter(prefix=f"/{service}/v1/jobs", tags=["jobs"])
    policy = allow(roles)

    @router.get("", response_model=Page[JobOut], operation_id="list_jobs")
    async def list_jobs(call: Annotated[Call, policy], paging: Paging) -> Response:
        """The caller's jobs, newest first."""
        jobs = call.runtime.table("jobs")
        async with call.read() as tx:
            page = await page_of(
                tx,
                select(jobs).where(jobs.c.owner_id == call.principal.owner_id),
                by=[jobs.c.id],
                paging=paging,
                cursors=call.runtime.cursors,
                kind="jobs",
                show=lambda row: _job_out(row, service),
            )
        return answer(page)

    @router.get("/{job_id}", response_model=JobOut, operation_id="get_job")
    async def get_job(job_id: UUID, call: Annotated[Call, policy]) -> Response:
        """State and progress of one job."""
        async with call.read() as tx:
            row = await _own_job(tx, call, job_id)
        return answer(_job_out(row, service))

    @router.get("/{job_id}/rows", response_model=Page[JobRowOut], operation_id="list_job_rows")
    async def list_job_rows(
        job_id: UUID,
        call: Annotated[Call, policy],
        paging: Paging,
        verdict: Annotated[Verdict | None, Query()] = None,
    ) -> Response:
        """What became of each row, in the order of the file."""
        rows = call.runtime.table("job_rows")
        async with call.read() as tx:
            await _own_job(tx, call, job_id)
            statement = select(rows).where(rows.c.job_id == job_id)
            if verdict is not None:
                statement = statement.where(rows.c.verdict == verdict)
            page = await page_of(
                tx,
                statement,
                by=[rows.c.number],
                paging=paging,
                cursors=call.runtime.cursors,
                kind=f"job_rows {job_id} {verdict}",
                show=JobRowOut.model_validate,
                descending=False,
            )
        return answer(page)

    @router.get(
        "/{job_id}/rows.csv",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}},
        operation_id="export_job_rows",
    )
    async def export_job_rows(
        job_id: UUID,
        call: Annotated[Call, policy],
        verdict: Annotated[Verdict | None, Query()] = None,
    ) -> Response:
        """The verdicts as CSV, a line a fault (UTF-8 with BOM, so that office programs read the Chinese)."""
        async with call.read() as tx:
            await _own_job(tx, call, job_id)
        return StreamingResponse(_rows_csv(call, job_id, verdict), media_type=CSV)

    @router.post(
        "/{job_id}/cancellations", status_code=202, response_model=JobOut, operation_id="cancel_job"
    )
    async def cancel_job(job_id: UUID, call: Annotated[Call, policy]) -> Response:
        """Ask a job to stop after the rows it is on; what it did so far stands."""
        jobs = call.runtime.table("jobs")
        async with call.begin() as tx:
            row = await _own_job(tx, call, job_id)
            if row.state not in {"queued", "running"}:
                raise ConflictError("任务已结束，不能取消", "The job has ended", code="job-ended")
            await tx.execute(update(jobs).where(jobs.c.id == job_id).values(cancel_asked=1))
            tx.answer(_job_out(row, service), status=202)
        return tx.response

    return router


async def _rows_csv(call: Call, job_id: UUID, verdict: Verdict | None) -> AsyncIterator[bytes]:
    """Page by page, each read in a short transaction of its own."""
    rows = call.runtime.table("job_rows")
    statement = select(rows).where(rows.c.job_id == job_id)
    if verdict is not None:
        statement = statement.where(rows.c.verdict == verdict)
    last = -1
    while True:
        async with call.read() as tx:
            page = await tx.all(
                statement.where(rows.c.number > last).order_by(rows.c.number).limit(PAGE_ROWS)
            )
        pieces = write_csv(CSV_COLUMNS, [line for row in page for line in _csv_lines(row)])
        head = next(pieces)
        yield b"".join([head, *pieces] if last < 0 else pieces)
        if len(page) < PAGE_ROWS:
            return
        last = page[-1].number


def _csv_lines(row: Any) -> list[dict[str, Any]]:
    shared = {"结论": row.verdict, "键": row.key, "新编号": row.made_id}
    return [
        {
            **shared,
            "行号": fault.get("row") or row.number,
            "工作表": fault.get("sheet"),
            "单元格": fault.get("cell"),
            "列": fault.get("column"),
            "代码": fault.get("code"),
            "说明": fault.get("zh"),
            "如何修改": fault.get("mend"),
            "in English": fault.get("en"),
        }
        for fault in row.faults or [{}]
    ]


async def _own_job(tx: Transaction, call: Call, job_id: UUID) -> Any:
    jobs = call.runtime.table("jobs")
    row = await tx.one_or_none(
        select(jobs).where(jobs.c.id == job_id, jobs.c.owner_id == call.principal.owner_id)
    )
    if row is None:
        raise NotFoundError
    return row


def _job_out(row: Any, service: str) -> JobOut:
    columns = {name: getattr(row, name) for name in JobOut.model_fields if name != "rows"}
    return JobOut(rows=f"/{service}/v1/jobs/{row.id}/rows", **columns)
