"""A department's part of a joint order can be returned: version 2 of the hotline's process, with what it reads and tells.

Work that runs stays on the version it began with. A city that has put a version of its own in force keeps it; ours is
a draft there, for an administrator to put in force.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from alembic import op
from sqlalchemy import func, insert, select, text, update

from chassis.ids import new_id
from chassis.migrations import add_missing, seed_rules
from chassis.rules import RuleDefault
from workorder import tables

revision = "0014"
down_revision = "0013"

DEFINITION = Path(__file__).parents[1] / "processes" / "hotline.v2.json"
FIRST, BY = 1, "migration"
REASON = "协办单位可以退回其协办部分"
_RECIPIENTS = text(
    """
INSERT INTO rules (code, version, value, unit, meaning, source, verified, changed_by, reason, changed_at)
SELECT code, version + 1, CAST(:kinds AS jsonb) || value, unit, meaning, source, verified, 'migration', :reason, now()
FROM rules WHERE code = 'notice-recipients' ORDER BY version DESC LIMIT 1
"""
)
KINDS = {
    "part-return-requested": ["department"],
    "part-return-ruled": ["department"],
    "part-return-overstayed": ["waits-for"],
}
"""The lead is told of a return, who asked of the ruling, who has to rule when it is late."""


def upgrade() -> None:
    add_missing(tables.work_order_returns)
    add_missing(tables.work_order_tasks)
    seed_rules(RULES)
    kinds = json.dumps(KINDS)
    op.execute(_RECIPIENTS.bindparams(kinds=kinds, reason=REASON))
    _put_in_force(json.loads(DEFINITION.read_text(encoding="utf-8")), datetime.now(UTC))


def _put_in_force(body: dict[str, Any], at: datetime) -> None:
    t = tables.process_definitions
    bind = op.get_bind()
    of_code = t.c.code == body["code"]
    before = bind.execute(select(t.c.id, t.c.version).where(of_code, t.c.state == "active")).first()
    newest = bind.execute(select(func.max(t.c.version)).where(of_code)).scalar_one()
    is_taken = before is not None and before.version == FIRST
    if before is not None and is_taken:
        op.execute(
            update(t)
            .where(t.c.id == before.id)
            .values(state="retired", retired_at=at, row_version=t.c.row_version + 1)
        )
        _add_step(before.id, step="replaced", state="retired", at=at)
    version_id = new_id()
    op.execute(
        insert(t).values(
            id=version_id,
            code=body["code"],
            version=newest + 1,
            name=body["name"],
            state="active" if is_taken else "draft",
            definition=body,
            drafted_by=BY,
            drafted_at=at,
            activated_by=BY if is_taken else None,
            activated_at=at if is_taken else None,
            row_version=1,
        )
    )
    _add_step(version_id, step="drafted", state="draft", at=at)
    if is_taken:
        _add_step(version_id, step="activated", state="active", at=at)


def _add_step(definition_id: UUID, *, step: str, state: str, at: datetime) -> None:
    op.execute(
        insert(tables.process_definition_steps).values(
            id=new_id(),
            process_definition_id=definition_id,
            step=step,
            state=state,
            actor_kind="system",
            actor_id=BY,
            reason=REASON,
            channel="system",
            taken_at=at,
        )
    )


RULES = (
    RuleDefault(
        code="hotline-part-returns-max",
        value=20,
        unit="次",
        meaning="一件会办工单各协办单位合计最多申请协办退单次数",
        source="[D] 一件工单至多 20 个协办单位，防止反复申请、撤回",
        verified=False,
    ),
)
