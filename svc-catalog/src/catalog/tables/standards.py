"""Tables: basic items (基本目录): what every implementation of an item has in common; and the files of guides."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.tables.base import metadata
from chassis.steps import steps_table

basic_items = Table(
    "basic_items",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("parent", Text),
    Column("use_levels", ARRAY(Text), nullable=False),
    Column("legal_basis", JSONB, nullable=False),
    Column("conditions", JSONB),
    Column("materials", JSONB),
    Column("in_force_from", Date, nullable=False),
    Column("in_force_until", Date),
    Column("version", Integer, nullable=False),
    CheckConstraint("in_force_until >= in_force_from", name="basic_items_forward"),
    Index("basic_items_task_type", "task_type", "code"),
)
"""The national and provincial list. In force from `in_force_from` until the day before `in_force_until`.
`conditions` and `materials`: what all implementations are to have in common; null: nothing is said. Public."""

basic_item_steps = steps_table(metadata, "basic_item_steps", of=basic_items, column="basic_item_id")

guide_files = Table(
    "guide_files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("kept_by", Text, nullable=False),
)
"""Sample and blank files, by SHA-256, once a department. The bytes lie in the blob store."""

published_files = Table(
    "published_files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Index("published_files_item", "item_id"),
)
"""Files that a guide in force names: anyone may read these."""
