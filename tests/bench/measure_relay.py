"""The relay from a full outbox to an empty one, against nats-py publishing the same bytes alone."""

import asyncio
import os
import time
from typing import Any

import asyncpg
import uvloop
from machine import Cpu, CpuReading
from measure_commit import DIVISION, fact_row
from report import Line, Report, median, rounds
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from stage import BenchError, Stage, execute

from chassis import bus
from chassis.database import chassis_tables
from chassis.ids import new_id
from chassis.relay import Relay
from chassis.telemetry import Metrics
from localcity.city import City

SHARE_MIN = 0.60
BATCH = 500
ROWS, ROWS_QUICK = 20_000, 4_000
OWNER = "bench"
SUBJECT = f"yiwang.{OWNER}.work-order.opened.v1.{DIVISION}._"
DATABASE = "yiwang_bench_relay"
DRAIN_SECONDS_MAX = 120.0


def measure(stage: Stage, report: Report) -> None:
    city = stage.city("main")
    count = ROWS_QUICK if stage.is_quick else ROWS
    bench = RelayBench(city)
    ours, alone, used = [], [], ""
    uvloop.run(bench.open())
    try:
        for _ in range(stage.rounds):
            alone.append(count / uvloop.run(bench.publish_alone(count)))
            uvloop.run(bench.preload(count))
            before = CpuReading.of(bench.pids)
            seconds = uvloop.run(bench.relay(count))
            cpu = Cpu.between(before, CpuReading.of(bench.pids), seconds=seconds)
            used = cpu.line(count)
            ours.append(count / seconds)
    finally:
        uvloop.run(bench.close())
    ratio = median(ours) / median(alone)
    report.add(
        Line(
            name="relay",
            ours=f"{median(ours):.0f} /s",
            reference=f"{median(alone):.0f} /s",
            ratio=ratio,
            level=f">= {SHARE_MIN:.2f}",
            is_met=ratio >= SHARE_MIN,
            method=f"{count} outbox rows of as many aggregates, chassis.relay.Relay until none is left, every row marked; "
            f"reference: nats-py's publish_async of the same bytes and ids, acknowledged in batches of {BATCH}, no database; "
            f"same server, every message synced; rounds in turn {rounds(ours)} {rounds(alone)}",
            bound=used,
            details={"ours": ours, "alone": alone, "rows": count},
        )
    )


class RelayBench:
    """A stream and a database of the bench's own, on the servers of a running city."""

    def __init__(self, city: City) -> None:
        admin = str(city.description["postgres"])
        self._admin_url = admin
        self._url = f"{admin.rsplit('/', 1)[0]}/{DATABASE}"
        self._nats_url = city.nats
        self.pids = {
            # The relay runs in this very process.
            "relay": os.getpid(),
            "postgres": city.pid("postgres"),
            "nats": city.pid("nats"),
        }

    async def open(self) -> None:
        await execute(
            self._admin_url,
            f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)",
            f"CREATE DATABASE {DATABASE}",
        )
        metadata = MetaData()
        chassis_tables(metadata)
        engine = create_async_engine(self._url.replace("postgresql://", "postgresql+asyncpg://", 1))
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()
        client = await bus.connect(self._nats_url, name=OWNER)
        await client.jetstream().add_stream(bus.stream_config(OWNER))
        await client.close()

    async def close(self) -> None:
        client = await bus.connect(self._nats_url, name=OWNER)
        await client.jetstream().delete_stream(bus.stream_name(OWNER))
        await client.close()
        await execute(self._admin_url, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")

    async def publish_alone(self, count: int) -> float:
        """Seconds that nats-py needs for as many messages, in batches, each acknowledged."""
        messages = [(row[3], {"Nats-Msg-Id": str(row[0])}) for row in _rows(count)]
        client = await bus.connect(self._nats_url, name=OWNER)
        try:
            js = client.jetstream(publish_async_max_pending=BATCH + 1)
            began = time.monotonic()
            for start in range(0, count, BATCH):
                futures = [
                    await js.publish_async(SUBJECT, message, headers=headers)
                    for message, headers in messages[start : start + BATCH]
                ]
                await asyncio.gather(*futures)
            return time.monotonic() - began
        finally:
            await client.close()

    async def preload(self, count: int) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("TRUNCATE outbox")
            columns = ("event_id", "aggregate_id", "subject", "message", "told_at")
            await connection.copy_records_to_table("outbox", records=_rows(count), columns=columns)
            await connection.execute("ANALYZE outbox")
        finally:
            await connection.close()

    async def relay(self, count: int) -> float:
        """Seconds that the relay needs until the last row is marked; raises BenchError when any is left."""
        client = await bus.connect(self._nats_url, name=OWNER)
        watcher = await asyncpg.connect(self._url)
        last = await watcher.fetchval("SELECT max(position) FROM outbox")
        relay = Relay(database_url=self._url, client=client, metrics=Metrics())
        began = time.monotonic()
        running = asyncio.create_task(relay.run())
        try:
            await _until_published(watcher, last)
            seconds = time.monotonic() - began
            left = await watcher.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
            total = await watcher.fetchval("SELECT count(*) FROM outbox")
            if left or total != count:
                raise BenchError(f"{left} of {total} rows are left in the outbox")
            return seconds
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await watcher.close()
            await client.close()


async def _until_published(watcher: asyncpg.Connection, position: int) -> None:
    """Rows go in order, so the last one tells of all; asked by its key, which costs the server nothing."""
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    asked = "SELECT published_at IS NOT NULL FROM outbox WHERE position = $1"
    while not await watcher.fetchval(asked, position):
        if time.monotonic() > deadline:
            raise BenchError("the relay did not empty the outbox")
        await asyncio.sleep(0.02)


def _rows(count: int) -> list[tuple[Any, ...]]:
    rows = []
    for _ in range(count):
        _, aggregate_id, _, message, told_at = fact_row()
        rows.append((new_id(), aggregate_id, SUBJECT, message, told_at))
    return rows
