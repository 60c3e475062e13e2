from chassis.migrations import run_migrations
from workorder.tables import metadata

run_migrations(metadata)
