"""The desks with ten million orders in the books: the list of what waits, its tabs, and the comparison with to-dos."""

import asyncio
import time
from typing import Any

import asyncpg
from report import Line, Report, median
from seed_orders import seed_orders
from stage import BenchError, Load, Stage, execute, say

from localcity.city import City
from localcity.example.people import APPROVALS

COUNT, COUNT_QUICK = 10_000_000, 200_000
P99_MS = 50.0
CONNECTIONS = 1
LISTS = (
    "/workorder/v1/tasks",
    "/workorder/v1/tasks?due=overdue",
    "/workorder/v1/tasks?due=today",
    "/workorder/v1/tasks?urgency=emergency",
    "/workorder/v1/tasks?mine=true",
)
COUNTS = "/workorder/v1/tasks/counts"
ROLES = ("department_officer", "department_head", "hotline_agent", "coordinator")

_SPREAD = """
UPDATE work_orders SET act_by = now() + (abs(hashtext(number)) % 20000 - 10000) * interval '1 minute',
    waits_for = CASE abs(hashtext(number || 'w')) % 10 WHEN 0 THEN 'hotline' WHEN 1 THEN 'head'
        WHEN 2 THEN 'coordinator' ELSE 'department' END,
    urgency = CASE abs(hashtext(number || 'u')) % 50 WHEN 0 THEN 'emergency' ELSE 'normal' END,
    department = CASE abs(hashtext(number || 'd')) % 4 WHEN 0 THEN $1 ELSE department END
WHERE waits_for IS NOT NULL AND act_by IS NULL
"""


def measure(stage: Stage, report: Report) -> None:
    # The same books as the monthly sheets': whoever comes first fills them.
    city = stage.city("ledgers")
    count = COUNT_QUICK if stage.is_quick else COUNT
    waiting = asyncio.run(_filled(city, count))
    seen: dict[str, dict[str, Any]] = {}
    for role in ROLES:
        for name, paths in (("list", list(LISTS)), ("counts", [COUNTS])):
            seen[f"{role} {name}"] = _round(city, stage, role, paths)
    one = _round(city, stage, "hotline_agent", [asyncio.run(_one_order(city))])
    lists = {name: each for name, each in seen.items() if name.endswith("list")}
    slowest = max(lists, key=lambda name: lists[name]["p99_ms"])
    p50 = max(each["p50_ms"] for each in lists.values())
    slowest_counts = max(each["p99_ms"] for name, each in seen.items() if name not in lists)
    report.add(
        Line(
            name=f"my tasks, {count} orders",
            ours=f"p99 {lists[slowest]['p99_ms']:.1f} ms",
            reference=f"by id {one['p99_ms']:.1f} ms",
            ratio=one["p99_ms"] / lists[slowest]["p99_ms"],
            level=f"p99 <= {P99_MS:.0f} ms",
            is_met=lists[slowest]["p99_ms"] <= P99_MS,
            method=f"the slowest of {', '.join(ROLES)} (here {slowest.split()[0]}), {CONNECTIONS} connection through the "
            f"gateway, the list with and without filters at random, 20 rows; {waiting} orders wait in the city; p50 "
            f"{p50:.1f} ms; all tabs counted in one call: p99 {slowest_counts:.1f} ms; reference: one order by its id",
            details=seen,
        )
    )
    _mirror(city, report, count)


def _round(city: City, stage: Stage, role: str, paths: list[str]) -> dict[str, Any]:
    load = Load(
        address=city.gateway,
        script="paths",
        arguments={"call": "tasks", "paths": paths, "token": city.token(role)},
        connections=CONNECTIONS,
    )
    load.run(stage.seconds / 2)
    rounds = [load.run(stage.seconds)["calls"]["tasks"] for _ in range(stage.rounds)]
    return {key: median([each[key] for each in rounds]) for key in ("p50_ms", "p99_ms", "count")}


async def _filled(city: City, count: int) -> int:
    """Orders in the books, those that wait spread over desks and days; returns how many wait."""
    admin = str(city.description["postgres"])
    connection = await asyncpg.connect(f"{admin.rsplit('/', 1)[0]}/yiwang_workorder")
    try:
        have = await connection.fetchval(
            "SELECT reltuples::bigint FROM pg_class WHERE relname = 'work_orders'"
        )
        if have < count // 2:
            seconds = await seed_orders(
                admin, "yiwang_workorder", count=count, department=APPROVALS[:-1]
            )
            say(f"{count} orders with indexes, VACUUM ANALYZE: {seconds:.0f} s")
        await connection.execute(_SPREAD, APPROVALS)
        await connection.execute("VACUUM ANALYZE work_orders")
        waiting = await connection.fetchval(
            "SELECT count(*) FROM work_orders WHERE waits_for IS NOT NULL"
        )
    finally:
        await connection.close()
    return int(waiting)


async def _one_order(city: City) -> str:
    connection = await asyncpg.connect(city.database_url("workorder"))
    try:
        await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
        order_id = await connection.fetchval("SELECT id FROM work_orders LIMIT 1")
    finally:
        await connection.close()
    return f"/workorder/v1/work-orders/{order_id}"


def _mirror(city: City, report: Report, count: int) -> None:
    """How long one comparison of all that waits with all to-dos takes, when nothing has changed."""
    admin = str(city.description["postgres"])
    url = f"{admin.rsplit('/', 1)[0]}/yiwang_workorder"
    register = (
        "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, state, trouble, "
        "verified_at, created_at, version) VALUES (uuidv7(), '', 'bench', '', '', '{todos}', false, 'active', '', now(), "
        "now(), 1) ON CONFLICT DO NOTHING"
    )
    asyncio.run(execute(url, register))
    changes = asyncio.run(_mirrored(url))
    report.add(
        Line(
            name="to-dos of all that waits",
            ours=f"{changes['first']:.2f} s",
            level="-",
            is_met=True,
            method=f"from the registration of the city's platform until its feed has a to-do for each of the "
            f"{changes['todos']} things that wait among {count} orders, by the running service",
            details=changes,
        )
    )


async def _mirrored(url: str) -> dict[str, Any]:
    connection = await asyncpg.connect(url)
    began = time.monotonic()
    try:
        while time.monotonic() - began < 120:
            todos = await connection.fetchval("SELECT count(*) FROM todos")
            if todos:
                return {"first": time.monotonic() - began, "todos": todos}
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
    raise BenchError("no to-dos came")
