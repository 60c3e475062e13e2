"""Timers: published adjustments of powers (职权调整) take effect at their minute, each in one transaction, once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from catalog.domain.adjustments import Adjustment
from catalog.repository.adjustments import next_due, note_fault
from catalog.use_cases.bring_adjustment_into_force import bring_adjustment_into_force
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask
from chassis.weather import is_weather

PAUSE_SECONDS = 1.0
RETRY_AFTER = timedelta(minutes=1)
"""What could not take effect is tried again after this long; the adjustment shows why meanwhile."""
FAULT_CHARACTERS_MAX = 500

log = structlog.get_logger()


async def watch_effective_minutes(runtime: Runtime) -> None:
    """For as long as the process lives; several may do it side by side, and what was due while all were down is done."""
    while True:
        await bring_due_into_force(runtime)
        await asyncio.sleep(PAUSE_SECONDS)


async def bring_due_into_force(runtime: Runtime) -> int:
    """Every adjustment that is due, the earliest first; returns how many took effect. One fault stops no other."""
    count = 0
    while True:
        adjustment, took_effect = await _bring_next(runtime)
        if adjustment is None:
            return count
        count += took_effect


async def _bring_next(runtime: Runtime) -> tuple[Adjustment | None, bool]:
    tx = runtime.begin_system()
    adjustment = None
    try:
        adjustment = await next_due(tx, at=tx.now, retried_before=tx.now - RETRY_AFTER)
        if adjustment is None:
            return None, False
        await bring_adjustment_into_force(adjustment, tx)
        await tx.commit()
    except Exception as error:
        if adjustment is None or is_weather(error):
            raise
        await tx.close()
        log.exception("adjustment not in force", adjustment=str(adjustment.id))
        await _note(runtime, adjustment.id, error)
        return adjustment, False
    finally:
        await tx.close()
    log.info("adjustment in force", adjustment=str(adjustment.id), kind=adjustment.kind)
    return adjustment, True


async def _note(runtime: Runtime, adjustment_id: UUID, error: Exception) -> None:
    words = getattr(error, "zh", "") or type(error).__name__
    tx = runtime.begin_system()
    try:
        await note_fault(tx, adjustment_id, words[:FAULT_CHARACTERS_MAX])
        await tx.commit()
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (watch_effective_minutes,)
