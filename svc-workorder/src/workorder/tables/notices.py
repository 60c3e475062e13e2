"""What departments and people are told: their office platforms' endpoints, to-dos that mirror what waits, notices."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

delivery_endpoints = Table(
    "delivery_endpoints",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # Empty: the city's own platform, for whoever has none.
    Column("department", Text, nullable=False),
    # An emergency line's own system (110), which is told what became of what it handed over; empty: an office platform.
    Column("line", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    # Empty: the platform comes and reads the feed.
    Column("url", Text, nullable=False),
    Column("secret_encrypted", Text, nullable=False),
    # Still signed with beside the new one for a while after it was changed.
    Column("old_secret_encrypted", Text),
    Column("old_secret_until", DateTime(timezone=True)),
    Column("wants", ARRAY(Text), nullable=False),
    # Its department has a part of a joint order only when this platform said so.
    Column("needs_receipt", Boolean, nullable=False),
    # unverified, active, disabled (after failing for days), off (by hand).
    Column("state", Text, nullable=False),
    Column("trouble", Text, nullable=False),
    # When its address is to be tried with a challenge; null when it is not.
    Column("verify_at", DateTime(timezone=True)),
    Column("verified_at", DateTime(timezone=True)),
    Column("failing_since", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Index("delivery_endpoints_owner", "department", "line", unique=True),
)

delivery_endpoint_steps = steps_table(
    metadata, "delivery_endpoint_steps", of=delivery_endpoints, column="delivery_endpoint_id"
)

todos = Table(
    "todos",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("endpoint_id", UUID(as_uuid=True), ForeignKey("delivery_endpoints.id"), nullable=False),
    # work-order, part (of a joint order), application.
    Column("work_kind", Text, nullable=False),
    Column("work_id", UUID(as_uuid=True), nullable=False),
    # The work order or application to look at: of a part its order.
    Column("above_id", UUID(as_uuid=True), nullable=False),
    Column("number", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("urgency", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # One open to-do for one thing that waits for one recipient at one platform.
    Index(
        "todos_open",
        "work_id",
        "endpoint_id",
        "work_kind",
        "round",
        "recipient",
        "department",
        unique=True,
        postgresql_where=text("done_at IS NULL"),
    ),
    # What is over, the oldest first: for the sweeping of the night.
    Index("todos_done", "done_at", "id", postgresql_where=text("done_at IS NOT NULL")),
)

notices = Table(
    "notices",
    metadata,
    # The order in which they came to be; what a platform that reads the feed goes on after.
    Column("position", BigInteger, Identity(), primary_key=True),
    Column("id", UUID(as_uuid=True), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("todo_id", UUID(as_uuid=True)),
    # Of a to-do: its version, so that an older state never overwrites a newer one.
    Column("sequence", Integer, nullable=False),
    Column("work_kind", Text, nullable=False),
    Column("above_id", UUID(as_uuid=True), nullable=False),
    Column("number", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("urgency", Text, nullable=False),
    # What was ruled: granted or denied; of a result how it ended, or why it was not accepted; else empty.
    Column("detail", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    # new: not addressed yet; kept: nobody's platform wants it; waiting, delivered, failed; feed: read, not sent.
    Column("state", Text, nullable=False),
    Column("endpoint_id", UUID(as_uuid=True), ForeignKey("delivery_endpoints.id")),
    Column("try_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False),
    Column("tried_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    # Under which number the platform keeps it.
    Column("receipt", Text, nullable=False),
    Column("error", Text, nullable=False),
    Index("notices_new", "position", postgresql_where=text("state = 'new'")),
    Index("notices_waiting", "try_at", postgresql_where=text("state = 'waiting'")),
    # What a line is still to be told of one matter: one after the other.
    Index(
        "notices_results",
        "above_id",
        "position",
        postgresql_where=text("state = 'waiting' AND kind LIKE 'result-%'"),
    ),
    Index("notices_todo", "todo_id", "position", postgresql_where=text("todo_id IS NOT NULL")),
    Index("notices_department", "department", "position"),
    Index("notices_endpoint", "endpoint_id", "position"),
    # What is over, the oldest first: for the sweeping of the night.
    Index(
        "notices_ended",
        "created_at",
        "position",
        postgresql_where=text("state IN ('delivered', 'kept', 'feed')"),
    ),
)

sweep_nights = Table(
    "sweep_nights",
    metadata,
    Column("night", Date, primary_key=True),
    Column("job_id", UUID(as_uuid=True), nullable=False),
)
"""One sweeping a night, however many processes ask."""
