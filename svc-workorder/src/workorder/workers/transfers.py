"""Receipts of emergency lines that do not come, looked for as long as the process lives."""

import asyncio
from collections.abc import Mapping

import structlog

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.use_cases.warn_of_transfers import warn_of_transfers

LOOK_PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def watch_transfers(runtime: Runtime) -> None:
    """Several processes may do it side by side: each takes what nobody else holds."""
    while True:
        try:
            while await look(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("transfers not looked at", error=repr(error)[:200])
        await asyncio.sleep(LOOK_PAUSE_SECONDS)


async def look(runtime: Runtime) -> int:
    """One pass; returns how many receipts were told to be missing."""
    tx = runtime.begin_system()
    try:
        count = await warn_of_transfers(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (watch_transfers,)
