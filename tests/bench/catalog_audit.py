"""The consistency audit over a million guides: the service's own job on its own tables, in a database of its own.

    .venv/bin/python tests/bench/catalog_audit.py [items]       on servers started for it alone
    await audit_over(admin_url, keys_folder, count=…)            for the bench, on servers that run

Forty divisions offer each item. One guide in a hundred asks for other copies than the rest, one in a hundred has no
telephone, one in two hundred an open clause. Measured: the first audit, which opens all of these with their words and
facts, and a second, which finds everything as it was.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from catalog.domain.consistency import materials_digest
from catalog.repository.audit import fact_columns
from catalog.service import SERVICE
from catalog.workers.audit import AUDIT
from chassis.jobs import JobWorker, enqueue_job
from chassis.testing import Keys, close_house, make_template, open_house
from contracts.guide import Guide
from localcity.servers import test_servers

COUNT = 1_000_000
DIVISIONS = 40
SECONDS_MAX = 60.0

TEMPLATE = {
    "item_code": "T",
    "name": "食品经营许可",
    "main_item": "食品经营许可",
    "basic_code": "440100000000",
    "task_type": "01",
    "department": "D1",
    "department_name": "市场监督管理局",
    "division": "445102",
    "handling_kind": "promised",
    "handling_forms": ["window", "online"],
    "statutory_days": 20,
    "promised_days": 5,
    "visits": 0,
    "online_depth": 4,
    "legal_basis": [{"law": "食品安全法"}],
    "conditions": ["有固定场所", "有食品安全管理人员"],
    "materials": [
        {"code": "form", "name": "申请书", "kind": "form"},
        {"code": "licence", "name": "营业执照", "copies": 1},
        {"code": "id", "name": "居民身份证", "copies": 1},
    ],
    "steps": [{"code": "review", "name": "审查", "working_days": 3}],
    "results": [{"name": "食品经营许可证", "certificate_type": "food-licence"}],
    "windows": [{"hall": "H1", "name": "窗口", "address": "路 1 号", "hours": "工作日 9:00"}],
    "questions": [{"question": "多久？", "answer": "五日"}],
    "phone": "0768-2123456",
    "supervision_phone": "0768-2123457",
    "channels": ["window", "i-chaozhou"],
}

_PICKED = """
CREATE TEMP TABLE picked AS
SELECT n, gen_random_uuid() AS id, lpad((440000 + 100 * (n % {divisions}))::text, 6, '0') AS division,
       'D' || (n % 400) AS department, '4401' || lpad((n / {divisions})::text, 8, '0') AS basic_code,
       n % 100 = 7 AS has_more_copies, n % 100 = 13 AS has_no_phone, n % 200 = 19 AS is_open_ended
FROM generate_series(1, {count}) AS n
"""
_ITEMS = """
INSERT INTO items (id, item_code, division, department, state, published_number, latest_number, created_at, version)
SELECT id, 'T-' || n, division, department, 'published', 1, 1, now(), 2 FROM picked
"""
_VERSIONS = """
INSERT INTO item_versions (id, item_id, number, department, state, guide, drafters, drafted_at, published_at, version)
SELECT gen_random_uuid(), id, 1, department, 'published',
       CASE WHEN has_more_copies THEN $2::jsonb ELSE $1::jsonb END
         || jsonb_build_object('basic_code', basic_code, 'division', division, 'department', department),
       '{}', now(), now(), 2
FROM picked
"""
_PUBLISHED = """
INSERT INTO published_items (id, is_open, number, item_code, name, plain_name, main_item, keywords, task_type, department,
  department_name, division, audience, channels, online_depth, visits, promised_days, statutory_days,
  is_on_application, is_four_exempt, is_show_code, is_one_window, is_cross_region, first_published_at, published_at)
SELECT id, true, 1, 'T-' || n, '食品经营许可', '食品经营许可', '食品经营许可', '', '01', department, '局', division,
  '{person}', '{window}', 4, 0, 5, 20, true, false, false, false, false, now(), now() FROM picked
"""
_SPECIAL = {
    "item_id": "p.id",
    "division": "p.division",
    "department": "p.department",
    "group_key": "p.basic_code",
    "basic_code": "p.basic_code",
    "level": "3",
    "materials_digest": "CASE WHEN p.has_more_copies THEN $1 ELSE t.materials_digest END",
    "phone": "CASE WHEN p.has_no_phone THEN '' ELSE t.phone END",
    "catch_all_conditions": "CASE WHEN p.is_open_ended THEN 1 ELSE 0 END",
}


async def lay_out(url: str, count: int) -> None:
    """Fill the tables that an audit reads."""
    connection = await asyncpg.connect(url, timeout=60)
    try:
        await connection.execute("SELECT set_config('yiwang.everything', 'yes', false)")
        await connection.execute(_PICKED.format(divisions=DIVISIONS, count=count))
        await connection.execute(_ITEMS)
        plain, other = _guides()
        bodies = [json.dumps(each.model_dump(mode="json")) for each in (plain, other)]
        await connection.execute(_VERSIONS, *bodies)
        await connection.execute(_PUBLISHED)
        await _facts(connection, plain, other)
        await connection.execute("ANALYZE item_facts")
        await connection.execute("ANALYZE published_items")
        await connection.execute("ANALYZE item_versions")
    finally:
        await connection.close()


def _guides() -> tuple[Guide, Guide]:
    more = [
        {**each, "copies": 2} if each["code"] == "licence" else each
        for each in TEMPLATE["materials"]  # type: ignore[attr-defined]
    ]
    return Guide.model_validate(TEMPLATE), Guide.model_validate({**TEMPLATE, "materials": more})


async def _facts(connection: Any, plain: Guide, other: Guide) -> None:
    """One row as the service itself lays it out, then as many with what differs between items."""
    row = fact_columns(uuid4(), 1, plain)
    names = list(row)
    columns = ", ".join(names)
    await connection.execute("CREATE TEMP TABLE template (LIKE item_facts)")
    marks = ", ".join(
        f"${place}::text[]" if isinstance(row[name], list) else f"${place}"
        for place, name in enumerate(names, start=1)
    )
    values = [row[name] for name in names]
    await connection.execute(f"INSERT INTO template ({columns}) VALUES ({marks})", *values)
    selected = ", ".join(_SPECIAL.get(name, f"t.{name}") for name in names)
    await connection.execute(
        f"INSERT INTO item_facts ({columns}) SELECT {selected} FROM picked p CROSS JOIN template t",
        materials_digest(other.materials),
    )


async def audit_over(admin_url: str, keys_folder: Path, *, count: int = COUNT) -> dict[str, Any]:
    """Seconds of the first audit and of a second, and what each opened."""
    template = await make_template(SERVICE, admin_url, purpose="bench")
    keys = Keys.make(keys_folder)
    house = await open_house(SERVICE, admin_url=admin_url, template=template, keys=keys)
    try:
        began = time.perf_counter()
        await lay_out(house.database_url, count)
        laid = time.perf_counter() - began
        first, second = [await _audited(house) for _ in range(2)]
        shown = await house.sql(
            "EXPLAIN (ANALYZE, BUFFERS) SELECT group_key FROM item_facts WHERE group_key IS NOT NULL "
            "GROUP BY group_key HAVING min(materials_digest) <> max(materials_digest)"
        )
    finally:
        await close_house(house, admin_url)
    return {
        "items": count,
        "laid_out_seconds": laid,
        "first": first,
        "second": second,
        "plan": [row[0] for row in shown],
    }


async def _audited(house: Any) -> dict[str, Any]:
    tx = house.runtime.begin_system()
    try:
        enqueue_job(tx, house.runtime, kind=AUDIT, input={})
        await tx.commit()
    finally:
        await tx.close()
    worker = JobWorker(runtime=house.runtime, codes=SERVICE.jobs)
    began = time.perf_counter()
    await worker.run_one()
    seconds = time.perf_counter() - began
    [job] = await house.sql(
        "SELECT state, error FROM jobs ORDER BY created_at DESC, id DESC LIMIT 1"
    )
    [row] = await house.sql("SELECT * FROM audits ORDER BY id DESC LIMIT 1")
    return {
        "seconds": seconds,
        "state": job["state"],
        "items": row["items"],
        "opened": row["opened"],
        "open": row["open_findings"],
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with test_servers() as servers, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(audit_over(servers.postgres_admin_url, Path(folder), count=count))
    plan = found.pop("plan")
    print(json.dumps(found, indent=1))
    print("\n".join(plan))


if __name__ == "__main__":
    main()
