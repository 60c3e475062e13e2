"""One durable write through gateway and service, against a bare insert of the same row on the same server."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from machine import CpuReading, cpu_line, what_binds
from report import Line, Report, median, rounds
from stage import Load, Stage, execute, port_for_program, program, wait_listening, wait_quiet

from localcity.city import City

CONNECTIONS = 32
SHARE_MIN = 0.35
TABLE = "bench.bare_orders"


@dataclass
class Side:
    """One of the two: its load, the processes behind it, and what its rounds gave."""

    load: Load
    pids: dict[str, int]
    rates: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu: str = ""
    binds: str = ""

    def round(self, seconds: float) -> None:
        before = CpuReading.of(self.pids)
        outcome = self.load.run(seconds)
        used = CpuReading.of(self.pids).since(before)
        used["load"] = outcome["cpu_seconds"]
        calls: dict[str, Any] = outcome["calls"]["write"]
        self.rates.append(calls["rate"])
        self.p50_ms.append(calls["p50_ms"])
        self.p99_ms.append(calls["p99_ms"])
        self.cpu = cpu_line(used, seconds=seconds, requests=int(calls["count"]))
        self.binds = what_binds(used, seconds=seconds)

    @property
    def rate(self) -> float:
        return median(self.rates)

    def described(self) -> dict[str, Any]:
        return {
            "rates": self.rates,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "cpu": self.cpu,
            "binds": self.binds,
        }


def measure(stage: Stage, report: Report) -> None:
    city = stage.city("main")
    asyncio.run(
        execute(
            city.database_url("workorder"),
            "CREATE SCHEMA IF NOT EXISTS bench",
            f"CREATE TABLE IF NOT EXISTS {TABLE} (LIKE public.work_orders INCLUDING ALL)",
        )
    )
    with ExitStack() as stack:
        bare = _bare_side(city, stack)
        ours = _our_side(city)
        for side in (bare, ours):
            side.load.run(1.0)
        quiet = [asyncio.run(wait_quiet(city, "workorder"))]
        for _ in range(stage.rounds):
            bare.round(stage.seconds)
            ours.round(stage.seconds)
            quiet.append(asyncio.run(wait_quiet(city, "workorder")))
    asyncio.run(execute(city.database_url("workorder"), "DROP SCHEMA bench CASCADE"))
    _report(ours, bare, quiet=quiet[1:], report=report)


def _our_side(city: City) -> Side:
    load = Load(
        address=city.gateway,
        script="write",
        arguments={"path": "/workorder/v1/hotline-orders", "token": city.token("hotline_agent")},
        connections=CONNECTIONS,
    )
    names = {"gateway": "gateway", "workorder": "service", "postgres": "postgres", "nats": "nats"}
    pids = {shown: city.pid(name) for name, shown in names.items()}
    # Those that hear the facts meanwhile take their share of the cores too.
    others = ("evaluation", "datashare", "certificate", "catalog")
    return Side(load, {**pids, **{name: city.pid(name) for name in others}})


def _bare_side(city: City, stack: ExitStack) -> Side:
    port = port_for_program(set())
    process = stack.enter_context(
        program("bare_write.py", str(port), city.database_url("workorder"), TABLE)
    )
    wait_listening(port, process)
    load = Load(
        address=f"http://127.0.0.1:{port}",
        script="write",
        arguments={"path": "/orders"},
        connections=CONNECTIONS,
    )
    return Side(load, {"bare": process.pid, "postgres": city.pid("postgres")})


def _report(ours: Side, bare: Side, *, quiet: list[float], report: Report) -> None:
    ratio = ours.rate / bare.rate
    report.add(
        Line(
            name="durable write through the gateway",
            ours=f"{ours.rate:.0f} /s",
            reference=f"{bare.rate:.0f} /s",
            ratio=ratio,
            level=f">= {SHARE_MIN:.2f}",
            is_met=ratio >= SHARE_MIN,
            method=f"{CONNECTIONS} connections, rounds in turn {rounds(ours.rates)} {rounds(bare.rates)}; ours: token, policy, "
            "row, search words, step, outbox row and idempotency key in one commit, relay and readers at work; reference: "
            "FastAPI + asyncpg (pool 16), one INSERT of the same row into a table like it, same server, fsync on; p50 "
            f"{median(ours.p50_ms):.0f} / {median(bare.p50_ms):.0f} ms; facts all handled {rounds(quiet, '{:.1f}')} s later",
            bound=f"{ours.cpu}; {ours.binds}\n    reference used: {bare.cpu}; {bare.binds}",
            details={
                "ours": ours.described(),
                "bare": bare.described(),
                "quiet_after_seconds": quiet,
            },
        )
    )
