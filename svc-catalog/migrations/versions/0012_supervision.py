"""Supervision items (监管事项) and the behaviour data reported on them."""

from alembic import op

from catalog.tables import supervision as tables
from chassis.migrations import seed_rules
from chassis.rules import RuleDefault

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.supervision_items,
        tables.supervision_item_steps,
        tables.supervision_reports,
        tables.supervision_counts,
        tables.supervision_reminders,
    ):
        table.create(bind)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="supervision-report-due-day",
        value=10,
        unit="日",
        meaning="监管行为数据应于次月几日前（含当日）报送；过期报送记为迟报，未报的列入催报",
        source="[D] 设计决定：国家和省平台的报送期限未查到原文，可由本市改定",
        verified=False,
    ),
    RuleDefault(
        code="supervision-items-without-object-count",
        value=True,
        unit="",
        meaning="本地确认无监管对象的事项是否计入覆盖率分母",
        source="[D] 设计决定：上级清单未剔除前照实列入分母（domain.md 7.2）",
        verified=False,
    ),
)
