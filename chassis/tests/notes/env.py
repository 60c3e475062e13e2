from notes_service import metadata

from chassis.migrations import run_migrations

run_migrations(metadata)
