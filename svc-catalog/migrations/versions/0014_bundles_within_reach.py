"""Bundles (一件事) within reach of their lead department, as items are; a published guide is everybody's to read."""

from alembic import op

from chassis.migrations import protect, protect_below

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    protect("bundles", department="department")
    protect_below("bundle_versions", parent="bundles", column="bundle_id")
    protect_below("bundle_steps", parent="bundles", column="bundle_id")
    # Who writes a bundle reads the guides of its members, other departments' items; nobody else's drafts.
    op.execute(
        "CREATE POLICY item_versions_public ON item_versions FOR SELECT USING (state = 'published')"
    )
