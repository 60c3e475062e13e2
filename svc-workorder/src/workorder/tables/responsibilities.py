"""The responsibility list (职责清单) and the rulings on disputed fields."""

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

responsibilities = Table(
    "responsibilities",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("category", Text, nullable=False),
    # With all below it; empty: the whole city.
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("co_departments", ARRAY(Text), nullable=False),
    Column("basis", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Index("responsibilities_category", "category", "division", "id"),
    Index("responsibilities_department", "department", "id"),
)
"""Which department leads in a category and a division, by which law, from when until when."""

responsibility_steps = steps_table(
    metadata,
    "responsibility_steps",
    of=responsibilities,
    column="responsibility_id",
    # The row as it stood from this version on.
    extra=[Column("version", Integer, nullable=False), Column("content", JSONB, nullable=False)],
)

responsibility_rulings = Table(
    "responsibility_rulings",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("step", Text, nullable=False),
    # Who has it by this ruling; or, of a return that was granted, who has not.
    Column("department", Text, nullable=False),
    Column("is_owner", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ruled_by", Text, nullable=False),
    Column("ruled_at", DateTime(timezone=True), nullable=False),
    # Taken into the list by a coordinator.
    Column("adopted_into", UUID(as_uuid=True)),
    Column("adopted_by", Text),
    Column("adopted_at", DateTime(timezone=True)),
    Column("row_version", Integer, nullable=False),
    Index("responsibility_rulings_category", "category", "ruled_at"),
    Index("responsibility_rulings_order", "work_order_id"),
)
"""What the hotline or a coordinator ruled when departments did not agree whose an order is."""
