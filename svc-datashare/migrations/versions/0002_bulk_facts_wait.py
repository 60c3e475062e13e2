"""Facts of long work wait for those of people's own steps."""

from chassis.migrations import let_bulk_facts_wait

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    let_bulk_facts_wait()
