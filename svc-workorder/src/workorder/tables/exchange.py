"""The province's exchange (省热线平台): batches, their rows, and what the province said of them."""

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from chassis.steps import steps_table
from workorder.tables.base import metadata

exchange_batches = Table(
    "exchange_batches",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True),
    # The day whose orders it holds; number 1 is the day's own, the others mend what was rejected.
    Column("day", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("receipted_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    # One file for a day, however many processes' clocks strike.
    UniqueConstraint("day", "number"),
)

exchange_rows = Table(
    "exchange_rows",
    metadata,
    Column("batch_id", UUID(as_uuid=True), ForeignKey("exchange_batches.id"), primary_key=True),
    Column("order_number", Text, primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), nullable=False),
    # sent, accepted, rejected, mended (rejected, and sent again since), held (does not fit the schema: not in the file).
    Column("state", Text, nullable=False),
    Column("reason_code", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    # The line as it was sent: masked, as everything that leaves here.
    Column("line", Text, nullable=False),
    Column("receipted_at", DateTime(timezone=True)),
    Index("exchange_rows_state", "batch_id", "state", "order_number"),
    Index("exchange_rows_order", "work_order_id"),
)

exchange_batch_steps = steps_table(
    metadata, "exchange_batch_steps", of=exchange_batches, column="batch_id"
)
