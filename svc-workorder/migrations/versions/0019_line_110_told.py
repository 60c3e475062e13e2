"""110 is told what became of what it handed over; what it tells twice under one number is held against the first."""

from alembic import op

from chassis.migrations import add_missing
from workorder import tables

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    add_missing(tables.delivery_endpoints)
    # A line's system has no department either: who an endpoint belongs to is both together.
    op.execute("DROP INDEX IF EXISTS delivery_endpoints_department")
    add_missing(tables.case_transfers)
    add_missing(tables.notices)
