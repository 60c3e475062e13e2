"""Tables: powers and responsibilities (权责清单), their adjustment (动态调整), and what may be moved to towns (指导目录)."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.tables.base import metadata
from chassis.steps import steps_table

power_types = Table(
    "power_types",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("stages", ARRAY(Text), nullable=False),
    Column("source", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""职权类型: the ten, and what a city adds; `stages` are those that every power of the type must answer for."""

powers = Table(
    "powers",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", "division", "department", name="powers_line"),
)

power_versions = Table(
    "power_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("power_id", UUID(as_uuid=True), ForeignKey("powers.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("standing", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("power_source", Text, nullable=False),
    Column("from_division", Text),
    Column("managing_area", Text),
    Column("content", JSONB, nullable=False),
    Column("adjustment_id", UUID(as_uuid=True)),
    Column("why", Text, nullable=False),
    Column("listed_at", DateTime(timezone=True), nullable=False),
    Column("in_force_from", DateTime(timezone=True), nullable=False),
    Column("in_force_until", DateTime(timezone=True)),
    UniqueConstraint("power_id", "number", name="power_versions_number"),
    CheckConstraint("in_force_until >= in_force_from", name="power_versions_forward"),
    Index(
        "power_versions_open",
        "power_id",
        unique=True,
        postgresql_where=text("in_force_until IS NULL"),
    ),
    Index("power_versions_department", "department", "power_id"),
    Index("power_versions_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
    Index(
        "power_versions_area",
        "managing_area",
        "power_id",
        postgresql_where=text("managing_area IS NOT NULL"),
    ),
    Index("power_versions_source", "level", "power_source", "code"),
)
"""The list as it was at any instant: a version holds from `in_force_from` until before `in_force_until`. Public."""

power_drafts = Table(
    "power_drafts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("drafters", ARRAY(Text), nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("listed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index(
        "power_drafts_line",
        "code",
        "division",
        "department",
        unique=True,
        postgresql_where=text("listed_at IS NULL"),
    ),
    Index("power_drafts_department", "department", "id"),
)

power_adjustments = Table(
    "power_adjustments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("power_id", UUID(as_uuid=True)),
    Column("power_code", Text, nullable=False),
    Column("power_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("effective_at", DateTime(timezone=True), nullable=False),
    Column("propose_by", Date, nullable=False),
    Column("opinions_due_on", Date),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("amended_at", DateTime(timezone=True)),
    Column("review_requested_at", DateTime(timezone=True)),
    Column("review_due_on", Date),
    Column("review", JSONB),
    Column("reviewed_by", Text),
    Column("reviewed_at", DateTime(timezone=True)),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    Column("in_force_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("superseded_by", UUID(as_uuid=True)),
    Column("fault", Text),
    Column("tried_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index("power_adjustments_power", "power_id", "id"),
    Index(
        "power_adjustments_due",
        "effective_at",
        postgresql_where=text("state = 'published'"),
    ),
)

power_adjustment_steps = steps_table(
    metadata, "power_adjustment_steps", of=power_adjustments, column="adjustment_id"
)

power_adjustment_reach = Table(
    "power_adjustment_reach",
    metadata,
    # Named `id` because an adjustment is seen by whoever sees one of its rows here (protect_below).
    Column("id", UUID(as_uuid=True), nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    PrimaryKeyConstraint("id", "department", name="power_adjustment_reach_pkey"),
    Index("power_adjustment_reach_department", "department", "id"),
)
"""Who has a part in an adjustment, and so sees it whole: giver and receivers."""

power_adjustment_parties = Table(
    "power_adjustment_parties",
    metadata,
    Column("adjustment_id", UUID(as_uuid=True), ForeignKey("power_adjustments.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("agency_kind", Text, nullable=False),
    Column("agrees", Boolean),
    Column("opinion", Text, nullable=False),
    Column("answered_by", Text),
    Column("answered_at", DateTime(timezone=True)),
    Column("taken_back_by", UUID(as_uuid=True)),
    PrimaryKeyConstraint("adjustment_id", "place", name="power_adjustment_parties_pkey"),
)
"""Who has to do with an adjustment: the giver (place 0) and the receivers, each with its opinion."""

power_adjustment_guides = Table(
    "power_adjustment_guides",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("adjustment_id", UUID(as_uuid=True), nullable=False),
    Column("from_item_id", UUID(as_uuid=True)),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("to_item_id", UUID(as_uuid=True), nullable=False),
    Column("to_item_code", Text, nullable=False),
    Column("guide", JSONB),
    Column("drafted_by", Text),
    Column("drafted_at", DateTime(timezone=True)),
    UniqueConstraint(
        "adjustment_id",
        "from_item_id",
        "department",
        "to_item_code",
        name="power_adjustment_guides_line",
    ),
)
"""The item that takes over at each receiver; without a guide it is derived from the giver's at the effective minute."""

item_moves = Table(
    "item_moves",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("adjustment_id", UUID(as_uuid=True), nullable=False),
    Column("from_item_id", UUID(as_uuid=True)),
    Column("to_item_id", UUID(as_uuid=True)),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Index("item_moves_from", "from_item_id", "id"),
    Index("item_moves_to", "to_item_id", "id"),
)
"""Where an item went, and where it came from. Public."""

movable_powers = Table(
    "movable_powers",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("serial", Integer, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("giving_department", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""指导目录: what may be moved to towns, by its eight fields."""

power_uptakes = Table(
    "power_uptakes",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("movable_id", UUID(as_uuid=True), ForeignKey("movable_powers.id"), nullable=False),
    Column("division", Text, nullable=False),
    Column("towns", ARRAY(Text), nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("document_number", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("ended_on", Date),
    Column("version", Integer, nullable=False),
    Index(
        "power_uptakes_open",
        "movable_id",
        "division",
        unique=True,
        postgresql_where=text("ended_on IS NULL"),
    ),
)
"""What each county took up of the directory, for which towns, by which document; counted from `taken_on` on."""

power_uptake_steps = steps_table(
    metadata, "power_uptake_steps", of=power_uptakes, column="uptake_id"
)
