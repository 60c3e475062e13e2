"""Create, assign, resolve, search: the four-call lifecycle on empty books and on a million work orders."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from machine import Cpu, CpuReading
from report import Line, Report, median, rounds
from seed import seed
from stage import Load, Stage, execute, say, wait_quiet

from localcity.city import City
from localcity.example.people import APPROVALS

WORKERS = 16
SHARE_MIN = 0.80
COUNT, COUNT_QUICK = 1_000_000, 50_000
CALLS = ("create", "assign", "resolve", "search")
BEHIND = ("gateway", "workorder", "postgres", "nats", "evaluation", "datashare")


@dataclass
class Books:
    """One city and what its rounds gave."""

    city: City
    rates: list[float] = field(default_factory=list)
    p50_ms: dict[str, list[float]] = field(default_factory=dict)
    p99_ms: dict[str, list[float]] = field(default_factory=dict)
    cpu: str = ""

    def load(self) -> Load:
        city = self.city
        return Load(
            address=city.gateway,
            script="lifecycle",
            arguments={
                "agent": city.token("hotline_agent"),
                "officer": city.token("department_officer"),
                "department": APPROVALS,
            },
            connections=WORKERS,
        )

    def search_alone(self, *, broad: bool, seconds: float) -> dict[str, float]:
        arguments = {"token": self.city.token("hotline_agent"), "broad": broad}
        load = Load(address=self.city.gateway, script="search", arguments=arguments, connections=1)
        outcome: dict[str, float] = load.run(seconds)["calls"]["search"]
        return outcome

    def round(self, seconds: float) -> None:
        pids = {name: self.city.pid(name) for name in BEHIND}
        before = CpuReading.of(pids)
        outcome = self.load().run(seconds)
        cpu = Cpu.between(before, CpuReading.of(pids), seconds=seconds, load=outcome["cpu_seconds"])
        calls = outcome["calls"]
        count = int(calls["search"]["count"])
        self.rates.append(count / seconds)
        for name in CALLS:
            self.p50_ms.setdefault(name, []).append(calls[name]["p50_ms"])
            self.p99_ms.setdefault(name, []).append(calls[name]["p99_ms"])
        self.cpu = cpu.line(count)
        asyncio.run(wait_quiet(self.city, "workorder"))

    @property
    def rate(self) -> float:
        return median(self.rates)

    def shown(self) -> str:
        return " ".join(f"{name} {median(self.p50_ms[name]):.0f}" for name in CALLS)

    def described(self) -> dict[str, Any]:
        return {
            "rates": self.rates,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "cpu": self.cpu,
        }


def measure(stage: Stage, report: Report) -> None:
    count = COUNT_QUICK if stage.is_quick else COUNT
    empty, full = Books(stage.city("empty")), Books(stage.city("main"))
    seconds = asyncio.run(
        seed(
            str(full.city.description["postgres"]),
            "yiwang_workorder",
            count=count,
            department=APPROVALS,
        )
    )
    say(f"{count} work orders with words and steps, indexes, VACUUM ANALYZE: {seconds:.0f} s")
    for books in (empty, full):
        books.load().run(2.0)
        asyncio.run(wait_quiet(books.city, "workorder"))
    # Statistics of the first rows: autovacuum would bring them within a minute.
    asyncio.run(execute(empty.city.database_url("workorder"), "ANALYZE"))
    for _ in range(stage.rounds):
        empty.round(stage.seconds)
        full.round(stage.seconds)
    searches = {
        name: full.search_alone(broad=name == "broad", seconds=stage.seconds / 2)
        for name in ("address", "broad")
    }
    searches["empty"] = empty.search_alone(broad=False, seconds=stage.seconds / 2)
    found = asyncio.run(_count(full.city))
    _report(empty, full, count=found, searches=searches, report=report)


async def _count(city: City) -> int:
    connection = await asyncpg.connect(city.database_url("workorder"))
    try:
        await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
        return int(await connection.fetchval("SELECT count(*) FROM work_orders"))
    finally:
        await connection.close()


def _report(
    empty: Books,
    full: Books,
    *,
    count: int,
    searches: dict[str, dict[str, float]],
    report: Report,
) -> None:
    ratio = full.rate / empty.rate
    report.add(
        Line(
            name="lifecycle at a million",
            ours=f"{full.rate:.0f} /s",
            reference=f"empty {empty.rate:.0f} /s",
            ratio=ratio,
            level=f">= {SHARE_MIN:.2f}",
            is_met=ratio >= SHARE_MIN,
            method=f"{WORKERS} workers, each create, assign, resolve, search (by street and house; the order must be found) "
            f"through the gateway; two cities side by side, one with {count} work orders seeded straight into its tables; "
            f"rounds in turn {rounds(full.rates)} {rounds(empty.rates)}; p50 ms: {full.shown()} / empty {empty.shown()}",
            bound=f"{full.cpu}\n    empty used: {empty.cpu}"
            f"\n    search alone at {count}: by address p50 {searches['address']['p50_ms']:.1f} ms p99 "
            f"{searches['address']['p99_ms']:.1f} ms (empty p50 {searches['empty']['p50_ms']:.1f}); by a word in one order of thirty p50 "
            f"{searches['broad']['p50_ms']:.1f} ms p99 {searches['broad']['p99_ms']:.1f} ms",
            details={
                "full": full.described(),
                "empty": empty.described(),
                "work_orders": count,
                "search_alone": searches,
            },
        )
    )
