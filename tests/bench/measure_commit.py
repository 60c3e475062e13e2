"""From commit to subscriber: how long a fact takes from its transaction's end to whoever listens."""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import nats
import uvloop
from report import Line, Report, median, rounds
from stage import BenchError, Stage, wait_quiet

from chassis.envelope import enclose, subject_of
from chassis.ids import new_id, readable_number
from contracts.events.workorder import WorkOrderOpened
from contracts.vocabulary import WorkOrderKind
from localcity.city import City

RATE = 200
P99_MS_MAX = 20.0
ARRIVE_SECONDS_MAX = 15.0
DIVISION = "445100"
INSERT = (
    "INSERT INTO outbox (event_id, aggregate_id, subject, message, told_at) "
    "VALUES ($1, $2, $3, $4, $5)"
)


def fact_row() -> tuple[UUID, UUID, str, bytes, datetime]:
    """An outbox row as svc-workorder writes it when a hotline order is opened."""
    event_id, aggregate_id, now = new_id(), new_id(), datetime.now(UTC)
    fact = WorkOrderOpened(
        work_order_id=aggregate_id,
        number=readable_number("RX", now.date()),
        kind=WorkOrderKind.HOTLINE,
        category="city.environment",
        opened_at=now,
    )
    message = enclose(
        fact,
        event_id=event_id,
        aggregate_id=aggregate_id,
        sequence=1,
        at=now,
        division=DIVISION,
        correlation_id=str(new_id()),
    )
    return event_id, aggregate_id, subject_of(fact.TYPE, DIVISION, "_"), message, now


@dataclass
class Stopwatch:
    """When each fact was committed and when it was heard, on the machine's monotonic clock."""

    committed: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, message: Any) -> None:
        # The core copy of a JetStream publication: the subscriber asks for no replay and no acknowledgement.
        event_id = (message.headers or {}).get("Nats-Msg-Id", "")
        self.heard.setdefault(event_id, time.monotonic())
        self.news.set()

    async def commit(self, pool: asyncpg.Pool) -> None:
        row = fact_row()
        await pool.execute(INSERT, *row)
        self.committed[str(row[0])] = time.monotonic()

    async def wait_heard(self) -> None:
        """Until everything committed was heard, or it has taken too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ARRIVE_SECONDS_MAX):
                while self.committed.keys() - self.heard.keys():
                    self.news.clear()
                    await self.news.wait()

    def milliseconds(self) -> list[float]:
        """Sorted. Raises BenchError when a fact never came."""
        lost = set(self.committed) - set(self.heard)
        if lost:
            raise BenchError(f"{len(lost)} facts were not heard")
        # A fact can be heard before its committer is told of the commit: that is no time at all.
        return sorted(max(0.0, 1000 * (self.heard[key] - at)) for key, at in self.committed.items())


async def one_round(city: City, seconds: float) -> list[float]:
    """RATE commits a second on the clock's beat, late or not, and the time each took to be heard."""
    watch = Stopwatch()
    client = await nats.connect(city.nats)
    pool = await asyncpg.create_pool(city.database_url("workorder"), min_size=8, max_size=8)
    try:
        await client.subscribe("yiwang.workorder.>", cb=watch.hear)
        await client.flush()
        await asyncio.gather(*(watch.commit(pool) for _ in range(8)))
        await asyncio.sleep(0.5)
        watch.committed.clear()
        began = time.monotonic()
        tasks = []
        for number in range(int(RATE * seconds)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            tasks.append(asyncio.create_task(watch.commit(pool)))
        await asyncio.gather(*tasks)
        await watch.wait_heard()
    finally:
        await pool.close()
        await client.close()
    return watch.milliseconds()


def measure(stage: Stage, report: Report) -> None:
    city = stage.city("main")
    asyncio.run(wait_quiet(city, "workorder"))
    p50, p99, worst = [], [], []
    for _ in range(stage.rounds):
        seen = uvloop.run(one_round(city, stage.seconds + 1))
        p50.append(seen[len(seen) // 2])
        p99.append(seen[int(0.99 * len(seen))])
        worst.append(seen[-1])
        asyncio.run(wait_quiet(city, "workorder"))
    report.add(
        Line(
            name="commit to subscriber, p99",
            ours=f"{median(p99):.1f} ms",
            reference=f"p50 {median(p50):.1f} ms",
            level=f"<= {P99_MS_MAX:.0f} ms",
            is_met=median(p99) <= P99_MS_MAX,
            method=f"{RATE} commits a second on the clock's beat into the outbox of the running svc-workorder, its own relay "
            "and readers at work; from the return of the transaction to a core subscription on the stream's subjects; "
            f"p99 by round {rounds(p99, '{:.1f}')}, worst {max(worst):.1f} ms",
            bound="the relay's one batch under way, and JetStream's fsync of each message"
            if median(p99) > P99_MS_MAX
            else "",
            details={"p50_ms": p50, "p99_ms": p99, "max_ms": worst},
        )
    )
