"""Alembic, shared: every service's env.py calls `run_migrations(metadata)`, and its first migration `create_chassis_tables()`."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, inspect, pool
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import chassis_tables
from chassis.rules import RuleDefault, rules_table, seed_statement

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

_NOTIFY = """
CREATE FUNCTION outbox_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$
"""


def upgrade_to_head(migrations: Path, database_url: str) -> None:
    """Bring a database to the newest migration. Blocking, in a thread without an event
    loop; run by command, never at a service's start.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["database_url"] = database_url
    command.upgrade(config, "head")


def run_migrations(metadata: MetaData) -> None:
    """The body of every env.py. The URL comes from `upgrade_to_head`, else from YIWANG_DATABASE_URL."""
    given = context.config.attributes.get("database_url") or os.environ["YIWANG_DATABASE_URL"]
    asyncio.run(_run(given, metadata))


async def _run(database_url: str, metadata: MetaData) -> None:
    url = database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run_on, metadata)
            await connection.commit()
    finally:
        await engine.dispose()


def _run_on(connection: Connection, metadata: MetaData) -> None:
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        # Two migrators at once: the second waits, then finds nothing to do.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5929047)")
        context.run_migrations()


def create_chassis_tables() -> None:
    """For a service's first migration: outbox, inbox, parking, idempotency keys, jobs."""
    metadata = MetaData()
    chassis_tables(metadata)
    metadata.create_all(op.get_bind())
    op.execute(_NOTIFY)
    op.execute(
        "CREATE TRIGGER outbox_told AFTER INSERT ON outbox "
        "FOR EACH STATEMENT EXECUTE FUNCTION outbox_told()"
    )


def let_bulk_facts_wait() -> None:
    """For a database whose outbox was made before facts of long work were told apart (chassis.relay)."""
    op.execute("ALTER TABLE outbox ADD COLUMN IF NOT EXISTS is_bulk boolean NOT NULL DEFAULT false")
    op.execute("DROP INDEX IF EXISTS outbox_unpublished")
    op.execute(
        "CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (is_bulk, position) "
        "WHERE published_at IS NULL"
    )
    op.execute(
        "CREATE INDEX IF NOT EXISTS outbox_bulk_waiting ON outbox (aggregate_id) "
        "WHERE published_at IS NULL AND is_bulk"
    )


def seed_rules(defaults: Sequence[RuleDefault]) -> None:
    """The rules a service starts with; each has its source, and an official changes it without a release."""
    table = rules_table(MetaData())
    for default in defaults:
        op.execute(seed_statement(table, default, SEEDED_AT))


def protect(
    table: str,
    *,
    own: str | None = None,
    place: str | None = None,
    department: str | None = None,
    departments: str | None = None,
    division: str | None = None,
) -> None:
    """Row level security: a caller sees and changes the rows within their reach, and no others.

    Each argument names the column that this kind of reach is held against; `departments` one that holds an array
    of them. A row may be added by whoever may
    take the step; the settings are made by chassis.transaction when a connection is taken. Forced, so that it
    binds the tables' owner too.
    """
    conditions = ["(SELECT current_setting('yiwang.everything', true)) = 'yes'"]
    for name, column in (("own", own), ("place", place), ("department", department)):
        if column is not None:
            conditions.append(
                f"{column}::text = (SELECT nullif(current_setting('yiwang.{name}', true), ''))"
            )
    if departments is not None:
        conditions.append(
            f"(SELECT nullif(current_setting('yiwang.department', true), '')) = ANY ({departments})"
        )
    if division is not None:
        conditions.append(
            f"starts_with({division}, (SELECT nullif(current_setting('yiwang.division', true), '')))"
        )
    visible = " OR ".join(conditions)
    for statement in _policies(table, visible):
        op.execute(statement)


def protect_below(table: str, *, parent: str, column: str) -> None:
    """Row level security for rows that belong to a protected one (its history): seen with it, and not otherwise."""
    visible = f"EXISTS (SELECT 1 FROM {parent} AS above WHERE above.id = {table}.{column})"
    for statement in _policies(table, visible):
        op.execute(statement)


def unprotect(table: str) -> None:
    """Take the policies of a table away, so that the same migration can give it others."""
    for suffix in ("added", "seen", "changed", "removed"):
        op.execute(f"DROP POLICY {table}_{suffix} ON {table}")


def add_missing(table: Table) -> None:
    """Columns and indexes that a table has gained since it was made.

    A database made today has them already: the migration that makes a table makes it as it is declared now. A
    column that is not nullable needs a server default.
    """
    # Asked first, and not `IF NOT EXISTS`: that leaves the column and adds its UNIQUE once more at each call.
    known = {column["name"] for column in inspect(op.get_bind()).get_columns(table.name)}
    for column in table.columns:
        if column.name not in known:
            op.add_column(table.name, column)
    for index in table.indexes:
        index.create(op.get_bind(), checkfirst=True)


def _policies(table: str, visible: str) -> Sequence[str]:
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_added ON {table} FOR INSERT WITH CHECK (true)",
        f"CREATE POLICY {table}_seen ON {table} FOR SELECT USING ({visible})",
        f"CREATE POLICY {table}_changed ON {table} FOR UPDATE USING ({visible}) WITH CHECK (true)",
        f"CREATE POLICY {table}_removed ON {table} FOR DELETE USING ({visible})",
    )
