"""The catalogue, its records, requests and grants, look-ups, partners and the feed."""

from alembic import op

from chassis.migrations import create_chassis_tables, protect, seed_rules
from chassis.rules import RuleDefault
from datashare import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    bind = op.get_bind()
    for table in (
        tables.data_resources,
        tables.records,
        tables.grant_requests,
        tables.grants,
        tables.data_requests,
        tables.deliveries,
        tables.look_ups,
        tables.partners,
        tables.feed_events,
        tables.steps,
    ):
        table.create(bind)
    protect("records", department="provider_department")
    protect("grant_requests", department="requester_department")
    protect("grants", department="requester_department")
    protect("data_requests", department="department")
    protect("deliveries", department="department")
    protect("look_ups", own="subject_id", department="requester_department")
    protect("partners")
    protect("feed_events", department="department", division="division")
    for name in ("grant_requests", "grants", "look_ups"):
        also_seen_by_provider(name)
    append_only("look_ups")
    append_only("steps")
    seed_rules(RULES)


def also_seen_by_provider(table: str) -> None:
    """A grant has two sides; the provider reaches it as the requester does (policies of one kind add up)."""
    reached = (
        "provider_department = (SELECT nullif(current_setting('yiwang.department', true), ''))"
    )
    op.execute(f"CREATE POLICY {table}_seen_by_provider ON {table} FOR SELECT USING ({reached})")
    op.execute(
        f"CREATE POLICY {table}_changed_by_provider ON {table} "
        f"FOR UPDATE USING ({reached}) WITH CHECK (true)"
    )


def append_only(table: str) -> None:
    """What happened is never changed, not even by the tables' owner."""
    op.execute(
        f"CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_kept()"
    )


REGULATION = "domain.md 8.1 [K]：《政务数据共享条例》（国务院令第809号），条款号未见原文"

RULES = (
    RuleDefault(
        code="grant-answer-days-unconditional",
        value=1,
        unit="工作日",
        meaning="无条件共享资源的答复时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="grant-answer-days-conditional",
        value=10,
        unit="工作日",
        meaning="有条件共享资源的答复时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="grant-answer-extension-days",
        value=10,
        unit="工作日",
        meaning="有条件共享答复可延长的时限，须向申请部门说明理由",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="grant-provision-days",
        value=20,
        unit="工作日",
        meaning="同意共享后提供数据的时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="resource-update-days",
        value=10,
        unit="工作日",
        meaning="法律或职责变化后更新目录的时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="resource-review-days",
        value=2,
        unit="工作日",
        meaning="数据主管部门审核并发布目录变更的时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="record-correction-days",
        value=10,
        unit="工作日",
        meaning="数据校核申请的处理时限",
        source=REGULATION,
        verified=False,
    ),
    RuleDefault(
        code="grant-valid-days",
        value=365,
        unit="自然日",
        meaning="决定未另定期限时授权的有效期",
        source="[D] 设计决定，可由本市改定",
        verified=False,
    ),
)
"""Repeated literally in no code: a use case reads them through `tx.rule`."""
