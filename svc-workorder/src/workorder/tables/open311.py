"""Open311: which services the city offers there, whose applications may write, and what came in through it."""

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
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.steps import mixed_steps_table
from workorder.tables.base import metadata
from workorder.tables.work_orders import work_orders

open311_services = Table(
    "open311_services",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    # What an order of it is: type and category of the hotline.
    Column("type", Text, nullable=False),
    Column("category", Text, nullable=False),
    # The attributes of its definition, in their order; GeoReport v2 has the fields.
    Column("attributes", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    Column("is_offered", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
"""Services (服务种类): a category with a type of appeal, as other cities' applications see it."""

open311_clients = Table(
    "open311_clients",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("name", Text, nullable=False),
    # The key itself is shown once; it is found by its hash.
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("division", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
)
"""Applications that may write, each with an api_key of its own."""

open311_requests = Table(
    "open311_requests",
    metadata,
    Column("work_order_id", UUID(as_uuid=True), ForeignKey(work_orders.c.id), primary_key=True),
    Column("client_id", UUID(as_uuid=True)),
    Column("service_code", Text, nullable=False),
    Column("address_id", Text, nullable=False),
    Column("media_url", Text, nullable=False),
    # Names, e-mail, device and account of who asked: encrypted, and never told again through this door.
    Column("account_encrypted", Text),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Index("open311_requests_requested", "requested_at", "work_order_id"),
)
"""What came in through Open311: the only orders that it shows."""

open311_notes = Table(
    "open311_notes",
    metadata,
    Column("work_order_id", UUID(as_uuid=True), ForeignKey(work_orders.c.id), primary_key=True),
    # Blind: the same for the same words of the same sender; neither can be read out of it.
    Column("digest", LargeBinary, primary_key=True),
    # The step of the history that the update was kept as.
    Column("note_id", UUID(as_uuid=True), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
)
"""Updates that were sent in, so that one that is sent again is known."""

open311_steps = mixed_steps_table(metadata, "open311_steps")
"""History of services and clients."""
