"""A job that is queued every night, once, however many processes ask."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import structlog

from chassis.clock import CITY_ZONE
from chassis.jobs import enqueue_job
from chassis.runtime import Runtime
from chassis.transaction import Transaction

LOOK_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Nightly:
    """Which job, at which hour, and who says whether this process is the one that starts it."""

    kind: str
    hour_rule: str
    """Code of the rule with the hour (0 to 23, the city's time); below 0: never."""
    take_night: Callable[[Transaction, date, UUID], Awaitable[bool]]
    """Marks a night as taken by a job; False when another process was first."""

    async def start(self, runtime: Runtime) -> bool:
        """Queue the night's job when its hour has come. False: not yet, or somebody has."""
        tx = runtime.begin_system()
        try:
            hour = int(await tx.rule(self.hour_rule))
            now = tx.now.astimezone(CITY_ZONE)
            if hour < 0 or now.hour < hour:
                return False
            job_id = enqueue_job(tx, runtime, kind=self.kind, input={})
            if not await self.take_night(tx, now.date(), job_id):
                return False
            await tx.commit()
        finally:
            await tx.close()
        return True

    async def for_ever(self, runtime: Runtime) -> None:
        """The background task: looks once a minute, for as long as the process lives."""
        while True:
            try:
                if await self.start(runtime):
                    log.info("nightly job queued", kind=self.kind)
            except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
                log.warning("nightly job not queued", kind=self.kind, error=repr(error)[:200])
            await asyncio.sleep(LOOK_SECONDS)
