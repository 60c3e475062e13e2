"""A million published items, written straight into svc-catalog's own tables, as if a province had imported its lists.

Each guide has a name of its own; forty divisions offer each basic item. Every item has its version with a whole guide,
its place in lists, its span and its share in the measures, its materials and the facts that the audit asks. Half of
the basic items spare their applicants something; one guide in some hundreds differs from its group, or breaks a rule,
so that an audit has something to find. Not written: steps and outbox rows.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
from seed_texts import pieces
from stage import say

from catalog.domain.consistency import level_of, materials_digest
from catalog.domain.materials import SPARED, exemption_facts
from catalog.domain.measures import items_sparing, materials_sparing, on_channel
from catalog.repository.audit import fact_columns
from catalog.repository.proofs import material_rows
from contracts.guide import Guide

TABLES = (
    "search_texts",
    "items",
    "item_versions",
    "published_items",
    "item_spans",
    "item_measures",
    "item_materials",
    "item_facts",
)
"""In this order; a department brings its list on eight days of its own."""
DIVISIONS = 400
DEPARTMENTS_OF_DIVISION = 25
DAYS = 250
FIRST_DAY = date(2025, 1, 6)
ITEMS_OF_BASIC = 40
CHANNELS = ("yue-sheng-shi", "yue-shang-tong", "yue-zhi-zhu", "i-chaozhou", "window", "web")
VISIT_REASON = "须当面核验身份"
WAL_BYTES_MAX = "6GB"
"""While it is written: a checkpoint less for each gigabyte that is about to be written anyway."""

_TEXTS = "CREATE UNLOGGED TABLE bench_texts (n int, text_id uuid, name text, plain_name text)"
_ROWS = """
CREATE UNLOGGED TABLE bench_rows AS
WITH picked AS (
    SELECT n, 1 + (n - 1) / {of_basic} AS basic_n, 1 + (n % {divisions}) * 7919 % {divisions} AS division_n,
           (random() * ({departments} - 1))::int AS department_n, (random() * 7)::int AS visit_n,
           random() < 0.45 AS is_permit, (random() * 9)::int AS lot, (random() * 5)::int AS channel_n
    FROM generate_series(1, {count}) AS n
)
SELECT p.n, t.text_id, t.name, t.plain_name, v.variant_id, v.other_digest, {flags}, uuidv7() AS item_id,
       lpad((440000 + p.division_n)::text, 6, '0') AS division,
       '11' || lpad((440000 + p.division_n)::text, 6, '0') || lpad(p.department_n::text, 9, '0') || 'M' AS department,
       lpad((440000 + p.division_n)::text, 6, '0') || '局' || p.department_n AS department_name,
       'BN-' || p.n AS item_code, '4401' || lpad(p.basic_n::text, 8, '0') AS basic_code,
       DATE '{first_day}' + (p.division_n * 31 + p.department_n * 7 + p.visit_n * 37) % {days} AS day,
       p.is_permit, CASE WHEN p.is_permit THEN '01' ELSE (ARRAY['05','07','10','20'])[1 + p.lot % 4] END AS task_type,
       CASE WHEN p.lot < 8 THEN 20 END AS statutory_days, 3 + p.lot % 3 AS promised_days,
       (p.lot > 8)::int AS visits, CASE WHEN p.lot > 7 THEN 3 ELSE 4 END AS online_depth,
       ({channels})[1:1 + p.channel_n] AS channels, p.lot < 4 AS is_one_window, p.lot < 3 AS is_cross_region,
       p.n % 400 = 7 AS has_more_copies, p.n % 400 = 113 AS has_no_phone
FROM picked p JOIN bench_texts t USING (n) JOIN bench_variants v ON v.variant = p.basic_n % 2
ORDER BY p.n
"""
_SHARED = (
    "channels, online_depth, visits, promised_days, statutory_days, is_four_exempt, is_exempt_throughout, is_show_code, "
    "spared_certificates, spared_seals, spared_signatures, spared_forms, is_one_window, is_cross_region, basic_code"
)
_FILL = {
    "item_versions": """
INSERT INTO item_versions (id, item_id, number, department, state, guide, drafters, drafted_at, published_by,
    published_at, version)
SELECT uuidv7(), r.item_id, 1, department, 'published', CASE WHEN has_more_copies THEN other ELSE guide END ||
    jsonb_build_object('name', name, 'item_code', item_code, 'basic_code', basic_code, 'department', department,
    'department_name', department_name, 'division', division, 'task_type', task_type, 'statutory_days', statutory_days,
    'promised_days', promised_days, 'visits', visits, 'visit_reason', CASE WHEN visits > 0 THEN '{reason}' ELSE '' END,
    'online_depth', online_depth, 'channels', to_jsonb(channels), 'phone', CASE WHEN has_no_phone THEN '' ELSE guide
    ->> 'phone' END),
    ARRAY['019a0000-0000-7000-8000-000000000001'], day, '019a0000-0000-7000-8000-000000000002', day, 2
FROM bench_rows r JOIN bench_variants v USING (variant_id)
""",
    "items": """
INSERT INTO items (id, item_code, division, department, state, published_number, latest_number, created_at, version)
SELECT item_id, item_code, division, department, 'published', 1, 1, day, 2 FROM bench_rows
""",
    "published_items": """
INSERT INTO published_items (id, is_open, number, item_code, name, plain_name, main_item, keywords, task_type,
    department, department_name, division, audience, is_on_application, text_id, first_published_at, published_at,
    {shared})
SELECT item_id, true, 1, item_code, name, plain_name, '', '', task_type, department, department_name, division,
    '{{person,enterprise}}', true, text_id, day, day, {shared}
FROM bench_rows
""",
    "item_spans": """
INSERT INTO item_spans (id, item_id, number, valid_from, division, department, task_type, audience, themes,
    life_events, is_on_application, {shared})
SELECT uuidv7(), item_id, 1, day, division, department, task_type, '{{person,enterprise}}', '{{}}', '{{}}', true, {shared}
FROM bench_rows
""",
    "item_materials": """
INSERT INTO item_materials (item_id, place, name, plain_name, proof, certificate_type, data_resource, is_spared)
SELECT r.item_id, m.place, m.name, m.plain_name, m.proof, m.certificate_type, m.data_resource, m.is_spared
FROM bench_rows r JOIN bench_materials m ON m.item_id = r.variant_id
""",
    "item_facts": "INSERT INTO item_facts ({facts}) SELECT {selected} FROM bench_rows r "
    "JOIN bench_facts f ON f.item_id = r.variant_id",
    "item_measures": """
INSERT INTO item_measures (measure, grain, day, division, department, amount)
WITH summed AS MATERIALIZED (SELECT day, division, department, {sums} FROM bench_rows GROUP BY 1, 2, 3),
daily AS MATERIALIZED (SELECT m.measure, day, division, department, m.amount FROM summed,
    LATERAL (VALUES {values}) AS m (measure, amount) WHERE m.amount <> 0)
SELECT measure, 'day', day, division, department, amount FROM daily UNION ALL
SELECT measure, 'month', date_trunc('month', day)::date, division, department, sum(amount) FROM daily
GROUP BY 1, 3, 4, 5 UNION ALL
SELECT measure, 'division-day', day, division, '', sum(amount) FROM daily GROUP BY 1, 3, 4 UNION ALL
SELECT measure, 'division-month', date_trunc('month', day)::date, division, '', sum(amount) FROM daily GROUP BY 1, 3, 4
""",
}
_MEASURES = {
    "items": "1",
    "on_application": "1",
    "one_window": "is_one_window::int",
    "cross_region": "is_cross_region::int",
    "four_exempt": "is_four_exempt::int",
    "show_code": "is_show_code::int",
    "exempt_throughout": "is_exempt_throughout::int",
    "any_channel": "1",
    **{
        on_channel(one): f"('{one}' = ANY (channels))::int"
        for one in ("yue-sheng-shi", "yue-shang-tong", "yue-zhi-zhu", "i-chaozhou")
    },
    **{items_sparing(kind): f"(spared_{kind}s > 0)::int" for kind in SPARED},
    **{materials_sparing(kind): f"spared_{kind}s" for kind in SPARED},
    "permits": "is_permit::int",
    "permits_fully_online": "(is_permit AND online_depth = 4)::int",
    "permits_at_most_one_visit": "(is_permit AND visits <= 1)::int",
    "permits_zero_visit": "(is_permit AND visits = 0)::int",
    "permits_with_statutory_days": "(is_permit AND statutory_days > 0)::int",
    "permit_days_saved": "CASE WHEN is_permit THEN coalesce(statutory_days - promised_days, 0) ELSE 0 END",
    "permit_days_allowed": "CASE WHEN is_permit THEN coalesce(statutory_days, 0) ELSE 0 END",
    "permit_compression_millionths": "CASE WHEN is_permit THEN coalesce((2000000 * (statutory_days - promised_days) "
    "+ statutory_days) / (2 * statutory_days), 0) ELSE 0 END",
}
"""As domain/measures.py reckons them, of one row."""
_BESIDE = (
    "items",
    "published_items",
    "item_spans",
    "item_materials",
    "item_facts",
    "item_measures",
)
"""Written on one connection while another writes the guides, which take as long as all of these."""
_OF_ITEM = {
    "item_id": "r.item_id",
    "name": "r.name",
    "group_key": "r.basic_code",
    "materials_digest": "CASE WHEN r.has_more_copies THEN r.other_digest ELSE f.materials_digest END",
    "phone": "CASE WHEN r.has_no_phone THEN '' ELSE f.phone END",
    "visit_reason_characters": f"r.visits * {len(VISIT_REASON)}",
    **{
        name: f"r.{name}"
        for name in (
            "division",
            "department",
            "basic_code",
            "task_type",
            "statutory_days",
            "promised_days",
            "visits",
            "online_depth",
            "channels",
        )
    },
}
"""Facts that differ from item to item; the others are those of its kind of guide."""

_INDEXES = (
    "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition, "
    "indrelid = 'search_texts'::regclass AS is_of_texts "
    "FROM pg_index WHERE indrelid = ANY($1::text[]::regclass[]) "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)"
)
_KEY_OF_MEASURES = (
    "SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint "
    "WHERE conrelid = 'item_measures'::regclass AND contype = 'p'"
)


def guide(*, spares: bool = False, copies: int = 1) -> dict[str, Any]:
    """The part of a guide that many seeded items have in common, as large as real guides are, and without a fault."""
    ground = {"exemption_ground": "凭电子证照核验，免于提交"} if spares else {}
    materials: list[dict[str, Any]] = [
        {"code": "m0", "name": "申请书", "kind": "form"},
        {"code": "m1", "name": "营业执照", "copies": copies, **ground},
        {"code": "m2", "name": "法定代表人身份证明", "copies": 1, **ground},
        {"code": "m3", "name": "经营场所使用证明", "copies": 1},
        {"code": "m4", "name": "授权委托书", "originals": 1},
    ]
    if spares:
        materials[0] |= {
            "prefilled": True,
            "prefilled_from": [{"field": "企业名称", "source": "营业执照"}],
            "exemption_ground": "企业名称等由系统预填",
        }
        materials[1]["certificate_type"] = "business-licence"
        materials[2]["certificate_type"] = "identity-card"
    return {
        "materials": materials,
        "handling_kind": "promised",
        "handling_forms": ["window", "online"],
        "conditions": ["申请人依法设立", "有与经营规模相适应的场所和设施", "从业人员符合规定条件"],
        "legal_basis": [{"law": "中华人民共和国行政许可法", "article": "第十二条"}],
        "steps": [
            {"code": code, "name": name, "working_days": 1}
            for code, name in (("acceptance", "受理"), ("review", "审查"), ("decision", "决定"))
        ],
        "results": [{"name": "许可证", "certificate_type": "licence"}],
        "questions": [{"question": "多久可以办好？", "answer": "自受理之日起五个工作日内办结。"}],
        "audience": ["person", "enterprise"],
        "phone": "0768-2123456",
        "supervision_phone": "0768-2123457",
        "hours": "工作日 9:00-12:00，13:30-17:00",
        "windows": [
            {
                "hall": "H1",
                "name": "综合窗口",
                "address": "潮州大道 1 号",
                "hours": "工作日 9:00-17:00",
            }
        ],
    }


async def seed_catalog(admin_url: str, database: str, *, count: int) -> float:
    """Write `count` items; returns seconds. As the server's administrator, with indexes made anew afterwards."""
    began = time.monotonic()
    url = f"{admin_url.rsplit('/', 1)[0]}/{database}"
    first, second = [await _connected(url) for _ in range(2)]
    try:
        await first.execute(f"ALTER SYSTEM SET max_wal_size = '{WAL_BYTES_MAX}'")
        await first.execute("SELECT pg_reload_conf()")
        indexes = await first.fetch(_INDEXES, list(TABLES))
        for index in indexes:
            await first.execute(f"DROP INDEX {index['name']}")
        [key] = await first.fetch(_KEY_OF_MEASURES)
        await first.execute(f"ALTER TABLE item_measures DROP CONSTRAINT {key['name']}")
        await _lay_out(first, second, count)
        of_texts = [index["definition"] for index in indexes if index["is_of_texts"]]
        others = [index["definition"] for index in indexes if not index["is_of_texts"]]
        others.append(f"ALTER TABLE item_measures ADD CONSTRAINT {key['name']} {key['definition']}")
        await asyncio.gather(
            _fill(first, ["item_versions"], count, then=of_texts),
            _fill(second, _BESIDE, count, then=others),
        )
        step = time.monotonic()
        half = TABLES.index("item_spans")
        await asyncio.gather(_tidied(first, TABLES[:half]), _tidied(second, TABLES[half:]))
        for table in (
            "bench_texts",
            "bench_variants",
            "bench_rows",
            "bench_materials",
            "bench_facts",
        ):
            await first.execute(f"DROP TABLE {table}")
        await first.execute("ALTER SYSTEM RESET max_wal_size")
        await first.execute("SELECT pg_reload_conf()")
        await first.execute("CHECKPOINT")
        say(f"vacuum, analyze, checkpoint: {time.monotonic() - step:.0f} s")
    finally:
        await first.close()
        await second.close()
    return time.monotonic() - began


async def _connected(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(
        url,
        server_settings={
            "session_replication_role": "replica",
            "synchronous_commit": "off",
            "maintenance_work_mem": "1GB",
            "max_parallel_maintenance_workers": "2",
            "work_mem": "256MB",
        },
    )


async def _lay_out(first: asyncpg.Connection, second: asyncpg.Connection, count: int) -> None:
    """The texts, and a row an item with all that differs from item to item."""
    step = time.monotonic()
    await first.execute(_TEXTS)
    columns = ["id", "plain_name", "main_item", "keywords", "grams"]
    for texts, found in pieces(count):
        await asyncio.gather(
            first.copy_to_table("bench_texts", source=BytesIO(texts)),
            second.copy_to_table("search_texts", source=BytesIO(found), columns=columns),
        )
    say(f"{count} texts: {time.monotonic() - step:.0f} s")
    step = time.monotonic()
    await _variants(first)
    channels = "ARRAY[" + ",".join(f"'{one}'" for one in CHANNELS) + "]"
    await first.execute(
        _ROWS.format(
            count=count,
            of_basic=ITEMS_OF_BASIC,
            divisions=DIVISIONS,
            departments=DEPARTMENTS_OF_DIVISION,
            first_day=FIRST_DAY,
            days=DAYS,
            channels=channels,
            flags=", ".join(f"v.{name}" for name in exemption_facts(_whole(guide()))),
        )
    )
    await first.execute("ANALYZE bench_rows")
    say(f"what differs from item to item: {time.monotonic() - step:.0f} s")


async def _variants(connection: asyncpg.Connection) -> None:
    """The two kinds of guides: one that spares its applicants something, one that spares them nothing."""
    await connection.execute("CREATE UNLOGGED TABLE bench_materials (LIKE item_materials)")
    await connection.execute("CREATE UNLOGGED TABLE bench_facts (LIKE item_facts)")
    rows = []
    for variant, spares in enumerate((False, True)):
        whole, other = _whole(guide(spares=spares)), _whole(guide(spares=spares, copies=2))
        variant_id = uuid4()
        shown = [
            json.dumps(each, ensure_ascii=False)
            for each in (guide(spares=spares), guide(spares=spares, copies=2))
        ]
        digest = materials_digest(other.materials)
        row = {"variant": variant, "variant_id": variant_id, "guide": shown[0], "other": shown[1]}
        rows.append({**row, "other_digest": digest, **exemption_facts(whole)})
        await _put(connection, "bench_materials", material_rows(variant_id, whole))
        await _put(connection, "bench_facts", [fact_columns(variant_id, 1, whole)])
    flags = ", ".join(
        f"{name} {'boolean' if isinstance(value, bool) else 'int'}"
        for name, value in exemption_facts(whole).items()
    )
    await connection.execute(
        "CREATE UNLOGGED TABLE bench_variants (variant int, variant_id uuid, guide jsonb, other jsonb, "
        f"other_digest text, {flags})"
    )
    await _put(connection, "bench_variants", rows)


def _whole(part: dict[str, Any]) -> Guide:
    named = {"item_code": "BN-0", "name": "许可", "task_type": "01", "department": "D1"}
    return Guide.model_validate(
        {
            **part,
            **named,
            "department_name": "局",
            "division": "440101",
            "promised_days": 3,
            "online_depth": 4,
        }
    )


async def _put(connection: asyncpg.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    names = list(rows[0])
    await connection.copy_records_to_table(
        table, records=[[row[name] for name in names] for row in rows], columns=names
    )


async def _fill(
    connection: asyncpg.Connection, tables: Sequence[str], count: int, *, then: Sequence[str]
) -> None:
    for table in tables:
        step = time.monotonic()
        await connection.execute(_statement(table))
        say(f"{table}: {time.monotonic() - step:.0f} s")
    step = time.monotonic()
    for definition in then:
        await connection.execute(definition)
    say(f"{len(then)} indexes over {count} rows: {time.monotonic() - step:.0f} s")


def _statement(table: str) -> str:
    if table == "item_facts":
        names = list(fact_columns(uuid4(), 1, _whole(guide())))
        levels = (level_of("440100"), level_of("440101"))
        special = {
            **_OF_ITEM,
            "level": f"CASE WHEN r.division LIKE '%00' THEN {levels[0]} ELSE {levels[1]} END",
        }
        selected = [special.get(name, f"f.{name}") for name in names]
        return _FILL[table].format(facts=", ".join(names), selected=", ".join(selected))
    if table == "item_measures":
        sums = [f"sum({each}) AS m{place}" for place, each in enumerate(_MEASURES.values())]
        values = [f"('{measure}', m{place})" for place, measure in enumerate(_MEASURES)]
        return _FILL[table].format(sums=", ".join(sums), values=", ".join(values))
    if table == "item_versions":
        return _FILL[table].format(reason=VISIT_REASON)
    return _FILL[table].format(shared=_SHARED)


async def _tidied(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    for table in tables:
        await connection.execute(f"VACUUM ANALYZE {table}")


def last_day() -> date:
    return FIRST_DAY + timedelta(days=DAYS)
