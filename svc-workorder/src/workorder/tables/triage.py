"""Triage (民意速办): models, what they proposed, what people decided, and the names of places."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

triage_models = Table(
    "triage_models",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("state", Text, nullable=False),
    # Uploaded, or trained here from decisions.
    Column("origin", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("facts", JSONB, nullable=False),
    # Held against rows that it had not seen; null when none were given.
    Column("evaluation", JSONB(none_as_null=True)),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("activated_by", Text),
    Column("activated_at", DateTime(timezone=True)),
    # The one that was in force before: where an undo goes back to.
    Column("replaces", UUID(as_uuid=True)),
    Column("row_version", Integer, nullable=False),
    Index("triage_models_active", "state", unique=True, postgresql_where=text("state = 'active'")),
)
"""Models as data (words and numbers, no code). One is in force; the others stay, so that one can go back."""

triage_model_steps = steps_table(
    metadata, "triage_model_steps", of=triage_models, column="triage_model_id"
)

triage_model_files = Table(
    "triage_model_files",
    metadata,
    Column("triage_model_id", UUID(as_uuid=True), ForeignKey("triage_models.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""The files, apart, in the database: every process that takes a call has to find the one in force."""

work_order_proposals = Table(
    "work_order_proposals",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("model_id", UUID(as_uuid=True)),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    # Null: it was not sure enough, and stayed silent.
    Column("label", Text),
    Column("confidence", Double),
    Column("reasons", JSONB, nullable=False),
    # What else it may be, the surest first.
    Column("others", JSONB, nullable=False),
    Column("department", Text),
    Column("department_confidence", Double),
    # list, ruling or model.
    Column("department_from", Text),
    Column("department_reasons", JSONB, nullable=False),
    Column("co_departments", ARRAY(Text), nullable=False),
    Column("responsibility_id", UUID(as_uuid=True)),
    Column("place", Text),
    Column("place_name", Text),
    Column("place_reasons", JSONB, nullable=False),
    Index("work_order_proposals_order", "work_order_id", "id"),
)
"""What was proposed for an order, and by which words; asked anew, another row."""

triage_decisions = Table(
    "triage_decisions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("number", Text, nullable=False),
    # The step by which somebody decided, as the history names it.
    Column("step", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("label", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("proposal_id", UUID(as_uuid=True)),
    Column("model_id", UUID(as_uuid=True)),
    Column("proposed_label", Text),
    Column("proposed_department", Text),
    Column("confidence", Double),
    # Null: nothing was proposed, or nothing was decided.
    Column("label_accepted", Boolean),
    Column("department_accepted", Boolean),
    Index("triage_decisions_at", "decided_at", "id"),
    Index("triage_decisions_order", "work_order_id", "id"),
    Index("triage_decisions_label", "label", "id"),
)
"""What people decided, beside what was proposed: rows that the next model learns from."""

place_names = Table(
    "place_names",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)
"""Divisions, towns, villages and communities by code (地名), as the city imports them."""
