"""Facts that came before the work they are about are kept; by which step a part's return was asked; updates sent twice."""

from alembic import op

from chassis.migrations import add_missing, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (tables.kept_facts, tables.kept_fact_keys, tables.open311_notes):
        table.create(bind)
    protect_below("open311_notes", parent="work_orders", column="work_order_id")
    add_missing(tables.work_order_returns)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="kept-facts",
        value={"days": 7, "most": 10_000, "listed_days": 365},
        unit="自然日 / 条 / 自然日",
        meaning="先于工单到达的事件：保留多少日等待相关工单登记（days），最多保留多少条（most），结束后留存备查多少日（listed_days）",
        source="city：[D] 设计决定，由本市约定",
        verified=False,
    ),
    RuleDefault(
        code="open311-repeat-minutes",
        value=10,
        unit="分钟",
        meaning="Open311 同一发送方在多少分钟内对同一诉求重复提交相同内容的补充，视为同一条；0 表示不合并",
        source="city：[D] 设计决定，由本市约定",
        verified=False,
    ),
)
