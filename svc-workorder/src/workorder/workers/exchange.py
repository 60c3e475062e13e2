"""The province's daily batch, made by itself in the small hours."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from chassis.clock import CITY_ZONE
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.use_cases.make_exchange_batch import make_exchange_batch

PAUSE_SECONDS = 600.0
BEGINS_AT_HOUR = 1
"""Of the city: the day before is over, and its last closings are in the books."""

log = structlog.get_logger()


async def send_daily(runtime: Runtime) -> None:
    """Make yesterday's batch once; several processes may try, one does it."""
    while True:
        try:
            await make_due_batch(runtime)
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("exchange paused", error=repr(error)[:200])
        await asyncio.sleep(PAUSE_SECONDS)


async def make_due_batch(runtime: Runtime) -> bool:
    """Whether yesterday's batch was made now."""
    now = runtime.clock.now().astimezone(CITY_ZONE)
    if now.hour < BEGINS_AT_HOUR:
        return False
    tx = runtime.begin_system()
    try:
        made = await make_exchange_batch(tx, now.date() - timedelta(days=1), reason="每日自动导出")
        await tx.commit()
    except IntegrityError:
        return False
    finally:
        await tx.close()
    return made is not None


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (send_daily,)
