"""The hotline's desk: returns, disclosures, transfers; agents' seats, calls and chats stand in tables/seats.py."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from workorder.tables.base import metadata

work_order_returns = Table(
    "work_order_returns",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("suggested_department", Text, nullable=False),
    # Null until somebody ruled; the coordinator's ruling names who has it.
    Column("is_granted", Boolean),
    Column("ruled_by", Text, nullable=False),
    Column("ruled_at", DateTime(timezone=True)),
    Column("ruling", Text, nullable=False),
    Column("decided_department", Text, nullable=False),
    # Of a joint order the part that is returned; null: the whole order.
    Column("task_id", UUID(as_uuid=True)),
    # The row of the responsibility list that the department rests on.
    Column("duty_id", UUID(as_uuid=True)),
    # Who has to rule on the return of a part, by when, and when that is told to be late (null: told, or settled).
    Column("waits_for", Text, nullable=False, server_default=""),
    Column("rule_by", DateTime(timezone=True)),
    # By which step of the process it was asked: whose limit the ruling is counted by, also when it is counted again.
    Column("asked_step", Text, nullable=False, server_default=""),
    Column("alarm_at", DateTime(timezone=True)),
    # Taken back, or ended with the work on its part before anybody ruled.
    Column("withdrawn_by", Text, nullable=False, server_default=""),
    Column("withdrawn_at", DateTime(timezone=True)),
    Index("work_order_returns_order", "work_order_id", "id"),
    Index("work_order_returns_department", "department", "id"),
    Index("work_order_returns_asked", "asked_at", "department"),
    Index("work_order_returns_open", "id", postgresql_where=text("ruled_at IS NULL")),
    # Returns of parts that wait for a ruling: what the to-dos mirror.
    Index(
        "work_order_returns_parts",
        "work_order_id",
        postgresql_where=text("task_id IS NOT NULL AND ruled_at IS NULL AND withdrawn_at IS NULL"),
    ),
    Index("work_order_returns_alarm", "alarm_at", postgresql_where=text("alarm_at IS NOT NULL")),
)
"""Returns (退单) with their rulings: a department's own, whoever has the order since."""

disclosure_requests = Table(
    "disclosure_requests",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    # asked, granted, refused, used
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("ruled_by", Text, nullable=False),
    Column("ruled_at", DateTime(timezone=True)),
    Column("ruling", Text, nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("row_version", Integer, nullable=False),
    Index("disclosure_requests_order", "work_order_id", "id"),
    Index("disclosure_requests_open", "id", postgresql_where=text("state = 'asked'")),
)
"""Requests to see who is behind an order that hides its caller altogether: two persons, a purpose, and a row."""

case_transfers = Table(
    "case_transfers",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("number", Text, nullable=False),
    # From whom to whom: 12345, 110, 119, 120, 122.
    Column("from_line", Text, nullable=False),
    Column("to_line", Text, nullable=False),
    Column("case_no", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("transferred_by", Text, nullable=False),
    Column("transferred_at", DateTime(timezone=True), nullable=False),
    # Null until the other side answered.
    Column("is_accepted", Boolean),
    Column("answered_at", DateTime(timezone=True)),
    Column("returned_reason", Text, nullable=False),
    # What the other line did; our own order is closed by its own steps.
    Column("closed_there_at", DateTime(timezone=True)),
    Column("closing_words", Text, nullable=False),
    Column("row_version", Integer, nullable=False),
    # The other line's own number, when its system told of it: a repeat is the same transfer.
    Column("partner_number", Text),
    # Blind: the same for the same content told again under that number; null: told before this was kept, or by hand.
    Column("told_fingerprint", LargeBinary),
    # By when the other side has to say that it has it; null: answered, told to be late, or nothing to wait for.
    Column("answer_by", DateTime(timezone=True)),
    Index(
        "case_transfers_partner",
        "from_line",
        "partner_number",
        unique=True,
        postgresql_where=text("partner_number IS NOT NULL"),
    ),
    Index("case_transfers_answer", "answer_by", postgresql_where=text("answer_by IS NOT NULL")),
    Index("case_transfers_order", "work_order_id", "id"),
    Index("case_transfers_case", "case_no"),
    Index("case_transfers_open", "id", postgresql_where=text("closed_there_at IS NULL")),
)
"""Matters that went between the hotline and an emergency line (110联动), in both directions."""

work_order_attachments = Table(
    "work_order_attachments",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey("work_orders.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # citizen, enterprise, staff: who it is stays inside.
    Column("side", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Index("work_order_attachments_order", "work_order_id", "sha256", unique=True),
)
"""Photographs and papers of an order, seen within its reach."""
