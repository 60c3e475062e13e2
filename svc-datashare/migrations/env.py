from chassis.migrations import run_migrations
from datashare.tables import metadata

run_migrations(metadata)
