"""What the chassis' own tables may forget: old keys, receipts and published facts, a bounded piece at a time."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import text

from chassis.bus import STREAM_AGE_SECONDS_MAX
from chassis.runtime import Runtime

IDEMPOTENCY_KEYS_KEPT_HOURS = 24
PUBLISHED_KEPT_HOURS = 72
RECEIPTS_KEPT_HOURS = STREAM_AGE_SECONDS_MAX // 3600 + 24
"""Longer than a stream keeps its messages: nothing can be delivered again after that."""
PIECE_ROWS = 5_000
ROUND_SECONDS = 300.0

_SWEEPS = {
    "idempotency_keys": (
        (
            "DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys "
            "WHERE created_at < :before LIMIT :piece)"
        ),
        IDEMPOTENCY_KEYS_KEPT_HOURS,
    ),
    "outbox": (
        (
            "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox "
            "WHERE published_at < :before ORDER BY position LIMIT :piece)"
        ),
        PUBLISHED_KEPT_HOURS,
    ),
    "inbox": (
        (
            "DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox "
            "WHERE handled_at < :before LIMIT :piece)"
        ),
        RECEIPTS_KEPT_HOURS,
    ),
}

log = structlog.get_logger()


async def keep_house(runtime: Runtime) -> None:
    """Sweep for ever, every few minutes."""
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        for table in _SWEEPS:
            removed = await sweep(runtime, table)
            if removed:
                runtime.metrics.swept_total.labels(table).inc(removed)
                log.info("swept", table=table, rows=removed)


async def sweep(runtime: Runtime, table: str) -> int:
    """Remove what one table may forget; returns how many rows went."""
    statement, hours = _SWEEPS[table]
    removed = 0
    while True:
        tx = runtime.begin_system()
        try:
            result = await tx.execute(
                text(statement), {"before": tx.now - timedelta(hours=hours), "piece": PIECE_ROWS}
            )
            await tx.commit()
        finally:
            await tx.close()
        removed += result.rowcount
        if result.rowcount < PIECE_ROWS:
            return removed
