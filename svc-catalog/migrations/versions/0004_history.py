"""What was in force when, for figures at any past date; search texts apart from items; words with history."""

import json
from collections import Counter
from typing import Any
from uuid import uuid4

from alembic import op
from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects.postgresql import JSONB

from catalog.domain.measures import measures_of
from catalog.repository.history import FACTS, change_rows
from catalog.repository.items import guide_facts, search_text_row
from catalog.tables.history import item_measure_changes, item_measures, item_spans
from catalog.tables.search import search_misses, search_texts, word_steps
from chassis.migrations import seed_rules
from chassis.rules import RuleDefault
from contracts.guide import Guide

revision = "0004"
down_revision = "0003"

PIECE_ROWS = 1_000


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        item_spans,
        item_measures,
        item_measure_changes,
        search_texts,
        search_misses,
        word_steps,
    ):
        table.create(bind)
    # Common grams must be known as such, or the planner takes a word that half the texts have for a rare one.
    op.execute("ALTER TABLE search_texts ALTER COLUMN grams SET STATISTICS 400")
    # Grams go out of line, so that reading many names does not read their grams along.
    op.execute("ALTER TABLE search_texts SET (toast_tuple_target = 256)")
    op.execute("ALTER TABLE item_measure_changes SET (autovacuum_vacuum_scale_factor = 0.05)")
    _bring_older_books_along(bind)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="search-misses-shown-from",
        value=3,
        unit="次",
        meaning="未找到结果的查询词，同一天出现多少次起供事项管理员查看",
        source="[D] 设计决定：少于三次的查询可能带有个人痕迹",
        verified=False,
    ),
)


def _bring_older_books_along(bind: Connection) -> None:
    """Databases made before this one: columns that 0001 makes today, and everything that is published."""
    for change in (
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS themes text[] NOT NULL DEFAULT '{}'",
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS life_events text[] NOT NULL DEFAULT '{}'",
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS text_id uuid",
        "ALTER TABLE published_items DROP COLUMN IF EXISTS grams",
        "CREATE INDEX IF NOT EXISTS published_items_text ON published_items (text_id, id)",
        "ALTER TABLE everyday_words ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1",
        "ALTER TABLE everyday_words ADD COLUMN IF NOT EXISTS changed_at timestamptz NOT NULL DEFAULT now()",
        "SELECT set_config('yiwang.everything', 'yes', true)",
    ):
        op.execute(change)
    _lay_out_texts(bind)
    _tell_spans(bind)


def _lay_out_texts(bind: Connection) -> None:
    found = bind.execute(text("SELECT DISTINCT name, main_item, keywords FROM published_items"))
    rows = {row["id"]: row for one in found for row in [search_text_row(*one)]}
    if rows:
        bind.execute(insert(search_texts), list(rows.values()))
    items = bind.execute(text("SELECT id, name, main_item, keywords FROM published_items")).all()
    for item in items:
        text_id = search_text_row(item.name, item.main_item, item.keywords)["id"]
        bind.execute(
            text("UPDATE published_items SET text_id = :text_id WHERE id = :id"),
            {"text_id": text_id, "id": item.id},
        )


_VERSIONS = text(
    "SELECT v.item_id, v.number, v.guide, (v.published_at AT TIME ZONE 'Asia/Shanghai')::date AS day, "
    "(lead(v.published_at) OVER w AT TIME ZONE 'Asia/Shanghai')::date AS next_day, "
    "(SELECT (max(s.taken_at) AT TIME ZONE 'Asia/Shanghai')::date FROM item_steps s "
    "WHERE s.item_id = v.item_id AND s.number = v.number AND s.step = 'withdrawn') AS withdrawn_day "
    "FROM item_versions v WHERE v.state = 'published' "
    "WINDOW w AS (PARTITION BY v.item_id ORDER BY v.published_at, v.number)"
).columns(guide=JSONB)


def _tell_spans(bind: Connection) -> None:
    changes: Counter[Any] = Counter()
    rows = []
    for version in bind.execute(_VERSIONS):
        guide = Guide.model_validate_json(json.dumps(version.guide))
        facts = guide_facts(guide)
        facts = {name: facts[name] for name in FACTS}
        ends = version.withdrawn_day or version.next_day
        rows.append(
            {
                "id": uuid4(),
                "item_id": version.item_id,
                "number": version.number,
                "valid_from": version.day,
                "valid_to": ends,
                **facts,
            }
        )
        place = (facts["division"], facts["department"])
        for measure, amount in measures_of(facts).items():
            changes[(measure, version.day, *place)] += amount
            if ends is not None:
                changes[(measure, ends, *place)] -= amount
    for start in range(0, len(rows), PIECE_ROWS):
        bind.execute(insert(item_spans), rows[start : start + PIECE_ROWS])
    if kept := change_rows(changes.items()):
        bind.execute(insert(item_measure_changes), kept)
