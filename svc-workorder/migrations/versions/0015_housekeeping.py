"""What is over is swept at night: indexes, nights, rules. Articles that a person took out of use stay out."""

from alembic import op

from chassis.migrations import add_missing, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0015"
down_revision = "0014"

KEPT_OUT = """
UPDATE kb_articles a SET is_kept_out = true WHERE a.state = 'retired' AND (
    SELECT s.actor_kind FROM kb_article_steps s
    WHERE s.kb_article_id = a.id AND s.step = 'retired' ORDER BY s.taken_at DESC, s.id DESC LIMIT 1
) <> 'system'
"""


def upgrade() -> None:
    tables.sweep_nights.create(op.get_bind())
    for table in (tables.notices, tables.todos, tables.kb_articles):
        add_missing(table)
    op.execute(KEPT_OUT)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="notices-kept-days",
        value=365,
        unit="自然日",
        meaning="已送达、无需推送、已供读取的提醒，以及已办结的待办，保留多少日后清理；未送达、推送失败、待办未办的一律不清理",
        source="[D] 设计决定；不少于《网络安全法》关于网络日志留存六个月的要求 [K]",
        verified=False,
    ),
    RuleDefault(
        code="notices-sweep-hour",
        value=3,
        unit="时",
        meaning="每晚几点起清理过期的提醒与待办；负数表示不清理",
        source="[D] 设计决定",
        verified=False,
    ),
)
