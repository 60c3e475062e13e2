"""Work that nobody asked for, and long work: alarms, and due dates counted again."""

import asyncio
from collections.abc import Mapping

import structlog

from chassis.jobs import JobCode, JobRun, RowVerdict
from chassis.runtime import Runtime
from workorder.queries import provisional_works
from workorder.repository.calendar import forget_calendar
from workorder.use_cases.recount_due_date import RECOUNT, recount_due_date
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


async def recount_due_dates(run: JobRun) -> None:
    """Count every provisional due date of open work again; what was counted is no longer provisional, so a new run goes on."""
    tx = run.begin()
    forget_calendar(tx)
    try:
        works = await provisional_works(tx)
    finally:
        await tx.close()
    for start in range(0, len(works), RECOUNT_BATCH):
        tx = run.begin()
        try:
            verdicts = [
                RowVerdict(
                    number=run.done + place,
                    verdict="accepted" if await recount_due_date(kind, id, tx) else "remarked",
                    key=number,
                )
                for place, (kind, id, number) in enumerate(works[start : start + RECOUNT_BATCH], 1)
            ]
            await run.advance(tx, verdicts)
        finally:
            await tx.close()


JOBS: Mapping[str, JobCode] = {RECOUNT: recount_due_dates}
