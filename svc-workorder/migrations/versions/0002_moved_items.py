"""Items whose power moves: from when they refuse, and where to apply instead."""

from alembic import op

from workorder import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    tables.moved_items.create(op.get_bind())
