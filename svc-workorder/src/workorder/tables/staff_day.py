"""The staff's day (工作台): filters that people keep."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("owner_id", UUID(as_uuid=True), nullable=False),
    Column("department", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    # Shown to the whole department, by its head.
    Column("is_shared", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("removed_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index("saved_filters_owner", "owner_id", "id"),
    Index(
        "saved_filters_shared",
        "department",
        "id",
        postgresql_where=text("is_shared AND removed_at IS NULL"),
    ),
)

saved_filter_steps = steps_table(
    metadata, "saved_filter_steps", of=saved_filters, column="saved_filter_id"
)
