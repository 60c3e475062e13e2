"""Seats that vanished and chats that went quiet, looked for as long as the process lives."""

import asyncio
from collections.abc import Mapping

import structlog

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.use_cases.sweep_seats import sweep_seats

SWEEP_PAUSE_SECONDS = 5.0

log = structlog.get_logger()


async def watch_seats(runtime: Runtime) -> None:
    """Several processes may do it side by side: each takes what nobody else holds."""
    while True:
        try:
            while await sweep(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("seats not swept", error=repr(error)[:200])
        await asyncio.sleep(SWEEP_PAUSE_SECONDS)


async def sweep(runtime: Runtime) -> int:
    """One pass; returns how many seats and chats it ended."""
    tx = runtime.begin_system()
    try:
        count = await sweep_seats(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (watch_seats,)
