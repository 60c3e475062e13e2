"""The staff's day: filters that people keep; what departments and people are told, on which platform, with receipts."""

from alembic import op

from chassis.migrations import add_missing, protect, protect_below, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.saved_filters,
        tables.saved_filter_steps,
        tables.delivery_endpoints,
        tables.delivery_endpoint_steps,
        tables.todos,
        tables.notices,
    ):
        table.create(bind)
    add_missing(tables.work_order_tasks)
    add_missing(tables.applications)
    protect("saved_filters", own="owner_id", department="department")
    protect_below("saved_filter_steps", parent="saved_filters", column="saved_filter_id")
    # Endpoints are settings and name no work: whoever dispatches must know which department has a system of its own.
    protect("todos", department="department", division="division")
    protect("notices", department="department", division="division")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="notice-recipients",
        value={
            "urged": ["waits-for"],
            "supervised": ["department", "head"],
            "supervision-ended": ["department"],
            "reopened": ["department"],
            "return-ruled": ["department"],
            "owner-decided": ["department"],
            "extension-ruled": ["department"],
            "emergency-raised": ["waits-for", "head"],
            "yellow": ["waits-for"],
            "red": ["waits-for"],
            "missed": ["waits-for", "head"],
            "escalated": ["escalated-to"],
            "overstayed": ["waits-for"],
        },
        unit="",
        meaning="何事提醒谁：waits-for 当前责任方，escalated-to 规则 escalations 指定的人，"
        "department 承办单位，head 其负责人，hotline 热线，coordinator 督办员",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="notice-quiet-hours",
        value={"from": "20:00", "to": "08:00", "days_off": True, "todos": False},
        unit="时:分",
        meaning="免打扰时段：其间的提醒推迟到时段结束；days_off 非工作日全天免打扰；"
        "todos 待办是否也推迟；特急诉求不受限制",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="notice-delivery",
        value={
            "pauses": [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000],
            "disable_after_days": 3,
        },
        unit="秒 / 日",
        meaning="推送失败后各次重试前的等待时间（用完即不再自动重试，可人工重发）；"
        "连续失败多少日停用该地址，期间的消息保留",
        source="Standard Webhooks 建议的重试间隔；三日停用见 api.md [D]",
        verified=False,
    ),
)
