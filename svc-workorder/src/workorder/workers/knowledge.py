"""Reviews of the knowledge base that fall due."""

import asyncio
from collections.abc import Mapping

import structlog

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.use_cases.remind_reviews import remind_reviews

PAUSE_SECONDS = 60.0

log = structlog.get_logger()


async def watch_reviews(runtime: Runtime) -> None:
    """Remind as review dates come, for as long as the process lives; several processes may do it side by side."""
    while True:
        try:
            while await remind_due_reviews(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("reviews paused", error=repr(error)[:200])
        await asyncio.sleep(PAUSE_SECONDS)


async def remind_due_reviews(runtime: Runtime) -> int:
    """One batch in one commit; returns how many."""
    tx = runtime.begin_system()
    try:
        count = await remind_reviews(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (watch_reviews,)
