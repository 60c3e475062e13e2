"""Agents' seats (坐席), the calls that come in, and live chats."""

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

agent_seats = Table(
    "agent_seats",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("agent", Text, nullable=False, unique=True),
    # hall, home
    Column("place", Text, nullable=False),
    # ready, busy, break, off
    Column("state", Text, nullable=False),
    Column("skills", ARRAY(Text), nullable=False),
    Column("state_since", DateTime(timezone=True), nullable=False),
    # Since when nobody has been put through: whoever waited longest is next.
    Column("idle_since", DateTime(timezone=True), nullable=False),
    Column("heard_at", DateTime(timezone=True), nullable=False),
    Column("served_on", Date),
    Column("served", Integer, nullable=False),
    Column("row_version", Integer, nullable=False),
    Index("agent_seats_ready", "idle_since", postgresql_where=text("state = 'ready'")),
    Index("agent_seats_heard", "heard_at", postgresql_where=text("state <> 'off'")),
)
"""Where an agent sits, what they can do, and since when they wait."""

agent_seat_steps = steps_table(metadata, "agent_seat_steps", of=agent_seats, column="seat_id")

calls = Table(
    "calls",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # The telephone system's own number of the call; the caller's telephone is never told here.
    Column("call_id", Text, nullable=False, unique=True),
    Column("skill", Text, nullable=False),
    # queued, offered, answered, ended, abandoned
    Column("state", Text, nullable=False),
    Column("offered_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ring_seconds", Integer),
    Column("seat_id", UUID(as_uuid=True), ForeignKey("agent_seats.id")),
    Column("recording_ref", Text, nullable=False),
    Column("row_version", Integer, nullable=False),
    Index("calls_offered", "offered_at"),
)
"""Every call that was offered: what the answered-call rates count."""

recording_accesses = Table(
    "recording_accesses",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("call_id", UUID(as_uuid=True), ForeignKey("calls.id"), nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Index("recording_accesses_call", "call_id", "id"),
)
"""Who listened to a recording, and what for."""

chats = Table(
    "chats",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("citizen_id", UUID(as_uuid=True), nullable=False),
    Column("skill", Text, nullable=False),
    # waiting, talking, ended
    Column("state", Text, nullable=False),
    Column("agent", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("taken_at", DateTime(timezone=True)),
    Column("last_said_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text, nullable=False),
    Column("work_order_id", UUID(as_uuid=True)),
    Column("row_version", Integer, nullable=False),
    Index("chats_citizen", "citizen_id", "id"),
    # One at a time, however often somebody presses the button.
    Index("chats_open", "citizen_id", unique=True, postgresql_where=text("state <> 'ended'")),
    Index("chats_waiting", "id", postgresql_where=text("state = 'waiting'")),
    Index("chats_agent", "agent", "id", postgresql_where=text("state = 'talking'")),
    Index("chats_quiet", "last_said_at", postgresql_where=text("state <> 'ended'")),
)
"""A citizen and an agent, writing (在线客服)."""

chat_messages = Table(
    "chat_messages",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("chat_id", UUID(as_uuid=True), ForeignKey("chats.id"), nullable=False),
    # citizen, agent, system
    Column("side", Text, nullable=False),
    Column("text_encrypted", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Index("chat_messages_chat", "chat_id", "id"),
)
