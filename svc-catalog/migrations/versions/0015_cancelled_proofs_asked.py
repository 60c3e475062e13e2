"""Guides in force that ask for a cancelled proof are findings (优化营商环境条例第四十四条)."""

from typing import Any

from alembic import op
from sqlalchemy import insert

from catalog.tables import audit
from chassis.migrations import SEEDED_AT

revision = "0015"
down_revision = "0014"

_RULE: dict[str, Any] = {
    "code": "no-cancelled-proof",
    "kind": "proofs",
    "expression": {},
    "parameters": {},
    "pointers": ["/materials"],
    "message_zh": "在用办事指南仍要求提交已取消的证明",
    "message_en": "The guide in force asks for a proof that is cancelled",
    "how_to_mend_zh": "修改后发布新版本，问题自动关闭；该证明依法恢复保留的，也自动关闭",
    "how_to_mend_en": "Publish a mended version, and the finding closes; so it does when the proof is reinstated by law",
    "source": "[V: LAW:优化营商环境条例] 第四十四条",
    "verified": True,
    "severity": "finding",
    "is_enabled": True,
    "is_retired": False,
    "applies_to": [],
}


def upgrade() -> None:
    # A database made today has them already: 0007 makes the table as it is declared.
    op.execute("ALTER TABLE proof_periods ADD COLUMN IF NOT EXISTS sought_at timestamptz")
    op.execute(
        "CREATE INDEX IF NOT EXISTS proof_periods_unsought ON proof_periods (valid_from) "
        "WHERE sought_at IS NULL AND status = 'cancelled'"
    )
    bind = op.get_bind()
    row = {**_RULE, "version": 1, "changed_at": SEEDED_AT}
    bind.execute(insert(audit.publishing_rules).values(row))
    bind.execute(
        insert(audit.publishing_rule_versions).values(
            code=_RULE["code"],
            version=1,
            content=_RULE,
            actor_kind="system",
            changed_by="migration",
            reason="初始规则",
            changed_at=SEEDED_AT,
        )
    )
