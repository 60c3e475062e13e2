"""Alarms of many deadlines that are due in the same minute, given by two processes side by side, each once."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import uvloop
from machine import Cpu, CpuReading
from report import Line, Report
from stage import BenchError, Stage, execute, program, say

from chassis.migrations import upgrade_to_head
from localcity.city import City
from workorder.service import SERVICE

SECONDS_MAX = 60.0
DUE, DUE_QUICK = 100_000, 5_000
ORDERS_FOR_EACH = 10
"""One order in ten is due; the rest are in the books."""
PROCESSES = 2
DATABASE = "yiwang_bench_alarms"
WAIT_SECONDS_MAX = 600.0
READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.25

_SEED = """
INSERT INTO work_orders (id, number, kind, type, category, division, department, channel, title, content,
    is_confidential, state, waits_for, round, clock_started_on, clock_started_at, clock_days, due_on, due_at,
    is_clock_running, due_is_provisional, opened_at, dispatched_at, reply, on_time, closed_at, alarm_level, alarm_at,
    version)
SELECT uuidv7(make_interval(mins => n - {count})), 'RX-' || n, 'hotline', 'complaint', 'city.environment', '445102',
    'D' || n % 40, 'phone', '路灯不亮 ' || n, '路口的灯坏了，晚上看不清路', false,
    CASE WHEN is_due THEN 'dispatched' ELSE 'closed' END, CASE WHEN is_due THEN 'department' END, 1,
    current_date - 8, now() - interval '8 days', 5, (now() AT TIME ZONE 'Asia/Shanghai')::date, now(), is_due, false,
    now() - interval '8 days', now() - interval '8 days', '', true,
    CASE WHEN is_due THEN NULL ELSE now() - interval '2 days' END,
    CASE WHEN is_due THEN 'missed' END, CASE WHEN is_due THEN date_trunc('minute', now()) END, 2
FROM (SELECT n, n % {each} = 0 AS is_due FROM generate_series(1, {count}) AS n) AS numbers
"""


def measure(stage: Stage, report: Report) -> None:
    city = stage.city("main")
    due = DUE_QUICK if stage.is_quick else DUE
    url = _database(city)
    try:
        uvloop.run(_seed(str(city.description["postgres"]), due))
        seconds, used = _ring(city, url, due)
        uvloop.run(_check(url, due))
    finally:
        uvloop.run(execute(str(city.description["postgres"]), _DROP))
    report.add(
        Line(
            name="alarms of one minute",
            ours=f"{seconds:.1f} s",
            reference=f"{due / seconds:.0f} /s",
            level=f"<= {SECONDS_MAX * due / DUE:.0f} s",
            is_met=seconds <= SECONDS_MAX * due / DUE,
            method=f"{due} deadlines missed in the same minute among {due * ORDERS_FOR_EACH} orders; {PROCESSES} processes of "
            "svc-workorder's own alarm loop on one database; until the last is told: row moved on, step of history and fact in "
            "the outbox in one commit; then counted: each once. The city stands by, its relay publishes none of these",
            bound=used,
            details={"due": due, "seconds": seconds},
        )
    )


_DROP = f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"


def _database(city: City) -> str:
    """A database of svc-workorder's own role, migrated: row security binds it as it binds a running service."""
    place, _, name = city.database_url("workorder").rpartition("/")
    uvloop.run(
        execute(
            str(city.description["postgres"]), _DROP, f"CREATE DATABASE {DATABASE} OWNER {name}"
        )
    )
    url = f"{place}/{DATABASE}"
    upgrade_to_head(SERVICE.migrations, url)
    return url


async def _seed(admin_url: str, due: int) -> None:
    began = time.monotonic()
    await execute(
        f"{admin_url.rsplit('/', 1)[0]}/{DATABASE}",
        "SET session_replication_role = replica",
        _SEED.format(count=due * ORDERS_FOR_EACH, each=ORDERS_FOR_EACH),
        "VACUUM ANALYZE work_orders",
        "CHECKPOINT",
    )
    say(f"seeding {due * ORDERS_FOR_EACH} orders: {time.monotonic() - began:.0f} s")


def _ring(city: City, url: str, due: int) -> tuple[float, str]:
    """Seconds from letting the processes go until the last alarm is told, and what was used meanwhile."""
    with TemporaryDirectory(prefix="yiwang-bench-alarms-") as folder:
        start = Path(folder) / "start"
        ready = [Path(folder) / f"ready-{number}" for number in range(PROCESSES)]
        env = _environment(city, url)
        with (
            program("alarm_bell.py", str(start), str(ready[0]), env=env) as first,
            program("alarm_bell.py", str(start), str(ready[1]), env=env) as second,
        ):
            _wait_ready(ready)
            pids = {"bell 1": first.pid, "bell 2": second.pid, "postgres": city.pid("postgres")}
            before, began = CpuReading.of(pids), time.monotonic()
            start.touch()
            uvloop.run(_wait_told(url))
            seconds = time.monotonic() - began
            cpu = Cpu.between(before, CpuReading.of(pids), seconds=seconds)
    return seconds, cpu.line(due)


def _environment(city: City, url: str) -> dict[str, str]:
    keys = city.home.keys
    return {
        "YIWANG_ENVIRONMENT": "local",
        "YIWANG_DATABASE_URL": url,
        "YIWANG_NATS_URL": city.nats,
        "YIWANG_INTERNAL_JWKS_FILE": str(keys / "internal.jwks"),
        "YIWANG_KEYRING_FILE": str(keys / "keyring.json"),
        "YIWANG_BLOBS_URL": (city.home.root / "blobs" / "bench").as_uri(),
    }


def _wait_ready(files: list[Path]) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not all(file.exists() for file in files):
        if time.monotonic() > deadline:
            raise BenchError("the processes that give alarms did not start")
        time.sleep(POLL_SECONDS)


async def _wait_told(url: str) -> None:
    connection = await _connected(url)
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    try:
        while await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM work_orders WHERE alarm_level = 'missed' AND alarm_at <= now())"
        ):
            if time.monotonic() > deadline:
                raise BenchError("alarms are still to be given after a long wait")
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await connection.close()


async def _check(url: str, due: int) -> None:
    """Each exactly once: raises BenchError otherwise."""
    connection = await _connected(url)
    try:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM outbox WHERE subject LIKE '%deadline.missed%') AS facts, "
            "(SELECT count(DISTINCT aggregate_id) FROM outbox WHERE subject LIKE '%deadline.missed%') AS told, "
            "(SELECT count(*) FROM work_order_steps WHERE step = 'alarm-missed') AS steps, "
            "(SELECT count(*) FROM work_orders WHERE version = 3) AS moved"
        )
    finally:
        await connection.close()
    if set(row.values()) != {due}:
        raise BenchError(f"not each exactly once: {dict(row)} of {due}")


async def _connected(url: str) -> asyncpg.Connection:
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
    return connection
