"""Facts that came before the work they are about."""

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from workorder.tables.base import metadata

kept_facts = Table(
    "kept_facts",
    metadata,
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("fact", Text, nullable=False),
    # What it says: ids, codes and times, as every fact.
    Column("said", JSONB, nullable=False),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
    Column("keep_until", DateTime(timezone=True), nullable=False),
    # kept, followed, expired
    Column("state", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    # Why it ended, for people.
    Column("ending", Text, nullable=False),
    # The first order that it was about, and how many went on by it.
    Column("work_order_id", UUID(as_uuid=True)),
    Column("number", Text, nullable=False),
    Column("moved", Integer, nullable=False),
    Index("kept_facts_kept", "event_id", postgresql_where=text("state = 'kept'")),
    Index("kept_facts_until", "keep_until", postgresql_where=text("state = 'kept'")),
    Index("kept_facts_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
)
"""Each ends: followed once an order that it is about is open, or expired."""

kept_fact_keys = Table(
    "kept_fact_keys",
    metadata,
    Column("fact", Text, primary_key=True),
    Column("process", Text, primary_key=True),
    # The column by which its orders are found, or `facts`: by what they keep (work_order_fact_keys).
    Column("by", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("event_id", UUID(as_uuid=True), ForeignKey(kept_facts.c.event_id), primary_key=True),
    Index("kept_fact_keys_event", "event_id"),
)
"""What a kept fact is about; what has ended stands here no more."""
