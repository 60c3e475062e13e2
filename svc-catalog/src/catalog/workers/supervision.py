"""Timers: departments that have not reported behaviour data by the due day are reminded."""

import asyncio

import structlog

from catalog.domain.supervision import due_on, last_day, month_before
from catalog.repository.supervision import departments_missing, raise_reminders
from chassis.clock import local_date
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask

LOOK_SECONDS = 1_800.0

log = structlog.get_logger()


async def remind_departments_for_ever(runtime: Runtime) -> None:
    while True:
        raised = await raise_supervision_reminders(runtime)
        if raised:
            log.info("supervision data missing", departments=raised)
        await asyncio.sleep(LOOK_SECONDS)


async def raise_supervision_reminders(runtime: Runtime) -> int:
    """Once last month's due day has passed, a reminder for each department that lacks items; returns how many are new."""
    tx = runtime.begin_system()
    try:
        today = local_date(tx.now)
        month = month_before(today)
        if today <= due_on(month, int(await tx.rule("supervision-report-due-day"))):
            return 0
        rows = await departments_missing(tx, month, last_day(month))
        raised = await raise_reminders(tx, month, rows)
        await tx.commit()
        return raised
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (remind_departments_for_ever,)
