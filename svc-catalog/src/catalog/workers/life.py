"""Timers: versions that were published for a later day enter into force on it, once, also after a stop."""

import asyncio
from uuid import UUID

import structlog

from catalog.repository.scheduled import due_versions
from catalog.use_cases.begin_scheduled_version import (
    BeginScheduledVersion,
    begin_scheduled_version,
)
from chassis.clock import local_date
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask
from chassis.weather import is_weather

PAUSE_SECONDS = 2.0
TOGETHER_MAX = 500
LOOKS_BEFORE_RETRY = 30
"""What could not enter into force is left alone for so many looks, and logged once each time."""

Due = tuple[UUID, int]

log = structlog.get_logger()


async def watch_effective_days(runtime: Runtime) -> None:
    """For as long as the process lives; several may do it side by side."""
    failed: set[Due] = set()
    looks = 0
    while True:
        if looks % LOOKS_BEFORE_RETRY == 0:
            failed.clear()
        looks += 1
        await begin_due_versions(runtime, failed)
        await asyncio.sleep(PAUSE_SECONDS)


async def begin_due_versions(runtime: Runtime, failed: set[Due] | None = None) -> int:
    """Each in a commit of its own, so that one fault stops no other; returns how many entered into force.

    `failed` is passed over, and takes up what fails now.
    """
    failed = set() if failed is None else failed
    tx = runtime.begin_system()
    try:
        due = await due_versions(tx, local_date(tx.now), limit=TOGETHER_MAX)
    finally:
        await tx.close()
    count = 0
    for each in due:
        if each not in failed:
            count += await _begin(runtime, each, failed)
    if count:
        log.info("versions in force", count=count)
    return count


async def _begin(runtime: Runtime, due: Due, failed: set[Due]) -> bool:
    item_id, number = due
    tx = runtime.begin_system()
    try:
        began = await begin_scheduled_version(
            BeginScheduledVersion(item_id=item_id, number=number), tx
        )
        await tx.commit()
    except Exception as error:
        if is_weather(error):
            raise
        failed.add(due)
        log.exception("version not in force", item_id=str(item_id), number=number)
        return False
    else:
        return began
    finally:
        await tx.close()


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (watch_effective_days,)
