"""Correction orders (指南整改): what the audit of the catalog finds, at its owner."""

from alembic import op

from workorder import tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # A database made today has them already: the first migration makes the tables as they are declared.
    op.execute("ALTER TABLE work_orders ADD COLUMN IF NOT EXISTS finding_id uuid")
    op.execute("CREATE UNIQUE INDEX IF NOT EXISTS work_orders_finding ON work_orders (finding_id)")
    tables.settled_findings.create(op.get_bind())
