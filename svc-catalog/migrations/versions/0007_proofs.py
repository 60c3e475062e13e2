"""The list of proofs (证明), retained and cancelled; what guides in force ask for; exemptions by kind."""

from alembic import op
from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects.postgresql import JSONB

from catalog.domain.materials import SPARED, exemption_facts
from catalog.repository.proofs import material_rows
from catalog.tables import proofs as tables
from chassis.migrations import seed_rules
from chassis.rules import RuleDefault
from contracts.guide import Guide

revision = "0007"
down_revision = "0006"

PIECE_ROWS = 1_000


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.proofs,
        tables.proof_periods,
        tables.proof_changes,
        tables.proof_steps,
        tables.item_materials,
    ):
        table.create(bind)
    for table_name in ("published_items", "item_spans"):
        for column in (
            "is_exempt_throughout boolean NOT NULL DEFAULT false",
            *(f"spared_{kind}s integer NOT NULL DEFAULT 0" for kind in SPARED),
        ):
            op.execute(f"ALTER TABLE {table_name} ADD COLUMN IF NOT EXISTS {column}")
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    _lay_out_materials(bind)
    seed_rules(RULES)


RULES = (
    RuleDefault(
        code="four-exempt-way",
        value="any",
        unit="any | every",
        meaning="四免事项的口径：any 至少一份材料免其一；every 每份非可选材料均免其一",
        source="[D] 设计决定：官方口径未知，见领域说明 1.6",
        verified=False,
    ),
    RuleDefault(
        code="exemption-ground-required",
        value=True,
        unit="",
        meaning="发布时，声明免交、免章、免签、免填的材料是否必须写明依据，预填须写明字段及来源",
        source="[D] 设计决定：免交须有依据，便于申请人和窗口核对",
        verified=False,
    ),
)


def _lay_out_materials(bind: Connection) -> None:
    """Databases made before this one: the materials and exemptions of everything in force."""
    found = bind.execute(
        text(
            "SELECT p.id, v.guide FROM published_items p JOIN item_versions v "
            "ON v.item_id = p.id AND v.number = p.number WHERE p.is_open"
        ).columns(guide=JSONB)
    )
    for part in found.partitions(PIECE_ROWS):
        rows = []
        for item_id, content in part:
            guide = Guide.model_validate(content)
            rows += material_rows(item_id, guide)
            facts = exemption_facts(guide)
            changes = ", ".join(f"{name} = :{name}" for name in facts)
            for table, key in (("published_items", "id"), ("item_spans", "item_id")):
                still = " AND valid_to IS NULL" if table == "item_spans" else ""
                bind.execute(
                    text(f"UPDATE {table} SET {changes} WHERE {key} = :item_id{still}"),
                    {**facts, "item_id": item_id},
                )
        if rows:
            bind.execute(insert(tables.item_materials), rows)
