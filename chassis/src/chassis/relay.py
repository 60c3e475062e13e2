"""The relay: what was committed with its facts is published, in order per aggregate, at least once.

Woken by LISTEN/NOTIFY; rows are chosen by status (unpublished), never by "position after the last seen": a
sequence number is handed out before its transaction commits, so a slow one would be skipped for ever. One
relay a service at a time (advisory lock); JetStream drops repeats by message id within its window, and the
readers' inboxes drop the rest.

What long work tells (an import's ten thousand facts) lets what people do go first, and while the work is still
going on it leaves in a trickle: neither does a fact wait behind a file, nor the file behind its readers.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from chassis.jobs import HEARTBEAT_LOST_SECONDS
from chassis.pace import BUSY_RATE, Pace
from chassis.telemetry import Metrics, span

RELAY_BATCH_MAX = 500
RELAY_IDLE_SECONDS = 5.0
"""A wake-up can be lost with a connection; nothing waits longer than this."""
RELAY_ACK_SECONDS = 10.0
PAUSES = ((250.0, 0.05), (BUSY_RATE, 0.008))
"""Facts a second, and what a relay that publishes more of them waits between two rounds: a batch costs little more
than a row. One that publishes fewer publishes each at once."""
RELAY_PAUSE_SECONDS_MAX = 5.0
LOCK_KEY = 0x59_57_52_4C

BULK_TRICKLE = 5
"""Facts of long work in one round, while any job is going on."""
TRICKLE_SECONDS = 0.5
"""Between two such rounds, when nobody commits anything meanwhile."""

# No fact overtakes an earlier one of its aggregate, whichever of the two is of long work.
_UNPUBLISHED = """
WITH first AS (
    SELECT position, event_id, aggregate_id, subject, message, traceparent, is_bulk FROM outbox o
    WHERE published_at IS NULL AND NOT is_bulk AND NOT EXISTS (
        SELECT 1 FROM outbox b WHERE b.published_at IS NULL AND b.is_bulk
        AND b.aggregate_id = o.aggregate_id AND b.position < o.position
    )
    ORDER BY position LIMIT $1
), bulk AS (
    SELECT position, event_id, aggregate_id, subject, message, traceparent, is_bulk FROM outbox
    WHERE published_at IS NULL AND is_bulk
    ORDER BY position LIMIT CASE
        WHEN (SELECT count(*) FROM first) >= $1 THEN 0
        WHEN EXISTS (
            SELECT 1 FROM jobs WHERE state = 'running' AND heartbeat_at > now() - make_interval(secs => $3)
        ) THEN $2
        ELSE $1
    END
)
SELECT * FROM first UNION ALL SELECT * FROM bulk ORDER BY is_bulk, position
"""
_MARK = "UPDATE outbox SET published_at = now() WHERE position = ANY($1::bigint[])"
log = structlog.get_logger()


@dataclass(kw_only=True)
class Relay:
    """Publishes one service's outbox until it is stopped."""

    database_url: str
    client: Client
    metrics: Metrics
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _js: JetStreamContext | None = None
    """One for as long as all goes well: each has a reply inbox of its own that is never given up."""
    _pace: Pace = field(default_factory=Pace)
    _is_trickling: bool = False

    async def run(self) -> None:
        """Serve for ever; every fault is weather: wait a little longer each time, then go on."""
        pause = 0.1
        while True:
            try:
                await self._serve()
            except (
                OSError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                nats.errors.Error,
            ) as error:
                log.warning("relay paused", error=type(error).__name__, detail=str(error)[:200])
            except TimeoutError:
                log.warning("relay paused", error="TimeoutError")
            await asyncio.sleep(pause)
            pause = min(pause * 2, RELAY_PAUSE_SECONDS_MAX)
            if self.client.is_connected:
                pause = min(pause, 1.0)

    async def _serve(self) -> None:
        connection = await asyncpg.connect(
            self.database_url,
            timeout=5,
            command_timeout=30,
            # A mark that a crash loses is a fact published again, which the readers' inboxes drop.
            server_settings={"jit": "off", "synchronous_commit": "off"},
        )
        try:
            # Waits here, in the database, while another process relays for this service.
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY, timeout=None)
            await connection.add_listener("outbox", self._told)
            while not connection.is_closed():
                self._wake.clear()
                published = await self.publish_some(connection)
                self._pace.note(published)
                if published == 0:
                    await self._idle(connection)
                elif (pause := _pause_at(self._pace.rate)) and published < RELAY_BATCH_MAX:
                    await asyncio.sleep(pause)
                elif self._is_trickling:
                    await self._woken(TRICKLE_SECONDS)
        finally:
            with contextlib.suppress(Exception):
                await connection.close(timeout=2)

    def _told(self, *_: Any) -> None:
        self._wake.set()

    async def _idle(self, connection: asyncpg.Connection) -> None:
        if not await self._woken(RELAY_IDLE_SECONDS):
            # Nothing was heard for a while: find out whether the connection still lives.
            await connection.execute("SELECT 1")

    async def _woken(self, seconds: float) -> bool:
        """Whether something was committed within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._wake.wait()
        return False

    async def publish_some(self, connection: asyncpg.Connection) -> int:
        """Publish the oldest unpublished rows, at most one of each aggregate; returns how many were published.

        The next fact of an aggregate leaves only after the one before it is acknowledged: a failure in
        between cannot turn their order round.
        """
        rows = await connection.fetch(
            _UNPUBLISHED, RELAY_BATCH_MAX, BULK_TRICKLE, HEARTBEAT_LOST_SECONDS
        )
        self._is_trickling = sum(row["is_bulk"] for row in rows) == BULK_TRICKLE
        self.metrics.outbox_unpublished.set(len(rows))
        if not rows:
            return 0
        firsts: dict[Any, asyncpg.Record] = {}
        for row in rows:
            firsts.setdefault(row["aggregate_id"], row)
        done = await self._publish(list(firsts.values()))
        if done:
            await connection.execute(_MARK, done)
            self.metrics.relay_published_total.inc(len(done))
        if len(done) < len(firsts):
            self._js = None  # what was not acknowledged still holds places in its queue
            raise TimeoutError
        return len(done)

    async def _publish(self, rows: list[asyncpg.Record]) -> list[int]:
        js = self._js = self._js or self.client.jetstream(
            publish_async_max_pending=RELAY_BATCH_MAX + 1
        )
        sent: list[tuple[int, asyncio.Future[Any]]] = []
        for row in rows:
            with span("outbox publish", kind="producer", traceparent=row["traceparent"]) as parent:
                headers = {"Nats-Msg-Id": str(row["event_id"])}
                if row["traceparent"]:
                    headers["traceparent"] = parent
                future = await js.publish_async(row["subject"], row["message"], headers=headers)
                sent.append((row["position"], future))
        done, _ = await asyncio.wait([future for _, future in sent], timeout=RELAY_ACK_SECONDS)
        published = []
        for position, future in sent:
            if future in done and not future.cancelled() and future.exception() is None:
                published.append(position)
            elif future in done and not future.cancelled():
                log.warning(
                    "publish failed", position=position, error=str(future.exception())[:200]
                )
        return published


def _pause_at(rate: float) -> float:
    """Seconds between two rounds."""
    return next((pause for above, pause in PAUSES if rate > above), 0.0)
