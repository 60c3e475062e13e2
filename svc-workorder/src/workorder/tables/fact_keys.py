"""By which keys running work is found when a fact comes."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from workorder.tables.base import metadata
from workorder.tables.work_orders import work_orders

work_order_fact_keys = Table(
    "work_order_fact_keys",
    metadata,
    # The type of the fact, and what its field has to say for the fact to be about this order.
    Column("fact", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("work_order_id", UUID(as_uuid=True), ForeignKey(work_orders.c.id), primary_key=True),
    Index("work_order_fact_keys_order", "work_order_id"),
)
"""Open orders whose process finds them by a field that they keep; what is closed stands here no more."""
