"""Items, their versions and history, and the places they are done at."""

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
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from catalog.tables.base import metadata
from chassis.steps import steps_table

items = Table(
    "items",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("item_code", Text, nullable=False),
    Column("original_code", Text),
    Column("division", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("published_number", Integer),
    Column("latest_number", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("item_code", "division", "department", name="items_line"),
    Index(
        "items_original",
        "original_code",
        "division",
        unique=True,
        postgresql_where=text("original_code IS NOT NULL"),
    ),
)
"""The aggregate, as its department's publishers reach it. What the public searches is `published_items`."""

item_versions = Table(
    "item_versions",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("item_id", UUID(as_uuid=True), ForeignKey("items.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("department", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("guide", JSONB, nullable=False),
    Column("drafters", ARRAY(Text), nullable=False),
    Column("drafted_at", DateTime(timezone=True), nullable=False),
    Column("published_by", Text),
    Column("published_at", DateTime(timezone=True)),
    Column("effective_from", Date),
    Column("submitted_at", DateTime(timezone=True)),
    Column("checked_by", Text),
    Column("base_number", Integer),
    Column("version", Integer, nullable=False),
    UniqueConstraint("item_id", "number", name="item_versions_number"),
    Index(
        "item_versions_waiting",
        "department",
        "id",
        postgresql_where=text("state <> 'published'"),
    ),
    Index(
        "item_versions_scheduled",
        "effective_from",
        postgresql_where=text("state = 'scheduled'"),
    ),
)

published_items = Table(
    "published_items",
    metadata,
    Column("id", UUID(as_uuid=True), ForeignKey("items.id"), primary_key=True),
    Column("is_open", Boolean, nullable=False),
    Column("number", Integer, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("original_code", Text),
    Column("name", Text, nullable=False),
    Column("plain_name", Text, nullable=False),
    Column("main_item", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("task_type", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("department_name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("managing_area", Text),
    Column("audience", ARRAY(Text), nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("online_depth", Integer, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("promised_days", Integer, nullable=False),
    Column("statutory_days", Integer),
    Column("is_on_application", Boolean, nullable=False),
    Column("is_four_exempt", Boolean, nullable=False),
    Column("is_show_code", Boolean, nullable=False),
    Column("is_one_window", Boolean, nullable=False),
    Column("is_cross_region", Boolean, nullable=False),
    Column("basic_code", Text),
    Column("use_level", Text),
    Column("handling_forms", ARRAY(Text), nullable=False, server_default="{}"),
    Column("is_exempt_throughout", Boolean, nullable=False, server_default="false"),
    Column("spared_certificates", Integer, nullable=False, server_default="0"),
    Column("spared_seals", Integer, nullable=False, server_default="0"),
    Column("spared_signatures", Integer, nullable=False, server_default="0"),
    Column("spared_forms", Integer, nullable=False, server_default="0"),
    Column("themes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("life_events", ARRAY(Text), nullable=False, server_default="{}"),
    Column("text_id", UUID(as_uuid=True)),
    Column("first_published_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Index("published_items_text", "text_id", "id"),
    Index(
        "published_items_plain_name",
        "plain_name",
        postgresql_ops={"plain_name": "text_pattern_ops"},
    ),
    Index("published_items_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
    Index("published_items_department", "department", "id"),
    Index(
        "published_items_basic_code",
        "basic_code",
        "id",
        postgresql_where=text("basic_code IS NOT NULL"),
    ),
)
"""The version in force of every item, laid out for lists and search; its words are in `search_texts`. Public: no
row level security, under which PostgreSQL would not use the gram index."""

item_steps = steps_table(
    metadata,
    "item_steps",
    of=items,
    column="item_id",
    extra=[Column("number", Integer, nullable=False)],
)

divisions = Table(
    "divisions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent", Text),
    Column("kind", Text, nullable=False),
)

departments = Table(
    "departments",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Index("departments_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)

halls = Table(
    "halls",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Index("halls_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)

everyday_words = Table(
    "everyday_words",
    metadata,
    Column("everyday", Text, primary_key=True),
    Column("official", ARRAY(Text), nullable=False),
    Column("sound", Text, nullable=False),
    Column("initials", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""How people say it, and what the items call it. Without an official word: it says nothing about the matter."""
