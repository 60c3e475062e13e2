"""Channels: what is live where, and what they report daily; how items are handled elsewhere, and agreements."""

from datetime import UTC, datetime

from alembic import op

from catalog.tables import channels as tables
from chassis.migrations import seed_rules
from chassis.rules import RuleDefault

revision = "0009"
down_revision = "0008"

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

CHANNELS = (
    ("yue-sheng-shi", "粤省事", "mini-program", "广东省"),
    ("yue-shang-tong", "粤商通", "app", "广东省"),
    ("yue-zhi-zhu", "粤智助", "terminal", "广东省"),
    ("i-chaozhou", "i潮州", "app", "潮州市"),
    ("web", "政务服务网", "web", "广东省"),
    ("window", "办事窗口", "counter", "潮州市"),
    ("phone", "电话", "phone", "潮州市"),
    ("mail", "邮寄", "mail", "潮州市"),
)
"""Since when each is there, and from when its figures are due, nobody has stated: left empty, to be filled in."""

_BRING_MODES_ALONG = """
INSERT INTO cross_region_places (item_id, number, position, division, place_prefix, scope, mode, agreement)
SELECT v.item_id, v.number, m.place - 1, d.code,
       CASE WHEN length(d.code) > 6 THEN d.code ELSE regexp_replace(d.code, '(00)+$', '') END,
       m.body ->> 'scope', m.body ->> 'mode', coalesce(m.body ->> 'agreement', '')
FROM item_versions AS v
CROSS JOIN LATERAL jsonb_array_elements(v.guide -> 'cross_region_modes') WITH ORDINALITY AS m(body, place)
CROSS JOIN LATERAL jsonb_array_elements_text(m.body -> 'divisions') AS d(code)
WHERE v.state = 'published' AND jsonb_typeof(v.guide -> 'cross_region_modes') = 'array'
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.channels,
        tables.channel_steps,
        tables.live_items,
        tables.channel_figures,
        tables.channel_alarms,
        tables.agreements,
        tables.cross_region_places,
    ):
        table.create(bind)
    op.bulk_insert(
        tables.channels,
        [
            {
                "code": code,
                "name": name,
                "kind": kind,
                "operator": operator,
                "version": 1,
                "changed_at": SEEDED_AT,
            }
            for code, name, kind, operator in CHANNELS
        ],
    )
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    op.execute(_BRING_MODES_ALONG)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="channel-measures",
        value={"users": "cumulative", "visits": "daily", "cases": "daily"},
        unit="",
        meaning="渠道日报各指标的口径：cumulative 为截至当日累计，daily 为当日发生",
        source="[D] 设计决定：年度公布数中注册用户为累计数，访问和办件为期间数；以渠道运营方口径为准",
        verified=False,
    ),
    RuleDefault(
        code="channel-figures-due-hour",
        value=10,
        unit="时",
        meaning="渠道日报应于次日几时前报送；过时未报的计入缺报",
        source="[D] 设计决定，可由本市改定",
        verified=False,
    ),
)
