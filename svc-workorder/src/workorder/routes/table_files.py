"""A table handed in as a file, and the job that takes it row by row (workers/table_files.py)."""

from typing import Any

from fastapi import Response, UploadFile

from chassis.door import Call
from chassis.job_routes import answer_queued
from chassis.uploads import pieces_of
from chassis.workbooks import media_type_of

FILE_BYTES_MAX = 50 * 1024 * 1024


async def take_file(call: Call, file: UploadFile, *, kind: str, **told: Any) -> Response:
    """Keep the file and queue its job; the answer is the job. Raises what Blobs.put raises."""
    media_type = media_type_of(file.filename or "")
    blob = await call.runtime.blobs.put(
        pieces_of(file), limit_bytes=FILE_BYTES_MAX, allowed=frozenset({media_type})
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
        answer_queued(tx, call.runtime, kind=kind, input=told)
    return tx.response
