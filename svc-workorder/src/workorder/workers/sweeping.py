"""The nightly sweeping: notices, to-dos and kept facts that are over for as long as the rules say are removed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from chassis.jobs import JobCode, JobRun
from chassis.nightly import Nightly
from chassis.service import BackgroundTask
from workorder.repository.kept_facts import clear_ended
from workorder.repository.sweeping import SWEEPS, Swept, sweep, take_sweep_night

NOTICE_SWEEPS = "notice-sweep"
PIECE_ROWS = 2_000

log = structlog.get_logger()


async def sweep_notices(run: JobRun) -> None:
    """Remove what is over, a piece in a commit of its own. Taken up again after a fall, it finds what is left."""
    tx = run.begin()
    try:
        before = tx.now - timedelta(days=int(await tx.rule("notices-kept-days")))
    finally:
        await tx.close()
    removed = run.done
    for table in SWEEPS:
        gone = await _sweep_table(run, table, before, removed)
        removed += gone
        log.info("swept", table=table, rows=gone, before=before.isoformat())
    await _sweep_kept_facts(run, removed)


async def _sweep_table(run: JobRun, table: str, before: datetime, done: int) -> int:
    """Returns how many rows went."""
    removed, piece = 0, await _sweep_piece(run, table, before, None)
    while piece is not None:
        removed += piece.removed
        run.runtime.metrics.swept_total.labels(table).inc(piece.removed)
        await run.beat(done=done + removed)
        piece = await _sweep_piece(run, table, before, piece)
    return removed


async def _sweep_kept_facts(run: JobRun, done: int) -> None:
    """What ended so long ago that nobody has to look it up any more, by a rule of its own."""
    removed, gone = 0, 1
    while gone:
        tx = run.begin()
        try:
            gone = await clear_ended(tx)
            await tx.commit()
        finally:
            await tx.close()
        removed += gone
        run.runtime.metrics.swept_total.labels("kept_facts").inc(gone)
        await run.beat(done=done + removed)
    log.info("swept", table="kept_facts", rows=removed)


async def _sweep_piece(
    run: JobRun, table: str, before: datetime, after: Swept | None
) -> Swept | None:
    tx = run.begin()
    try:
        piece = await sweep(tx, table, before=before, after=after, most=PIECE_ROWS)
        await tx.commit()
    finally:
        await tx.close()
    return piece


NIGHTLY = Nightly(kind=NOTICE_SWEEPS, hour_rule="notices-sweep-hour", take_night=take_sweep_night)

JOBS: Mapping[str, JobCode] = {NOTICE_SWEEPS: sweep_notices}
BACKGROUND: tuple[BackgroundTask, ...] = (NIGHTLY.for_ever,)
