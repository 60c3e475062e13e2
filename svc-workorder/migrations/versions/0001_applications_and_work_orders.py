"""Known items, applications with their clocks, attachments, work orders, the calendar."""

from alembic import op

from chassis.migrations import create_chassis_tables, protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    bind = op.get_bind()
    for table in (
        tables.known_items,
        tables.applications,
        tables.application_steps,
        tables.suspensions,
        tables.attachments,
        tables.work_orders,
        tables.work_order_words,
        tables.work_order_callers,
        tables.work_order_steps,
        tables.calendar_days,
    ):
        table.create(bind)
    protect("applications", own="applicant_id", department="department", division="division")
    protect("attachments", own="owner_id")
    protect("work_orders", own="caller_id", department="department", division="division")
    protect("work_order_callers", own="caller_id")
    protect_below("application_steps", parent="applications", column="application_id")
    protect_below("suspensions", parent="applications", column="application_id")
    protect_below("work_order_steps", parent="work_orders", column="work_order_id")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="correction-ask-days",
        value=5,
        unit="工作日",
        meaning="受理前一次性告知补正的期限；逾期不告知的，自收到之日起即为受理",
        source="行政许可法第三十二条第一款第四项 [V: LAW:行政许可法]",
        verified=True,
    ),
    RuleDefault(
        code="alarms",
        value={"yellow_days": 1, "red_days": 0, "hour": 9},
        unit="工作日 / 时",
        meaning="到期前几个工作日、几点发出黄色和红色预警；过期即报超期",
        source="[D] 设计决定：到期前一个工作日黄、到期当日红（domain.md 3b）",
        verified=False,
    ),
    RuleDefault(
        code="hotline-working-days",
        value={"consultation": 2, "help": 5, "complaint": 5, "report": 5, "suggestion": 5},
        unit="工作日",
        meaning="热线工单自派单起的办理期限，按诉求类型",
        source="domain.md 3.4：咨询 2 [V: PAGE:plnmw]，其余 5 [V: 济南、潍坊条例]；本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="rectification-working-days",
        value=5,
        unit="工作日",
        meaning="差评整改工单自生成起的办理期限",
        source="[V: PAGE:ceirp 德州] 其他城市做法，本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="redo-rounds-max",
        value=1,
        unit="次",
        meaning="回访不满意后最多重办几次",
        source="[D] 设计决定（domain.md 3.3）",
        verified=False,
    ),
    RuleDefault(
        code="business-setup-item-codes",
        value=[],
        unit="",
        meaning="计入开办企业办理时间的事项编码；空表示不计算",
        source="[D] 由本市按开办企业事项清单填写",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""
