"""Tables: bundles (一件事), their versions with the merged result, and what became of their members since."""

from sqlalchemy import (
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

bundles = Table(
    "bundles",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("life_event", Text),
    Column("audience", ARRAY(Text), nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("published_number", Integer),
    Column("latest_number", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", name="bundles_code"),
    Index("bundles_department", "department", "id"),
)
"""The aggregate; name, life event and audience are those of the version in force, or of the first draft."""

bundle_versions = Table(
    "bundle_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("bundle_id", UUID(as_uuid=True), ForeignKey("bundles.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("merged", JSONB, nullable=False),
    Column("drafters", ARRAY(Text), nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("published_by", Text),
    Column("published_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("bundle_id", "number", name="bundle_versions_number"),
)
"""`merged`: place (a division, or empty for everywhere) to what its members come to there."""

bundle_members = Table(
    "bundle_members",
    metadata,
    Column("bundle_id", UUID(as_uuid=True), ForeignKey("bundles.id"), nullable=False),
    Column("item_id", UUID(as_uuid=True), nullable=False),
    PrimaryKeyConstraint("bundle_id", "item_id", name="bundle_members_pkey"),
    Index("bundle_members_item", "item_id"),
)
"""Members of versions in force; nothing of a withdrawn bundle."""

bundle_reviews = Table(
    "bundle_reviews",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("bundle_id", UUID(as_uuid=True), ForeignKey("bundles.id"), nullable=False),
    Column("item_id", UUID(as_uuid=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("settled_at", DateTime(timezone=True)),
    Index("bundle_reviews_open", "bundle_id", postgresql_where=text("settled_at IS NULL")),
)
"""A member changed or was withdrawn; settled when the bundle's next version is published."""

bundle_spans = Table(
    "bundle_spans",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("bundle_id", UUID(as_uuid=True), ForeignKey("bundles.id"), nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    CheckConstraint("valid_to >= valid_from", name="bundle_spans_forward"),
    Index("bundle_spans_open", "bundle_id", unique=True, postgresql_where=text("valid_to IS NULL")),
)
"""When a bundle was open to applications, for the figure at any past date."""

bundle_steps = steps_table(metadata, "bundle_steps", of=bundles, column="bundle_id")
