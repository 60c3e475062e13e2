"""Work that nobody asked for, and long work: alarms, and due dates counted again."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby, islice
from typing import Literal

import structlog

from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.runtime import Runtime
from workorder.queries.deadlines import Work, affected_works
from workorder.repository.calendar import forget_calendar
from workorder.use_cases.recount_due_dates import (
    REASON,
    RECOUNT,
    RecountDueDates,
    recount_due_dates,
)
from workorder.use_cases.sound_alarms import sound_alarms

ALARM_PAUSE_SECONDS = 5.0
RECOUNT_BATCH = 100

log = structlog.get_logger()


async def watch_deadlines(runtime: Runtime) -> None:
    """Give alarms as they fall due, for as long as the process lives; several processes may do it side by side."""
    while True:
        try:
            while await sound_due_alarms(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("alarms paused", error=repr(error)[:200])
        await asyncio.sleep(ALARM_PAUSE_SECONDS)


async def sound_due_alarms(runtime: Runtime) -> int:
    """One pass: a batch of alarms in one commit; returns how many."""
    tx = runtime.begin_system()
    try:
        count = await sound_alarms(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


async def recount_open_work(run: JobRun) -> None:
    """Count again every due date, wait and ruling that the changed days of the calendar bear on, and every provisional
    due date.

    Input: `days` that changed, or `everything`; `reason`. To count twice changes nothing, so a new run begins anew.
    """
    days = [date.fromisoformat(day) for day in run.input.get("days", ())]
    tx = run.begin()
    forget_calendar(tx)
    try:
        works = await affected_works(tx, days, everything=bool(run.input.get("everything")))
    finally:
        await tx.close()
    await run.beat(total=run.done + len(works))
    for kind, group in groupby(works, key=lambda work: work.kind):
        for batch in batched(group, RECOUNT_BATCH):
            await _recount(run, kind, batch)


async def _recount(
    run: JobRun, kind: Literal["application", "work-order"], batch: Sequence[Work]
) -> None:
    command = RecountDueDates(
        kind=kind,
        ids=[work.id for work in batch],
        reason=str(run.input.get("reason") or REASON),
        whole=bool(run.input.get("everything")),
    )
    tx = run.begin()
    try:
        moved = await recount_due_dates(command, tx)
        verdicts = [
            RowVerdict(
                number=run.done + place,
                verdict="accepted" if work.id in moved else "remarked",
                key=work.number,
            )
            for place, work in enumerate(batch, 1)
        ]
        await run.advance(tx, verdicts)
    finally:
        await tx.close()


def batched(works: Iterable[Work], size: int) -> Iterator[list[Work]]:
    """In pieces of at most `size`."""
    rest = iter(works)
    while piece := list(islice(rest, size)):
        yield piece


JOBS: Mapping[str, JobCode] = {RECOUNT: recount_open_work}
BACKGROUND = (watch_deadlines,)
