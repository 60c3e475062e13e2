"""Facts that came before the work they are about: followed soon after such work is open, or ended when their time is over.

Looked for from this side, so that opening work and taking a step cost nothing by it: whoever opened it, and however it
came to be about the fact, what is kept is found by an index. Several processes may do it side by side.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import structlog

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from workorder.repository.kept_facts import FIRST_ID, due_facts, is_any_kept
from workorder.use_cases.end_kept_facts import end_kept_facts
from workorder.use_cases.follow_kept_fact import follow_kept_fact

PAUSE_SECONDS = 2.0
BATCH = 100

log = structlog.get_logger()


async def watch_kept_facts(runtime: Runtime) -> None:
    """For as long as the process lives."""
    while True:
        try:
            while await look(runtime):
                pass
        except Exception as error:  # noqa: BLE001  the loop outlives every fault of the database
            log.warning("kept facts not looked at", error=repr(error)[:200])
        await asyncio.sleep(PAUSE_SECONDS)


async def look(runtime: Runtime) -> int:
    """One pass over what is due, each in a commit of its own; returns how many were followed or ended."""
    count = 0
    due = await _due(runtime, after=FIRST_ID)
    if due is None:
        return 0
    while due:
        for event_id in due:
            count += await _followed(runtime, event_id)
        due = await _due(runtime, after=due[-1])
    return count + await _ended(runtime)


async def _due(runtime: Runtime, *, after: UUID) -> list[UUID] | None:
    """The next that are due; None: nothing is kept at all."""
    tx = runtime.begin_system()
    try:
        if not await is_any_kept(tx):
            return None
        return await due_facts(tx, after=after, most=BATCH)
    finally:
        await tx.close()


async def _followed(runtime: Runtime, event_id: UUID) -> bool:
    tx = runtime.begin_system()
    try:
        is_followed = await follow_kept_fact(event_id, tx)
        await tx.commit()
    except Exception as error:  # noqa: BLE001  one that fails keeps no other waiting; it is tried again until it expires
        log.warning("kept fact not followed", event_id=str(event_id), error=repr(error)[:200])
        return False
    finally:
        await tx.close()
    return is_followed


async def _ended(runtime: Runtime) -> int:
    tx = runtime.begin_system()
    try:
        count = await end_kept_facts(tx)
        await tx.commit()
    finally:
        await tx.close()
    return count


JOBS: Mapping[str, JobCode] = {}
BACKGROUND = (watch_kept_facts,)
