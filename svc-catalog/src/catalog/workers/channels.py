"""Timers: days whose channel figures did not come in time are marked."""

import asyncio

import structlog

from catalog.domain.channels import last_due_day
from catalog.queries.channels import days_missing
from catalog.repository.channels import raise_alarms
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask

LOOK_SECONDS = 600.0
PIECE_ROWS = 5_000

log = structlog.get_logger()


async def look_for_missing_days_for_ever(runtime: Runtime) -> None:
    while True:
        raised = await raise_channel_alarms(runtime)
        if raised:
            log.info("channel figures missing", days=raised)
        await asyncio.sleep(LOOK_SECONDS)


async def raise_channel_alarms(runtime: Runtime) -> int:
    """Mark every day whose figures are due and not there; returns how many are newly marked."""
    tx = runtime.begin_system()
    try:
        last = last_due_day(tx.now, int(await tx.rule("channel-figures-due-hour")))
        listed = days_missing("", last).subquery()
        statement = listed.select().where(listed.c.raised_at.is_(None)).limit(PIECE_ROWS)
        rows = await tx.all(statement)
        raised = await raise_alarms(tx, [(row.channel, row.day) for row in rows])
        await tx.commit()
        return raised
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (look_for_missing_days_for_ever,)
