"""Halls, windows, kiosks, helpers and appointments."""

from alembic import op

from catalog.tables import halls as tables
from chassis.migrations import protect, protect_below, seed_rules
from chassis.rules import RuleDefault

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.hall_details,
        tables.hall_exceptions,
        tables.hall_steps,
        tables.hall_windows,
        tables.service_points,
        tables.intakes,
        tables.appointment_plans,
        tables.appointment_slots,
        tables.appointments,
        tables.appointment_steps,
    ):
        table.create(bind)
    protect("appointments", own="applicant_id", place="hall")
    protect_below("appointment_steps", parent="appointments", column="appointment_id")
    seed_rules(RULES)


_DECIDED = "[D] 设计决定，可由本市改定"

RULES = (
    RuleDefault(
        code="hall-unities",
        value={
            "name": "名称统一",
            "sign": "标识统一",
            "layout": "布局统一",
            "service": "服务标准统一",
        },
        unit="",
        meaning="大厅规范化建设“四统一”核对清单的项目",
        source="[D] 设计决定：四项的口径未见原文，以本市规范为准",
        verified=False,
    ),
    RuleDefault(
        code="city-calendar",
        value={},
        unit="",
        meaning="本市自定的工作日（true）与休息日（false），优先于国务院节假日安排；键为日期",
        source=_DECIDED,
        verified=False,
    ),
    RuleDefault(
        code="appointments",
        value={
            "days_ahead": 14,
            "notice_minutes": 30,
            "cancel_minutes": 60,
            "early_minutes": 60,
            "grace_minutes": 15,
            "no_shows_max": 3,
            "no_show_days": 90,
            "block_days": 30,
        },
        unit="天、分钟、次",
        meaning=(
            "预约：可提前几天；最少提前几分钟；开始前几分钟内不能取消；可提前几分钟签到；"
            "结束后宽限几分钟；若干天内未到几次后暂停预约几天（0 次为不暂停）"
        ),
        source=_DECIDED,
        verified=False,
    ),
)
