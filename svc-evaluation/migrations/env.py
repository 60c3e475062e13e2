from chassis.migrations import run_migrations
from evaluation.tables import metadata

run_migrations(metadata)
