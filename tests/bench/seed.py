"""A million work orders, written straight into svc-workorder's own tables, as if years of calls had been taken.

Each order has its row, its search words and its steps; 98 of 100 are closed, the rest are with a department and
have their alarm still before them. Not written: outbox rows and idempotency keys (both are swept after days), and
callers' telephones. Numbers have no valid check character, so they are found by words only.
"""

import time
from collections.abc import Iterable

import asyncpg
import words
from stage import say

from workorder.domain.search import search_words

TABLES = ("work_orders", "work_order_words", "work_order_steps")
SPACING_SECONDS = 60
"""One call a minute: a million are two years."""
OPEN_EVERY = 50

_INDEXES = (
    "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition "
    "FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)"
)
_PICKED = """
CREATE TEMP TABLE picked AS
SELECT n, uuidv7(make_interval(secs => -{spacing} * ({count} - n + 60))) AS id,
       now() - make_interval(secs => {spacing} * ({count} - n + 60)) AS at,
       1 + (random() * ({streets} - 1))::int AS street,
       1 + (random() * ({houses} - 1))::int AS house,
       1 + (random() * ({troubles} - 1))::int AS trouble,
       1 + (random() * ({details} - 1))::int AS detail,
       n % {open_every} <> 0 AS is_closed
FROM generate_series(1, {count}) AS n
"""
_ORDERS = """
INSERT INTO work_orders (id, number, kind, type, category, division, department, channel, said_encrypted, title,
    content, is_confidential, state, round, clock_started_on, clock_days, due_on, due_is_provisional, opened_at,
    dispatched_at, replied_at, reply, outcome, satisfied, on_time, closed_at, alarm_level, alarm_at, version)
SELECT p.id, 'RX-' || to_char(p.at, 'YYMMDD') || '-' || lpad(p.n::text, 8, '0') || '-0', 'hotline', 'complaint',
    'city.environment', '445102', $1 || CASE WHEN p.n % 40 = 0 THEN 'M' ELSE (p.n % 40)::text END, 'phone',
    repeat(md5(p.n::text), 9), s.text || ' ' || h.text || ' ' || t.text, d.text, false,
    CASE WHEN p.is_closed THEN 'closed' ELSE 'dispatched' END, 1, p.at::date, 5, p.at::date + 7, false, p.at,
    p.at + interval '10 minutes', CASE WHEN p.is_closed THEN p.at + interval '2 days' END,
    CASE WHEN p.is_closed THEN '已到现场处理完毕并告知来电人。' ELSE '' END,
    CASE WHEN p.is_closed THEN 'solved' END, CASE WHEN p.is_closed THEN true END, true,
    CASE WHEN p.is_closed THEN p.at + interval '3 days' END,
    CASE WHEN p.is_closed THEN NULL ELSE 'yellow' END,
    CASE WHEN p.is_closed THEN NULL ELSE now() + interval '30 days' END,
    CASE WHEN p.is_closed THEN 4 ELSE 2 END
FROM picked p JOIN street s ON s.n = p.street JOIN house h ON h.n = p.house
JOIN trouble t ON t.n = p.trouble JOIN detail d ON d.n = p.detail ORDER BY p.n
"""
_WORDS = """
INSERT INTO work_order_words (work_order_id, words)
SELECT p.id, s.words || h.words || t.words || d.words
FROM picked p JOIN street s ON s.n = p.street JOIN house h ON h.n = p.house
JOIN trouble t ON t.n = p.trouble JOIN detail d ON d.n = p.detail ORDER BY p.n
"""
_STEPS = """
INSERT INTO work_order_steps (id, work_order_id, step, state, round, due_on, department, actor_kind, actor_id, reason,
    channel, taken_at)
SELECT uuidv7(p.at - now() + k.later), p.id, k.step, k.state, 1, p.at::date + 7, '', 'staff',
    '019a0000-0000-7000-8000-000000000107', k.reason, 'phone', p.at + k.later
FROM picked p JOIN (VALUES
    ('opened', 'opened', '诉求登记', interval '0', true), ('dispatched', 'dispatched', '按职责派单', '10 minutes', true),
    ('replied', 'replied', '已到现场处理完毕并告知来电人。', '2 days', false), ('visited', 'closed', '满意', '3 days', false)
) AS k (step, state, reason, later, of_all) ON k.of_all OR p.is_closed ORDER BY p.n
"""


async def seed(admin_url: str, database: str, *, count: int, department: str) -> float:
    """Write `count` orders, 1 in 40 of them at departments that begin like `department`; returns seconds.

    As the server's administrator: foreign keys and the outbox's trigger are not fired for a million rows one by one,
    and the indexes are made anew afterwards. Then VACUUM ANALYZE and CHECKPOINT, so that nobody pays later.
    """
    began = time.monotonic()
    connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/{database}")
    try:
        for setting in (
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '512MB'",
            "work_mem = '256MB'",
        ):
            await connection.execute(f"SET {setting}")
        indexes = await connection.fetch(_INDEXES, list(TABLES))
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await _fill(connection, count, department)
        for index in indexes:
            await connection.execute(index["definition"])
        for table in TABLES:
            await connection.execute(f"VACUUM ANALYZE {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return time.monotonic() - began


async def _fill(connection: asyncpg.Connection, count: int, department: str) -> None:
    await _parts(connection, "street", words.STREETS)
    await _parts(connection, "house", words.HOUSES)
    await _parts(connection, "trouble", words.TROUBLES)
    await _parts(connection, "detail", words.DETAILS)
    await connection.execute(
        _PICKED.format(
            count=count,
            spacing=SPACING_SECONDS,
            streets=len(words.STREETS),
            houses=len(words.HOUSES),
            troubles=len(words.TROUBLES),
            details=len(words.DETAILS),
            open_every=OPEN_EVERY,
        )
    )
    await connection.execute("ANALYZE picked")
    for what, statement, arguments in (
        ("orders", _ORDERS, (department,)),
        ("words", _WORDS, ()),
        ("steps", _STEPS, ()),
    ):
        began = time.monotonic()
        done = await connection.execute(statement, *arguments)
        say(f"seeding {what}: {done.split()[-1]} rows in {time.monotonic() - began:.0f} s")


async def _parts(connection: asyncpg.Connection, name: str, texts: Iterable[str]) -> None:
    """A small table of parts with their words, cut as the service cuts them."""
    await connection.execute(
        f"CREATE TEMP TABLE {name} (n int PRIMARY KEY, text text, words text[])"
    )
    rows = [(number, text, search_words(text)) for number, text in enumerate(texts, 1)]
    await connection.copy_records_to_table(name, records=rows)
