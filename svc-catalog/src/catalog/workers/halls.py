"""Timers: appointments whose time passed without anybody coming are counted as missed."""

import asyncio
from datetime import timedelta

import structlog

from catalog.domain.appointments import AppointmentState
from catalog.repository.appointments import booking_rules, overdue, store_appointment
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask

LOOK_SECONDS = 60.0
PIECE_ROWS = 500

log = structlog.get_logger()


async def count_missed_for_ever(runtime: Runtime) -> None:
    while True:
        missed = await count_missed(runtime)
        if missed:
            log.info("appointments missed", count=missed)
        if missed < PIECE_ROWS:
            await asyncio.sleep(LOOK_SECONDS)


async def count_missed(runtime: Runtime) -> int:
    """Close appointments that nobody came to, after the grace of the rule; returns how many."""
    tx = runtime.begin_system()
    try:
        rules = await booking_rules(tx)
        rows = await overdue(tx, timedelta(minutes=rules.grace_minutes), PIECE_ROWS)
        for row in rows:
            store_appointment(
                tx, row, step="missed", state=AppointmentState.NO_SHOW, reason="", missed_at=tx.now
            )
        await tx.commit()
        return len(rows)
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (count_missed_for_ever,)
