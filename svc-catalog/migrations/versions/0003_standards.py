"""Basic items (基本目录): what every implementation of an item has in common; and the files of guides."""

from alembic import op

from catalog.tables import standards as tables
from chassis.migrations import protect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    bind = op.get_bind()
    for table in (
        tables.basic_items,
        tables.basic_item_steps,
        tables.guide_files,
        tables.published_files,
    ):
        table.create(bind)
    protect("guide_files", department="department")
    _bring_older_books_along()


def _bring_older_books_along() -> None:
    """Databases made before this one: columns and indexes that 0001 makes today, and drafts that wait."""
    op.execute("SELECT set_config('yiwang.everything', 'yes', true)")
    for change in (
        "ALTER TABLE item_versions ADD COLUMN IF NOT EXISTS submitted_at timestamptz",
        "ALTER TABLE item_versions ADD COLUMN IF NOT EXISTS checked_by text",
        "ALTER TABLE item_versions ADD COLUMN IF NOT EXISTS base_number integer",
        (
            "CREATE INDEX IF NOT EXISTS item_versions_waiting ON item_versions (department, id) "
            "WHERE state <> 'published'"
        ),
        (
            "CREATE INDEX IF NOT EXISTS item_versions_scheduled ON item_versions (effective_from) "
            "WHERE state = 'scheduled'"
        ),
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS basic_code text",
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS use_level text",
        "ALTER TABLE published_items ADD COLUMN IF NOT EXISTS handling_forms text[] NOT NULL DEFAULT '{}'",
        (
            "CREATE INDEX IF NOT EXISTS published_items_basic_code ON published_items (basic_code, id) "
            "WHERE basic_code IS NOT NULL"
        ),
        (
            "UPDATE item_versions SET base_number = items.published_number FROM items "
            "WHERE items.id = item_versions.item_id AND item_versions.state <> 'published' "
            "AND item_versions.number > coalesce(items.published_number, 0)"
        ),
    ):
        op.execute(change)
