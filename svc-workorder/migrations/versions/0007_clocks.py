"""Clocks: applications on their process, the city's own days, office hours, escalations, checks of the ledger."""

from alembic import op

from chassis.migrations import add_missing, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.calendar_overrides,
        tables.calendar_override_steps,
        tables.ledger_check_nights,
    ):
        table.create(bind)
    add_missing(tables.applications)
    # Row security binds the tables' owner too.
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    op.execute(_APPLICATIONS)
    seed_rules(RULES)


_APPLICATIONS = """
UPDATE applications SET
    waits_for = CASE state
        WHEN 'submitted' THEN 'clerk'
        WHEN 'correction' THEN 'applicant'
        WHEN 'accepted' THEN 'reviewer'
        WHEN 'suspended' THEN 'reviewer'
        WHEN 'decided' THEN 'clerk'
    END,
    counts = jsonb_strip_nulls(jsonb_build_object(
        'request-correction', CASE WHEN correction_asked_at_intake THEN 1 END,
        'request-correction-in-review', CASE WHEN correction_asked_in_review THEN 1 END,
        'suspend', (
            SELECT nullif(count(*), 0) FROM suspensions
            WHERE application_id = applications.id AND kind <> 'correction'
        )
    ))
"""
"""What ran before there were definitions runs on the first; how long it has waited is not counted backwards."""

RULES = (
    RuleDefault(
        code="office-hours",
        value={"city": [["09:00", "12:00"], ["14:00", "17:30"]], "divisions": {}},
        unit="时:分",
        meaning="办公时间；divisions 按区划代码（可为前缀）另定。以办公小时计的期限按此计算",
        source="[D] 设计决定，本市作息文件未见原文",
        verified=False,
    ),
    RuleDefault(
        code="clock-start",
        value={"next_day_after_close": False, "next_day_when_off": False},
        unit="",
        meaning="下班后（after_close）、非工作日（when_off）收到的，是否从下一工作日起算（当日不计，次日为第一日）；默认均从收到当日起算",
        source="domain.md 10 [D]",
        verified=False,
    ),
    RuleDefault(
        code="escalations",
        value=[
            {"days": 1, "to": "head"},
            {"days": 3, "to": "coordinator"},
            {"days": 5, "to": "leader"},
        ],
        unit="工作日",
        meaning="超期几个工作日的当日上午升级提醒谁：承办单位负责人（head）、督办员（coordinator）、分管领导（leader）",
        source="[D] 设计决定；超期督办 [V: 潍坊条例、济南条例]，天数本市未见原文",
        verified=False,
    ),
    RuleDefault(
        code="ledger-check-hour",
        value=2,
        unit="时",
        meaning="每晚几点起按台账重新计算全部在办事项的到期日并核对；负数表示不核对",
        source="[D] 设计决定",
        verified=False,
    ),
)
