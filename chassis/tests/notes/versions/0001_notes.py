"""Notes and what was copied of them."""

from alembic import op
from notes_service import copies, note_steps, notes

from chassis.migrations import create_chassis_tables, protect, seed_rules
from chassis.rules import RuleDefault

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    notes.create(op.get_bind())
    note_steps.create(op.get_bind())
    copies.create(op.get_bind())
    protect("notes", own="owner_id", department="department", division="division")
    seed_rules(
        [RuleDefault(code="words-max", value=5, unit="", meaning="", source="test", verified=True)]
    )
