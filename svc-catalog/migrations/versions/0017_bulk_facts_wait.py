"""Facts of long work wait for those of people's own steps; a search after an import is as quick as before it."""

from alembic import op

from chassis.migrations import let_bulk_facts_wait

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    let_bulk_facts_wait()
    # Each scan of a GIN index reads its whole pending list, and one search scans it some forty times: with the default
    # of 4 MB a search after an import takes twice as long.
    op.execute("ALTER INDEX search_texts_grams SET (gin_pending_list_limit = 512)")
