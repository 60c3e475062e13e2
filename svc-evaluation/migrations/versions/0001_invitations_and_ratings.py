"""Invitations, ratings and their steps."""

from alembic import op

from chassis.migrations import create_chassis_tables, protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from evaluation import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    bind = op.get_bind()
    for table in (tables.invitations, tables.ratings, tables.rating_steps):
        table.create(bind)
    protect("invitations", own="applicant_id")
    protect("ratings", own="applicant_id", department="department", division="division")
    protect_below("rating_steps", parent="ratings", column="rating_id")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="points-by-level",
        value={"5": 10, "4": 8, "3": 6, "2": 4, "1": 2},
        unit="分",
        meaning="五级评价各折合多少分（满分 10）",
        source="domain.md 4 [K]：评分口径未见原文，采用 10/8/6/4/2",
        verified=False,
    ),
    RuleDefault(
        code="invitation-open-days",
        value=30,
        unit="自然日",
        meaning="评价邀请自发出起的有效期",
        source="[D] 设计决定，可由本市改定",
        verified=False,
    ),
    RuleDefault(
        code="bad-rating-reasons",
        value={
            "waited-too-long": "等候或办理时间过长",
            "asked-twice": "重复提交材料",
            "guide-wrong": "办事指南与实际不符",
            "attitude": "服务态度不好",
            "system-failed": "系统故障或操作不便",
            "result-unexplained": "结果未说明理由",
            "other": "其他",
        },
        unit="",
        meaning="差评原因（评价指标），只可由本表增减",
        source="domain.md 4 indicator sets [V: jiakaoti]，文字为本市初始设定",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""
