"""Monthly sheets: when signing is late, and summaries by day of the orders' table. The province's exchange."""

from alembic import op

from chassis.migrations import add_missing, protect_below
from workorder import tables

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    add_missing(tables.work_orders)
    bind = op.get_bind()
    for table in (tables.exchange_batches, tables.exchange_rows, tables.exchange_batch_steps):
        table.create(bind)
    # A line is seen by who reaches the order itself.
    protect_below("exchange_rows", parent="work_orders", column="work_order_id")
