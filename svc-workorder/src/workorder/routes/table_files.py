"""A table handed in as a file, and the job that takes it row by row (workers/table_files.py)."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import Response, UploadFile

from chassis.door import Call
from chassis.job_routes import JobOut
from chassis.jobs import enqueue_job
from chassis.workbooks import media_type_of

FILE_BYTES_MAX = 50 * 1024 * 1024
PIECE_BYTES = 256 * 1024


async def take_file(call: Call, file: UploadFile, *, kind: str, **told: Any) -> Response:
    """Keep the file and queue its job; the answer is the job. Raises what Blobs.put raises."""
    media_type = media_type_of(file.filename or "")
    blob = await call.runtime.blobs.put(
        pieces(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
    )
    call.covers(" ".join([blob.sha256, *map(str, told.values())]))
    return await queue(
        call, kind=kind, told={"sha256": blob.sha256, "media_type": media_type, **told}
    )


async def queue(call: Call, *, kind: str, told: dict[str, Any]) -> Response:
    """Queue a job and answer with it."""
    scope = call.scope
    told["scope"] = {
        "department": scope.department,
        "division": scope.division,
        "everything": scope.everything,
    }
    async with call.begin() as tx:
        job_id = enqueue_job(tx, call.runtime, kind=kind, input=told)
        path = f"/workorder/v1/jobs/{job_id}"
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


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE_BYTES):
        yield piece
