"""Timers: changes of measures are folded into their sums."""

import asyncio

import structlog
from sqlalchemy import text

from chassis.jobs import JobCode
from chassis.runtime import Runtime
from chassis.service import BackgroundTask

FOLD_SECONDS = 30.0
PIECE_ROWS = 20_000

_FOLD = text(
    "WITH taken AS (DELETE FROM item_measure_changes WHERE id IN (SELECT id FROM item_measure_changes "
    "ORDER BY id LIMIT :piece FOR UPDATE SKIP LOCKED) RETURNING measure, day, division, department, amount), "
    "grains AS (SELECT measure, grain, at AS day, division, place AS department, sum(amount)::bigint AS amount "
    "FROM taken, LATERAL (VALUES ('day', day, department), "
    "('month', date_trunc('month', day)::date, department), ('division-day', day, ''), "
    "('division-month', date_trunc('month', day)::date, '')) AS g (grain, at, place) GROUP BY 1, 2, 3, 4, 5), "
    "folded AS (INSERT INTO item_measures AS kept (measure, grain, day, division, department, amount) "
    "SELECT * FROM grains ORDER BY 1, 2, 3, 4, 5 ON CONFLICT (measure, grain, day, division, department) "
    "DO UPDATE SET amount = kept.amount + excluded.amount) "
    "SELECT count(*) FROM taken"
)
"""One statement: a reader sees a change either here or there, never twice and never not at all."""

log = structlog.get_logger()


async def fold_measures_for_ever(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(FOLD_SECONDS)
        folded = await fold_measures(runtime)
        if folded:
            log.info("measures folded", rows=folded)


async def fold_measures(runtime: Runtime) -> int:
    """Fold what has been appended, a bounded piece at a time; returns how many rows were folded."""
    folded = 0
    while True:
        tx = runtime.begin_system()
        try:
            result = await tx.execute(_FOLD, {"piece": PIECE_ROWS})
            count = int(result.scalar_one())
            await tx.commit()
        finally:
            await tx.close()
        folded += count
        if count < PIECE_ROWS:
            return folded


JOBS: dict[str, JobCode] = {}
BACKGROUND: tuple[BackgroundTask, ...] = (fold_measures_for_ever,)
