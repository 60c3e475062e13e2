"""Process definitions (流程定义) and their history."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

process_definitions = Table(
    "process_definitions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("activated_by", Text),
    Column("activated_at", DateTime(timezone=True)),
    Column("retired_at", DateTime(timezone=True)),
    Column("row_version", Integer, nullable=False),
    UniqueConstraint("code", "version"),
    # One version of a process is in force; new work begins on it.
    Index(
        "process_definitions_active",
        "code",
        unique=True,
        postgresql_where=text("state = 'active'"),
    ),
)
"""How work goes, as data: drafted, checked, activated by a second person, retired. What runs stays on its version."""

process_definition_steps = steps_table(
    metadata,
    "process_definition_steps",
    of=process_definitions,
    column="process_definition_id",
)
