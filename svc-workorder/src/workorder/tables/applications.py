"""Known items, applications (办件) with their clocks, attachments."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

known_items = Table(
    "known_items",
    metadata,
    Column("item_id", UUID(as_uuid=True), primary_key=True),
    Column("item_code", Text, nullable=False),
    Column("item_version_id", UUID(as_uuid=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    # Null when the withdrawal came first: nothing to apply for, and an older version stays out.
    Column("guide", JSONB),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Index("known_items_code", "item_code"),
)

moved_items = Table(
    "moved_items",
    metadata,
    # Beside the known items: an announcement may come before the item itself is told.
    Column("item_id", UUID(as_uuid=True), primary_key=True),
    Column("adjustment_id", UUID(as_uuid=True), nullable=False),
    Column("closes_at", DateTime(timezone=True), nullable=False),
    Column("moved_to", JSONB, nullable=False),
    # Taken back: kept, so that an older move that is told late does not close it again.
    Column("is_open", Boolean, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Index("moved_items_adjustment", "adjustment_id"),
)
"""Items that take no new applications from an instant on, because their power moves (职权调整), and where to go."""

applications = Table(
    "applications",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("item_id", UUID(as_uuid=True), nullable=False),
    Column("item_version_id", UUID(as_uuid=True), nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("item_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("applicant_id", UUID(as_uuid=True), nullable=False),
    Column("applicant_kind", Text, nullable=False),
    Column("submitted_by", UUID(as_uuid=True), nullable=False),
    Column("channel", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("presentation_id", UUID(as_uuid=True)),
    Column("materials", JSONB, nullable=False),
    Column("results", JSONB, nullable=False),
    # What the applicant wrote and how to reach them: unreadable in the database.
    Column("form_encrypted", Text),
    Column("contact_encrypted", Text),
    Column("contact_masked", Text),
    Column("state", Text, nullable=False),
    Column("promised_days", Integer, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("accepted_at", DateTime(timezone=True)),
    Column("clock_started_on", Date),
    Column("due_on", Date),
    Column("due_is_provisional", Boolean, nullable=False),
    Column("correction_asked_at_intake", Boolean, nullable=False),
    Column("correction_asked_in_review", Boolean, nullable=False),
    Column("stop_count", Integer, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("decision_reason", Text, nullable=False),
    Column("on_time", Boolean),
    Column("working_days_used", Integer),
    Column("ended_at", DateTime(timezone=True)),
    # The next alarm stands on the row it belongs to, so a moved due date can leave no stray alarm behind.
    Column("alarm_level", Text),
    Column("alarm_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # What it runs on: the version it began with, until somebody moves it on record.
    Column("process", Text, nullable=False, server_default="application"),
    Column("process_version", Integer, nullable=False, server_default="1"),
    # Who has to act now; null when nobody has to. How long the present state may wait.
    Column("waits_for", Text),
    Column("wait_until", DateTime(timezone=True)),
    Column("wait_limit_told", Boolean, nullable=False, server_default="false"),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    Index("applications_applicant", "applicant_id", "id"),
    Index("applications_wait", "wait_until", postgresql_where=text("wait_until IS NOT NULL")),
    # Open work by when it is due: what a changed calendar touches, and what is checked every night.
    Index("applications_due", "due_on", "id", postgresql_where=text("ended_at IS NULL")),
    Index("applications_department", "department", "id"),
    # What a desk has to do, and what platforms have a to-do for.
    Index(
        "applications_waiting",
        "waits_for",
        "department",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index("applications_alarm", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
    Index("applications_provisional", "id", postgresql_where=text("due_is_provisional")),
    Index("applications_decided", "decided_at", postgresql_where=text("decided_at IS NOT NULL")),
)

application_steps = steps_table(
    metadata,
    "application_steps",
    of=applications,
    column="application_id",
    extra=[Column("due_on", Date)],
)

suspensions = Table(
    "suspensions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("application_id", UUID(as_uuid=True), ForeignKey("applications.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("planned_until", Date),
    Column("ended_on", Date),
    Column("ended_at", DateTime(timezone=True)),
    Index("suspensions_application", "application_id", "id"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("owner_id", UUID(as_uuid=True), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False),
    Index("attachments_owner", "owner_id", "sha256"),
)
