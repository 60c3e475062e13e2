"""Long work: a row that says how far it is, a worker that any process may be, results row by row.

A job is taken with SKIP LOCKED and holds on by its heartbeat; when its process dies another takes it up again,
and the job's own code goes on after `done`. Progress, verdicts and the rows' effects are committed together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import and_, or_, select, update

from chassis.identity import EVERYTHING, Principal
from chassis.ids import new_id
from chassis.runtime import Runtime
from chassis.transaction import Transaction
from chassis.weather import is_weather

IDLE_SECONDS = 0.5
HEARTBEAT_LOST_SECONDS = 30
WEATHER_PAUSE_SECONDS = 1.0

HEARTBEAT_SECONDS = 5.0

Verdict = Literal["accepted", "remarked", "refused", "held-back"]
COUNTED_VERDICTS: tuple[Verdict, ...] = ("accepted", "remarked", "refused")

T = TypeVar("T")

log = structlog.get_logger()


class JobCancelledError(Exception):
    """Somebody asked for the job to stop; what it did so far stands."""


class JobFailedError(Exception):
    """The job cannot go on; the words are shown to its owner."""


@dataclass(kw_only=True)
class RowVerdict:
    """What became of one row of an import: taken, taken with a remark, or refused; and why.

    Held back: nothing was wrong with it, and it was not taken, because the whole was to be taken or nothing.
    """

    number: int
    verdict: Verdict
    key: str = ""
    made_id: str | None = None
    faults: list[dict[str, Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class JobRun:
    """A running job as its code sees it."""

    runtime: Runtime
    id: UUID
    kind: str
    owner: Principal
    input: Mapping[str, Any]
    done: int
    """Rows already seen by an earlier run: go on after them."""

    def begin(self) -> Transaction:
        """A transaction as the job's owner, reaching everything; its facts let those of people's own steps go first."""
        return self.runtime.begin(self.owner, EVERYTHING, correlation_id=str(self.id), is_bulk=True)

    async def advance(
        self, tx: Transaction, verdicts: list[RowVerdict], *, total: int | None = None
    ) -> None:
        """Record rows and progress in `tx`, beside their effects, and commit; raises JobCancelledError."""
        cancel_asked = await self.record(tx, verdicts, total=total)
        await tx.commit()
        self.done += len(verdicts)
        if cancel_asked:
            raise JobCancelledError

    async def record(
        self, tx: Transaction, verdicts: list[RowVerdict], *, total: int | None = None
    ) -> bool:
        """As `advance`, and whoever calls it commits. Says whether somebody asked for the job to stop."""
        jobs, rows = self.runtime.table("jobs"), self.runtime.table("job_rows")
        kept = [
            {
                "job_id": self.id,
                "number": verdict.number,
                "verdict": verdict.verdict,
                "key": verdict.key,
                "made_id": verdict.made_id,
                "faults": verdict.faults,
            }
            for verdict in verdicts
        ]
        await tx.insert_many(rows, kept)
        counts = {name: sum(v.verdict == name for v in verdicts) for name in COUNTED_VERDICTS}
        statement = (
            update(jobs)
            .where(jobs.c.id == self.id)
            .values(
                done=jobs.c.done + len(verdicts),
                accepted=jobs.c.accepted + counts["accepted"],
                remarked=jobs.c.remarked + counts["remarked"],
                refused=jobs.c.refused + counts["refused"],
                heartbeat_at=tx.now,
                **({"total": total} if total is not None else {}),
            )
            .returning(jobs.c.cancel_asked)
        )
        return bool((await tx.execute(statement)).scalar_one())

    async def beat(self, *, done: int | None = None, total: int | None = None) -> None:
        """Hold on to the job while nothing can be committed yet; raises JobCancelledError."""
        jobs = self.runtime.table("jobs")
        tx = self.runtime.begin_system()
        try:
            given: dict[str, Any] = {"done": done, "total": total}
            values = {name: value for name, value in given.items() if value is not None}
            statement = update(jobs).where(jobs.c.id == self.id).returning(jobs.c.cancel_asked)
            values["heartbeat_at"] = tx.now
            cancel_asked = (await tx.execute(statement.values(**values))).scalar_one()
            await tx.commit()
        finally:
            await tx.close()
        if cancel_asked:
            raise JobCancelledError

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Long work of the processor alone, off the event loop, with the job held on to meanwhile."""
        running = asyncio.ensure_future(asyncio.to_thread(work))
        while not (await asyncio.wait({running}, timeout=HEARTBEAT_SECONDS))[0]:
            await self.beat()
        return running.result()


JobCode = Callable[[JobRun], Awaitable[None]]


def enqueue_job(
    tx: Transaction, runtime: Runtime, *, kind: str, input: dict[str, Any], total: int | None = None
) -> UUID:
    """Queue a job in the caller's transaction, on the caller's behalf; returns its id."""
    job_id = new_id()
    principal = tx.principal
    tx.insert(
        runtime.table("jobs"),
        id=job_id,
        kind=kind,
        owner_id=principal.owner_id,
        owner={
            "subject": principal.subject,
            "kind": principal.kind,
            "roles": sorted(principal.roles),
            "division": principal.division,
            "department": principal.department,
            "channel": principal.channel,
        },
        state="queued",
        total=total,
        input=input,
        created_at=tx.now,
    )
    return job_id


@dataclass(kw_only=True)
class JobWorker:
    """Takes queued jobs one at a time until it is stopped."""

    runtime: Runtime
    codes: Mapping[str, JobCode]

    async def run(self) -> None:
        while True:
            try:
                found = await self.run_one()
            except Exception as error:  # noqa: BLE001  the worker must outlive every fault around it
                log.warning("job worker paused", error=repr(error)[:200])
                await asyncio.sleep(WEATHER_PAUSE_SECONDS)
                continue
            if not found:
                await asyncio.sleep(IDLE_SECONDS)

    async def run_one(self) -> bool:
        """Take the oldest open job and run it to its end; False when there is none."""
        run = await self._take()
        if run is None:
            return False
        try:
            await self.codes[run.kind](run)
        except JobCancelledError:
            await self._end(run, "cancelled", None)
        except JobFailedError as error:
            await self._end(run, "failed", str(error))
        except Exception as error:
            if is_weather(error):
                raise  # its heartbeat stops, and it is taken up again where it was
            log.exception("job failed", job_id=str(run.id))
            await self._end(
                run, "failed", "系统内部错误，请联系运维并提供任务编号 / internal error"
            )
        else:
            await self._end(run, "done", None)
        return True

    async def _take(self) -> JobRun | None:
        jobs = self.runtime.table("jobs")
        tx = self.runtime.begin_system()
        try:
            lost = tx.now - timedelta(seconds=HEARTBEAT_LOST_SECONDS)
            free = or_(
                jobs.c.state == "queued",
                and_(jobs.c.state == "running", jobs.c.heartbeat_at < lost),
            )
            row = await tx.one_or_none(
                select(jobs)
                .where(jobs.c.state.in_(("queued", "running")), free, jobs.c.kind.in_(self.codes))
                .order_by(jobs.c.created_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            await tx.execute(
                update(jobs)
                .where(jobs.c.id == row.id)
                .values(state="running", started_at=row.started_at or tx.now, heartbeat_at=tx.now)
            )
            await tx.commit()
            return _job_run(self.runtime, row)
        finally:
            await tx.close()

    async def _end(self, run: JobRun, state: str, error: str | None) -> None:
        jobs = self.runtime.table("jobs")
        tx = self.runtime.begin_system()
        try:
            values: dict[str, Any] = {"state": state, "error": error, "finished_at": tx.now}
            await tx.execute(update(jobs).where(jobs.c.id == run.id).values(**values))
            await tx.commit()
        finally:
            await tx.close()


def _job_run(runtime: Runtime, row: Any) -> JobRun:
    owner = row.owner
    return JobRun(
        runtime=runtime,
        id=row.id,
        kind=row.kind,
        owner=Principal(
            subject=owner["subject"],
            kind=owner["kind"],
            roles=frozenset(owner["roles"]),
            division=owner["division"],
            department=owner["department"],
            channel=owner["channel"],
        ),
        input=row.input,
        done=row.done,
    )


def job_duration_seconds(started_at: datetime | None, finished_at: datetime | None) -> float | None:
    return (finished_at - started_at).total_seconds() if started_at and finished_at else None
