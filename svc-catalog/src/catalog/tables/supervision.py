"""Tables: supervision items (监管事项) and the behaviour data reported on them."""

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
from sqlalchemy.dialects.postgresql import UUID

from catalog.tables.base import metadata
from chassis.steps import steps_table

supervision_items = Table(
    "supervision_items",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("power_code", Text),
    Column("object", Text, nullable=False),
    Column("no_object_confirmed", Boolean, nullable=False),
    Column("listed_from", Date, nullable=False),
    Column("listed_until", Date),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code", "department", "division", name="supervision_items_line"),
    CheckConstraint("listed_until >= listed_from", name="supervision_items_forward"),
    Index("supervision_items_department", "department", "id"),
    Index(
        "supervision_items_division", "division", postgresql_ops={"division": "text_pattern_ops"}
    ),
)
"""On the list from `listed_from` until the day before `listed_until`. Public."""

supervision_item_steps = steps_table(
    metadata, "supervision_item_steps", of=supervision_items, column="item_id"
)

supervision_reports = Table(
    "supervision_reports",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("behaviours", Integer, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reporter_kind", Text, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Index("supervision_reports_month", "month", "department"),
)

supervision_counts = Table(
    "supervision_counts",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("supervision_items.id"), nullable=False),
    Column("month", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("behaviours", Integer, nullable=False),
    Column("report_id", UUID(as_uuid=True), ForeignKey("supervision_reports.id"), nullable=False),
    Column("reported_on", Date, nullable=False),
    Column("superseded_on", Date),
    Column("is_current", Boolean, nullable=False),
    UniqueConstraint("item_id", "month", "number", name="supervision_counts_number"),
    Index(
        "supervision_counts_current",
        "item_id",
        "month",
        unique=True,
        postgresql_where=text("is_current"),
    ),
    Index("supervision_counts_report", "report_id"),
)
"""How often an item was acted on in a month (2026-11), as reported; a correction has the next `number` and the earlier
ones stay, so that a figure at a past day counts what was known at its end."""

supervision_reminders = Table(
    "supervision_reminders",
    metadata,
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("missing", Integer, nullable=False),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("department", "division", "month", name="supervision_reminders_pkey"),
)
"""A department that had not reported on all of its items by the due day; closed when it has."""
