"""Powers taken back from some of those who received them (收回)."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # A database made today has it already: 0006 makes the table as it is declared.
    op.execute("ALTER TABLE power_adjustment_parties ADD COLUMN IF NOT EXISTS taken_back_by uuid")
