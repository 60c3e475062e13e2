"""Powers and responsibilities (权责清单) and their adjustment."""

from alembic import op
from sqlalchemy import insert

from catalog.tables import powers as tables
from chassis.migrations import SEEDED_AT, protect, protect_below, seed_rules
from chassis.rules import RuleDefault

revision = "0006"
down_revision = "0005"

APPLIED = ("acceptance", "review", "decision", "delivery", "supervision")
ENFORCED = ("filing", "investigation", "review", "notice", "decision", "delivery", "execution")
TYPES = (
    ("01", "行政许可", APPLIED),
    ("02", "行政处罚", ENFORCED),
    ("03", "行政强制", ("notice", "decision", "execution", "supervision")),
    ("04", "行政征收", ("notice", "review", "decision", "collection", "supervision")),
    ("05", "行政给付", APPLIED),
    ("06", "行政检查", ("planning", "inspection", "handling", "supervision")),
    ("07", "行政确认", APPLIED),
    ("08", "行政奖励", APPLIED),
    ("09", "行政裁决", ("acceptance", "review", "decision", "delivery", "execution")),
    ("10", "其他行政权力", APPLIED),
    ("11", "行政指导", ("planning", "guidance", "supervision")),
)
"""The ten of 粤府函〔2017〕15号; 行政指导 was in 粤府办〔2016〕15号 and stands for what a city may add. The stages that
each must answer for are a design decision [D]; a system administrator changes a row."""


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.power_types,
        tables.powers,
        tables.power_versions,
        tables.power_drafts,
        tables.power_adjustments,
        tables.power_adjustment_steps,
        tables.power_adjustment_reach,
        tables.power_adjustment_parties,
        tables.power_adjustment_guides,
        tables.item_moves,
        tables.movable_powers,
        tables.power_uptakes,
        tables.power_uptake_steps,
    ):
        table.create(bind)
    protect("power_drafts", department="department")
    protect("power_adjustment_reach", department="department", division="division")
    protect_below("power_adjustments", parent="power_adjustment_reach", column="id")
    protect_below("power_adjustment_parties", parent="power_adjustments", column="adjustment_id")
    protect_below("power_adjustment_steps", parent="power_adjustments", column="adjustment_id")
    protect_below("power_adjustment_guides", parent="power_adjustments", column="adjustment_id")
    rows = [
        {
            "code": code,
            "name": name,
            "stages": list(stages),
            "source": "粤府办〔2016〕15号 [D]" if code == "11" else "粤府函〔2017〕15号",
            "changed_at": SEEDED_AT,
        }
        for code, name, stages in TYPES
    ]
    bind.execute(insert(tables.power_types), rows)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="adjustment-propose-days",
        value=20,
        unit="工作日",
        meaning="触发事由（法律立改废释、上级决定、机构职能调整）发生后，部门提出调整建议的期限",
        source="[K] 省权责清单动态调整办法的通行做法，未核对原文",
        verified=False,
    ),
    RuleDefault(
        code="adjustment-opinion-days",
        value=10,
        unit="工作日",
        meaning="承接方反馈意见的期限；逾期未反馈可以提请合法性审查",
        source="[D] 设计决定",
        verified=False,
    ),
    RuleDefault(
        code="adjustment-review-days",
        value=10,
        unit="工作日",
        meaning="合法性审查的期限",
        source="[D] 设计决定（domain.md 2）",
        verified=False,
    ),
    RuleDefault(
        code="adjustment-kinds-reviewed",
        value=["move-down", "entrust"],
        unit="",
        meaning="须经合法性审查通过才能批准的调整种类",
        source="[D] 依市政数局 2023 年法治政府建设报告所述做法",
        verified=False,
    ),
    RuleDefault(
        code="town-moves-need-provincial-decision",
        value=True,
        unit="",
        meaning="职权调整由镇街实施，须写明省级依据（如粤府令第261号）",
        source="粤府令第261号 [V: domain.md 2]，适用范围未核对原文",
        verified=False,
    ),
)
"""Read through `tx.rule`."""
