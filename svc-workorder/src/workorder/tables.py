"""The tables of svc-workorder. Migrations make them; a test holds the two together."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.database import chassis_tables
from chassis.steps import steps_table

metadata = MetaData()
chassis_tables(metadata)

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
    Index("applications_applicant", "applicant_id", "id"),
    Index("applications_department", "department", "id"),
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

work_orders = Table(
    "work_orders",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("caller_id", UUID(as_uuid=True)),
    Column("application_id", UUID(as_uuid=True)),
    # One rectification for one rating, however often the rating is told.
    Column("rating_id", UUID(as_uuid=True), unique=True),
    Column("finding_id", UUID(as_uuid=True)),
    Column("channel", Text, nullable=False),
    # Kept twice: as said, encrypted; and masked, which is what screens and the search know.
    Column("said_encrypted", Text),
    Column("title", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("is_confidential", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("clock_started_on", Date),
    Column("clock_days", Integer, nullable=False),
    Column("due_on", Date),
    Column("due_is_provisional", Boolean, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("dispatched_at", DateTime(timezone=True)),
    Column("replied_at", DateTime(timezone=True)),
    Column("reply", Text, nullable=False),
    Column("outcome", Text),
    Column("satisfied", Boolean),
    Column("on_time", Boolean, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("alarm_level", Text),
    Column("alarm_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Index("work_orders_department", "department", "id"),
    # One correction for one finding, however often the finding is told.
    Index("work_orders_finding", "finding_id", unique=True),
    Index("work_orders_caller", "caller_id", "id"),
    Index(
        "work_orders_open",
        "due_on",
        "id",
        postgresql_where=text("state IN ('dispatched', 'reopened')"),
    ),
    Index("work_orders_provisional", "id", postgresql_where=text("due_is_provisional")),
    Index("work_orders_alarm", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
)

settled_findings = Table(
    "settled_findings",
    metadata,
    Column("finding_id", UUID(as_uuid=True), primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
)
"""Findings whose end was told before they were: they open no order any more."""

work_order_words = Table(
    "work_order_words",
    metadata,
    # Beside the orders and without row security: PostgreSQL uses no array index under it, because the operator
    # is not leakproof. It holds pairs of masked characters only, and is only ever joined to orders within reach.
    Column("work_order_id", UUID(as_uuid=True), primary_key=True),
    Column("words", ARRAY(Text), nullable=False),
    Index("work_order_words_words", "words", postgresql_using="gin"),
)

work_order_callers = Table(
    "work_order_callers",
    metadata,
    # How to reach the caller, apart from the order: no department's query can meet it.
    Column("work_order_id", UUID(as_uuid=True), primary_key=True),
    Column("caller_id", UUID(as_uuid=True)),
    Column("contact_encrypted", Text, nullable=False),
)

work_order_steps = steps_table(
    metadata,
    "work_order_steps",
    of=work_orders,
    column="work_order_id",
    extra=[
        Column("round", Integer, nullable=False),
        Column("due_on", Date),
        Column("department", Text, nullable=False),
    ],
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_working", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False),
)
