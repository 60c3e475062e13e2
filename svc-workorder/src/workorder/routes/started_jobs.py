"""Long work that a door starts: 202, the job's id, and where people follow it."""

from collections.abc import Mapping
from typing import Any

from chassis.door import Call, DoorTransaction
from chassis.jobs import enqueue_job
from workorder.schemas.calendar import JobStartedOut


def answer_started(
    tx: DoorTransaction,
    call: Call,
    *,
    kind: str,
    place: str = "jobs",
    input: Mapping[str, Any] | None = None,
) -> None:
    """Queue a job in the caller's transaction and answer with it. `place`: the list in which it is shown."""
    job_id = enqueue_job(tx, call.runtime, kind=kind, input=dict(input or {}))
    tx.answer(JobStartedOut(job_id=job_id), status=202, location=f"/workorder/v1/{place}/{job_id}")
