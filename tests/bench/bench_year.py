"""`make bench-year`: a share of a city's year on the hotline, from the first call to the last rating.

    python tests/bench/bench_year.py [--scale 0.01] [--connections 16] [--json var/bench-year.json]

Starts a city of its own, takes `scale` x 260 000 orders through their whole loop by REST through the gateway
(year_scripts.py), waits until every fact is published and handled and every invitation rated, and then counts in every
service whether anything was lost. Ends with 1 when something was, whatever the rate.
"""

import argparse
import asyncio
import logging
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from machine import CORES, Cpu, CpuReading
from report import Line, Report
from stage import Load, Stage, say, wait_quiet
from year_scripts import shares, writes_of

from localcity.city import City
from localcity.example.people import APPROVALS, OTHER_DEPARTMENT
from localcity.home import Home

ORDERS_A_YEAR = 260_000
WRITES_A_SECOND = 433
"""260 000 orders of six writes in an hour."""
SECONDS_MAX = 4 * 3600.0
ROLES = {
    "agent": "hotline_agent",
    "lead": "hotline_lead",
    "officer": "department_officer",
    "officer_2": "department_officer_2",
}
BEHIND = (
    "gateway",
    "workorder",
    "postgres",
    "nats",
    "evaluation",
    "datashare",
    "certificate",
    "catalog",
)
SERVICES = ("workorder", "evaluation", "datashare", "certificate", "catalog")
EVERYTHING = "SELECT set_config('yiwang.everything', 'yes', false)"


@dataclass(frozen=True, kw_only=True)
class Year:
    """What one run did."""

    orders: int
    took: float
    quiet: float
    rating: float
    calls: dict[str, dict[str, float]]
    cpu: Cpu

    @property
    def writes(self) -> int:
        return writes_of(self.orders)

    @property
    def seconds(self) -> float:
        """From the first call until nothing was on its way any more."""
        return self.took + self.quiet + self.rating

    @property
    def rate(self) -> float:
        return self.writes / self.seconds


def main(words: list[str]) -> int:
    options = _options(words)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    orders = max(12, round(options.scale * ORDERS_A_YEAR))
    load = os.getloadavg()[0]
    about = {
        "machine": f"{CORES} cores, Python {sys.version.split()[0]}",
        "load before": f"{load:.2f}" + ("  (others are at work)" if load > 0.7 else ""),
        "share of the year": f"{orders} of {ORDERS_A_YEAR} orders, {writes_of(orders)} writes",
    }
    report = Report(Path(options.json), about)
    report.head()
    stage = Stage(is_quick=False)
    try:
        city = stage.city("year")
        year = live(city, orders=orders, connections=options.connections)
        wrong = asyncio.run(lost(city, orders))
    finally:
        stage.close()
    _report(report, year, wrong)
    return 1 if wrong else 0


def live(city: City, *, orders: int, connections: int) -> Year:
    """The calls, the quiet after them, and the ratings that were still to be given."""
    connections = min(connections, orders)
    citizens = [
        city.mint(
            {
                "sub": f"019c0000-0000-7000-8000-{number:012d}",
                "kind": "person",
                "roles": ["citizen"],
                "assurance": 3,
                "division": "445102",
                "channel": "web",
            }
        )
        for number in range(connections)
    ]
    tokens = {who: city.token(role) for who, role in ROLES.items()}
    load = Load(
        address=city.gateway,
        script="year",
        arguments={
            "tokens": tokens,
            "departments": [APPROVALS, OTHER_DEPARTMENT],
            "shares": [
                (*share, citizen)
                for share, citizen in zip(shares(orders, connections), citizens, strict=True)
            ],
        },
        connections=connections,
    )
    pids = {name: city.pid(name) for name in BEHIND}
    before, began = CpuReading.of(pids), time.monotonic()
    outcome = load.run(SECONDS_MAX)
    quiet = _quiet(city)
    calls: dict[str, dict[str, float]] = outcome["calls"]
    rating = _rest(city, citizens)
    quiet += _quiet(city)
    cpu = Cpu.between(
        before,
        CpuReading.of(pids),
        seconds=time.monotonic() - began,
        load=outcome["cpu_seconds"] + rating["cpu_seconds"],
    )
    return Year(
        orders=orders,
        took=outcome["took"],
        quiet=quiet,
        rating=rating["took"],
        calls=calls,
        cpu=cpu,
    )


def _rest(city: City, citizens: list[str]) -> dict[str, Any]:
    """Ratings of invitations that came after their citizen had looked last."""
    load = Load(
        address=city.gateway,
        script="ratings",
        arguments={"shares": [citizens[place::4] for place in range(4)]},
        connections=4,
    )
    return load.run(SECONDS_MAX)


def _quiet(city: City) -> float:
    return sum(asyncio.run(wait_quiet(city, owner)) for owner in ("workorder", "evaluation"))


async def lost(city: City, orders: int) -> list[str]:
    """What does not agree, in words; empty when every service tells the same."""
    opened = "SELECT count(*) FROM work_orders WHERE kind = 'hotline' AND {}"
    dispatched = len(range(0, orders, 3))
    facts = "SELECT count(*) FROM outbox"
    counts = {
        "orders opened": await _count(city, "workorder", opened.format("true")),
        "orders closed": await _count(city, "workorder", opened.format("state = 'closed'")),
        "invitations": await _count(
            city, "evaluation", "SELECT count(*) FROM invitations WHERE rated_kind = 'work-order'"
        ),
        "ratings": await _count(
            city, "evaluation", "SELECT count(*) FROM ratings WHERE rated_kind = 'work-order'"
        ),
    }
    wrong = [f"{name}: {found}, not {orders}" for name, found in counts.items() if found != orders]
    steps = await _count(
        city,
        "workorder",
        "SELECT count(*) FROM work_order_steps AS s JOIN work_orders AS o ON o.id = s.work_order_id "
        "WHERE o.kind = 'hotline'",
    )
    expected = 11 * dispatched + 2 * (orders - dispatched)
    if steps != expected:
        wrong.append(f"steps: {steps}, not {expected}")
    told = 0
    for owner in ("workorder", "evaluation"):
        told += await _count(city, owner, facts)
        waiting = await _count(city, owner, f"{facts} WHERE published_at IS NULL")
        if waiting:
            wrong.append(f"facts of {owner} not published: {waiting}")
    fed = await _count(
        city,
        "datashare",
        "SELECT count(*) FROM feed_events WHERE type LIKE 'workorder.%' OR type LIKE 'evaluation.%'",
    )
    if fed != told:
        wrong.append(f"facts told {told}, on the partners' feed {fed}")
    for service in SERVICES:
        parked = await _count(city, service, "SELECT count(*) FROM parked_messages")
        if parked:
            wrong.append(f"parked in {service}: {parked}")
    say(f"{told} facts told, {fed} on the feed; {counts}; {steps} steps")
    return wrong


async def _count(city: City, service: str, statement: str) -> int:
    connection = await asyncpg.connect(city.database_url(service))
    try:
        await connection.execute(EVERYTHING)
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


def _report(report: Report, year: Year, wrong: list[str]) -> None:
    hours = ORDERS_A_YEAR / year.orders * year.seconds / 3600
    slowest = sorted(year.calls.items(), key=lambda pair: -pair[1]["p50_ms"])
    shown = " ".join(f"{name} {call['p50_ms']:.0f}/{call['p99_ms']:.0f}" for name, call in slowest)
    report.add(
        Line(
            name="a year on the hotline",
            ours=f"{year.rate:.0f} writes/s",
            reference=f"{WRITES_A_SECOND} writes/s",
            ratio=year.rate / WRITES_A_SECOND,
            level="<= 1 hour",
            is_met=hours <= 1.0 and not wrong,
            method=f"{year.orders} orders, {year.writes} writes, each with its key, through the gateway in {year.took:.1f} s; "
            f"{year.quiet:.1f} s until every fact was published and handled, {year.rating:.1f} s for the last ratings; a whole "
            f"year at this rate: {hours:.2f} h. p50/p99 ms: {shown}",
            bound=year.cpu.line(year.writes),
            details={"calls": year.calls, "wrong": wrong, "hours_for_a_year": hours},
        )
    )
    print(f"projected for {ORDERS_A_YEAR} orders: {hours:.2f} h")
    print("nothing was lost" if not wrong else "LOST: " + "; ".join(wrong))


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-year")
    parser.add_argument("--scale", type=float, default=0.01, help="1 is 260 000 orders")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", default=str(Home.of_environment().root / "bench-year.json"))
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
