"""Tables: the list of proofs (证明清单) by days, and which materials of guides in force ask for what."""

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
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from catalog.tables.base import metadata
from chassis.steps import steps_table

proofs = Table(
    "proofs",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("other_names", ARRAY(Text), nullable=False),
    Column("plain_names", ARRAY(Text), nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("issuing_unit", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("listed_from", Date, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", name="proofs_code"),
    Index("proofs_plain_names", "plain_names", postgresql_using="gin"),
    Index("proofs_department", "department", "code"),
)
"""One proof (证明) that some department demands or demanded. Public. Its status is told by `proof_periods`."""

proof_periods = Table(
    "proof_periods",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("proof_id", UUID(as_uuid=True), ForeignKey("proofs.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("stands_in", Text),
    Column("certificate_type", Text),
    Column("data_resource", Text),
    Column("commitment_text", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("told_at", DateTime(timezone=True)),
    Column("sought_at", DateTime(timezone=True)),
    CheckConstraint("valid_to >= valid_from", name="proof_periods_forward"),
    Index("proof_periods_proof", "proof_id", "valid_from"),
    Index("proof_periods_open", "proof_id", unique=True, postgresql_where=text("valid_to IS NULL")),
    Index(
        "proof_periods_untold",
        "valid_from",
        postgresql_where=text("told_at IS NULL AND status = 'cancelled'"),
    ),
    Index(
        "proof_periods_unsought",
        "valid_from",
        postgresql_where=text("sought_at IS NULL AND status = 'cancelled'"),
    ),
)
"""What holds of a proof from `valid_from` until the day before `valid_to`. `told_at`: when its effect was told;
`sought_at`: when the guides in force that ask for it nevertheless were found."""

proof_changes = Table(
    "proof_changes",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("proof_id", UUID(as_uuid=True), ForeignKey("proofs.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stands_in", Text),
    Column("certificate_type", Text),
    Column("data_resource", Text),
    Column("commitment_text", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index(
        "proof_changes_open",
        "proof_id",
        unique=True,
        postgresql_where=text("state = 'proposed'"),
    ),
    Index("proof_changes_proof", "proof_id", "id"),
)
"""A cancellation or reinstatement on its way: proposed by one, confirmed by another."""

proof_steps = steps_table(metadata, "proof_steps", of=proofs, column="proof_id")

item_materials = Table(
    "item_materials",
    metadata,
    Column("item_id", UUID(as_uuid=True), nullable=False),
    Column("place", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("plain_name", Text, nullable=False),
    Column("proof", Text),
    Column("certificate_type", Text),
    Column("data_resource", Text),
    Column("is_spared", Boolean, nullable=False),
    PrimaryKeyConstraint("item_id", "place", name="item_materials_pkey"),
    Index("item_materials_plain_name", "plain_name", "item_id"),
    Index(
        "item_materials_proof",
        "proof",
        "item_id",
        postgresql_where=text("proof IS NOT NULL"),
    ),
)
"""The materials of guides in force, by what they are known by. Public, like `published_items`. `is_spared`: something
stands in for it."""
