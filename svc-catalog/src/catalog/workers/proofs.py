"""Timers: a cancellation of a proof (证明) is told on its day, guides that ask for it nevertheless are found, and what
was found is closed when the proof may be demanded again.
"""

import asyncio
from uuid import UUID

import structlog

from catalog.repository.audit import rules_in_use
from catalog.repository.cancelled_proofs import (
    NO_CANCELLED_PROOF,
    asking_piece,
    mark_sought,
    unsought,
)
from catalog.use_cases.close_retained_proofs import close_retained_proofs
from catalog.use_cases.open_asking_guides import open_asking_guides
from catalog.use_cases.tell_cancelled_proofs import tell_cancelled_proofs
from chassis.clock import local_date
from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask
from chassis.working_days import WorkingDays

LOOK_SECONDS = 20.0
PIECE_ITEMS = 400

_CALENDAR = WorkingDays()

log = structlog.get_logger()


async def tell_cancelled_for_ever(runtime: Runtime) -> None:
    while True:
        told = await tell_cancelled(runtime)
        opened = await find_asking(runtime)
        closed = await close_retained(runtime)
        if told or opened or closed:
            log.info("proofs cancelled", proofs=told, findings=opened, closed=closed)
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


async def find_asking(runtime: Runtime) -> int:
    """Open findings at the owners of guides that ask for what is cancelled since the last look; returns how many.

    A process that dies in between leaves the cancellation unsought, and the next begins it again.
    """
    opened = 0
    while True:
        tx = runtime.begin_system()
        try:
            period = await unsought(tx, local_date(tx.now))
        finally:
            await tx.close()
        if period is None:
            return opened
        after: UUID | None = None
        while True:
            after, count = await _find_piece(runtime, period.code, period.period_id, after)
            opened += count
            if after is None:
                break


async def _find_piece(
    runtime: Runtime, code: str, period_id: UUID, after: UUID | None
) -> tuple[UUID | None, int]:
    """One commit: the last item looked at, or None at the end, and how many findings were opened."""
    tx = runtime.begin_system()
    try:
        today = local_date(tx.now)
        rows = await asking_piece(tx, code, day=today, after=after, limit=PIECE_ITEMS)
        rules = {rule.code: rule for rule in await rules_in_use(tx)}
        opened = 0
        if rows and NO_CANCELLED_PROOF in rules:
            days = int(await tx.rule("finding-working-days"))
            due_on = _CALENDAR.add(today, days).on
            opened = await open_asking_guides(rules[NO_CANCELLED_PROOF], rows, tx, due_on=due_on)
        if len(rows) < PIECE_ITEMS:
            await mark_sought(tx, period_id)
        await tx.commit()
    finally:
        await tx.close()
    return (rows[-1].item_id if len(rows) == PIECE_ITEMS else None), opened


async def close_retained(runtime: Runtime) -> int:
    """Close what was found about proofs that may be demanded again; returns how many."""
    closed = 0
    while True:
        tx = runtime.begin_system()
        try:
            count = await close_retained_proofs(tx)
            await tx.commit()
        finally:
            await tx.close()
        closed += count
        if count == 0:
            return closed


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (tell_cancelled_for_ever,)
