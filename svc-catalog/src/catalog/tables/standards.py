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
from chassis.steps import mixed_steps_table, steps_table

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

withdrawn_files = Table(
    "withdrawn_files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("department", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True), nullable=False),
)
"""Files that are shown to nobody, whichever guide names them and whoever keeps them: the bytes are the same.
`department`: whose publisher withdrew it, and may show it again."""

guide_file_steps = mixed_steps_table(metadata, "guide_file_steps")
"""When a file was withdrawn and put back, and why: `kind` is the department, `of_id` the file."""

published_files = Table(
    "published_files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Index("published_files_item", "item_id"),
)
"""Files that a published version named, under the name it has in the newest: anyone may read these. Once public, they
stay so: an application in flight keeps the version that it began with, and its forms."""
