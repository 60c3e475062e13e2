"""Bundles (一件事)."""

from alembic import op

from catalog.tables import bundles as tables

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.bundles,
        tables.bundle_versions,
        tables.bundle_members,
        tables.bundle_reviews,
        tables.bundle_spans,
        tables.bundle_steps,
    ):
        table.create(bind)
