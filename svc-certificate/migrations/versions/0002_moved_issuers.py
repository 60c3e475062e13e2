"""Who issues since a power moved (职权调整)."""

from alembic import op

from certificate import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    tables.moved_issuers.create(op.get_bind())
