"""Items, their versions and steps, what the public searches, and places."""

from alembic import op

from catalog.tables import items as tables
from chassis.migrations import create_chassis_tables, protect, seed_rules
from chassis.rules import RuleDefault

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    bind = op.get_bind()
    for table in (
        tables.items,
        tables.item_versions,
        tables.published_items,
        tables.item_steps,
        tables.divisions,
        tables.departments,
        tables.halls,
    ):
        table.create(bind)
    protect("items", department="department")
    protect("item_versions", department="department")
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="default-promised-days",
        value={
            "01": 20,
            "05": 20,
            "07": 15,
            "08": 15,
            "09": 20,
            "10": 10,
            "20": 10,
            "99": 20,
        },
        unit="工作日",
        meaning="导入的清单未写承诺时限时，按事项类型采用的承诺时限；其他类型用 99",
        source="[K] 行政许可法第四十二条：二十日；其余为设计决定 [D]，可由本市改定",
        verified=False,
    ),
    RuleDefault(
        code="import-for-other-departments",
        value=True,
        unit="",
        meaning="事项管理员导入已发布清单时，可否新增其他部门的事项；更改其他部门已有事项一律不可",
        source="[D] 设计决定：清单由上级或其他平台统一发布，一份文件含多个部门",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""
