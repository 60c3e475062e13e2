"""Two indexes leave the way of every step: nearly every order is about neither a rating nor a finding."""

from alembic import op

from workorder import tables

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE work_orders DROP CONSTRAINT IF EXISTS work_orders_rating_id_key")
    op.execute("DROP INDEX IF EXISTS work_orders_finding")
    for index in tables.work_orders.indexes:
        if index.name in {"work_orders_of_rating", "work_orders_of_finding"}:
            index.create(op.get_bind(), checkfirst=True)
