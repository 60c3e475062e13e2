"""Processes in use: since when each order is in its state, and an index of where open work stands."""

from alembic import op

from chassis.migrations import add_missing
from workorder import tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("DROP INDEX IF EXISTS work_orders_process")
    add_missing(tables.work_orders)
    # Row security binds the tables' owner too.
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    op.execute(_SINCE)


_SINCE = """
UPDATE work_orders SET
    entered_at = coalesce(closed_at, reviewed_at, replied_at, signed_at, dispatched_at, opened_at)
WHERE entered_at IS NULL
"""
