"""The city's own days of the working-day calendar, and the nights on which the ledgers were checked."""

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_working", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)
"""Days of the years that were loaded from their papers (节假日安排)."""

calendar_overrides = Table(
    "calendar_overrides",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("day", Date, nullable=False, unique=True),
    Column("is_working", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("paper", Text, nullable=False),
    # Taken back: kept with its history, and the paper of the year holds again.
    Column("is_in_force", Boolean, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("row_version", Integer, nullable=False),
)
"""Single days that the city sets itself (台风停工、临时调休): they win over every paper, also one loaded later."""

calendar_override_steps = steps_table(
    metadata, "calendar_override_steps", of=calendar_overrides, column="calendar_override_id"
)

ledger_check_nights = Table(
    "ledger_check_nights",
    metadata,
    Column("night", Date, primary_key=True),
    Column("job_id", UUID(as_uuid=True), nullable=False),
)
"""One check of the ledgers a night, however many processes ask."""
