"""Timers: cancellations of proofs (证明) are told when their day has come."""

import asyncio

import structlog

from catalog.use_cases.tell_cancelled_proofs import tell_cancelled_proofs
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask

LOOK_SECONDS = 20.0

log = structlog.get_logger()


async def tell_cancelled_for_ever(runtime: Runtime) -> None:
    while True:
        told = await tell_cancelled(runtime)
        if told:
            log.info("proofs cancelled", proofs=told)
        await asyncio.sleep(LOOK_SECONDS)


async def tell_cancelled(runtime: Runtime) -> int:
    """Tell all that is due; returns how many. Two processes at once tell each cancellation once."""
    told = 0
    while True:
        tx = runtime.begin_system()
        try:
            count = await tell_cancelled_proofs(tx)
            await tx.commit()
        finally:
            await tx.close()
        if count == 0:
            return told
        told += count


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (tell_cancelled_for_ever,)
