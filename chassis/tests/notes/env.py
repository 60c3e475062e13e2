from chassis.migrations import run_migrations
from notes_service import metadata

run_migrations(metadata)
