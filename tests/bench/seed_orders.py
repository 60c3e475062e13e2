"""Ten million hotline orders, rows alone: no search words, no steps. For what is counted and listed, not searched.

One call every half minute, so that ten million are nine and a half years and a month has 86 000. One of three goes
to one of eighty departments; 998 of 1000 are closed.
"""

import time

import asyncpg
from seed import _INDEXES
from stage import say

DEPARTMENTS = 80
SPACING_SECONDS = 30
TABLE = "work_orders"

_ORDERS = """
INSERT INTO work_orders (id, number, kind, type, category, division, department, channel, said_encrypted, title, content,
    is_confidential, state, round, clock_started_on, clock_days, due_on, due_at, due_is_provisional, opened_at,
    dispatched_at, signed_at, sign_by, replied_at, visited_at, reply, outcome, satisfied, solved, satisfaction, on_time,
    closed_at, version, waits_for, is_clock_running, extended_days)
SELECT uuidv7(at - now()), 'RX-' || to_char(at, 'YYMMDD') || '-' || lpad(n::text, 8, '0') || '-0', 'hotline',
    (ARRAY['consultation', 'help', 'complaint', 'report', 'suggestion'])[1 + n % 5], 'city.environment',
    (ARRAY['445102', '445103', '445122'])[1 + n % 3], CASE WHEN is_sent THEN $1 || (n / 3 % {departments})::text ELSE '' END,
    'phone', NULL, '路灯不亮', '来电人反映该处情况已持续多日，希望有关部门尽快到场查看。', false,
    CASE WHEN is_open THEN 'dispatched' ELSE 'closed' END, 1 + (n % 50 = 0)::int, at::date, 5,
    CASE WHEN is_sent THEN at::date + 7 END, CASE WHEN is_sent THEN at + interval '7 days' END, false, at,
    CASE WHEN is_sent THEN at + interval '10 minutes' END,
    CASE WHEN is_sent AND NOT is_open THEN at + (n % 40) * interval '1 hour' END,
    CASE WHEN is_sent THEN at + interval '30 hours' END,
    CASE WHEN NOT is_open THEN at + interval '2 days' END,
    CASE WHEN is_sent AND NOT is_open THEN at + interval '3 days' END,
    CASE WHEN is_open THEN '' ELSE '已到现场处理完毕并告知来电人。' END, CASE WHEN NOT is_open THEN 'solved' END,
    CASE WHEN is_sent AND NOT is_open THEN n % 9 <> 0 END, CASE WHEN is_sent AND NOT is_open THEN n % 11 <> 0 END,
    CASE WHEN is_sent AND NOT is_open THEN 1 + n % 5 END, n % 60 <> 0,
    CASE WHEN NOT is_open THEN at + CASE WHEN is_sent THEN interval '3 days' ELSE interval '5 minutes' END END,
    CASE WHEN is_open THEN 2 ELSE 6 END, CASE WHEN is_open THEN 'department' END, is_open, (n % 70 = 0)::int
FROM (SELECT n, now() - make_interval(secs => {spacing}::float8 * ({count} - n + 60)) AS at, n % 3 = 0 AS is_sent,
    n % 1500 = 0 AS is_open FROM generate_series({first}, {last}) AS n) AS picked
"""
PART = 1_000_000


async def seed_orders(admin_url: str, database: str, *, count: int, department: str) -> float:
    """Write `count` orders, oldest first, at departments that begin like `department`; returns seconds."""
    began = time.monotonic()
    connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/{database}")
    try:
        for setting in (
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '1GB'",
        ):
            await connection.execute(f"SET {setting}")
        indexes = await connection.fetch(_INDEXES, [TABLE])
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for first in range(1, count + 1, PART):
            statement = _ORDERS.format(
                departments=DEPARTMENTS,
                spacing=SPACING_SECONDS,
                count=count,
                first=first,
                last=min(count, first + PART - 1),
            )
            await connection.execute(statement, department)
        say(f"seeding orders: {count} rows in {time.monotonic() - began:.0f} s")
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute(f"VACUUM ANALYZE {TABLE}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return time.monotonic() - began
