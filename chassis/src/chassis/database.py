"""One engine a process, and the tables that the chassis keeps in every service's database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.errors import ProblemError
from chassis.rules import rules_table

STATEMENT_SECONDS_MAX = 30
ACQUIRE_SECONDS_MAX = 10


RawConnection = asyncpg.Connection


def server_settings(name: str) -> dict[str, str]:
    """JIT is off: it costs more than it saves on short statements (users.md)."""
    return {
        "jit": "off",
        "application_name": f"yiwang-{name}",
        "statement_timeout": str(STATEMENT_SECONDS_MAX * 1000),
        "idle_in_transaction_session_timeout": "60000",
        "timezone": "UTC",
        "standard_conforming_strings": "on",
    }


def make_engine(url: str, *, connections_max: int, name: str) -> AsyncEngine:
    """An engine on asyncpg, for reads and for transactions that read first."""
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=10,
        # The last used first, as HotConnections does: PostgreSQL prepares a statement anew for each connection.
        pool_use_lifo=True,
        # What people wrote stands in the parameters, and error texts go to the log.
        hide_parameters=True,
        # chassis.transaction says BEGIN together with the caller's reach, which saves a message on every request.
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": server_settings(name), "timeout": 5},
    )


async def raw_connection(connection: AsyncConnection) -> RawConnection:
    """asyncpg's own connection under SQLAlchemy's, in the same transaction."""
    return cast("RawConnection", (await connection.get_raw_connection()).driver_connection)


class HotConnections:
    """asyncpg connections for writes that read nothing first; opened when first needed, the last used first.

    asyncpg's own pool resets a connection and wraps it each time; a single autocommitted statement leaves
    nothing to reset, and on the hot path of every write that costs more than the statement's own encoding.
    """

    def __init__(self, url: str, *, connections_max: int, name: str) -> None:
        self._url = url
        self._name = name
        self._free: list[asyncpg.Connection] = []
        self._places = asyncio.Semaphore(connections_max)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for one statement; raises TimeoutError when none gets free within ten seconds."""
        if self._places.locked():
            async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            connection = self._take() or await self._connect()
            try:
                yield connection
            except BaseException as error:
                # A refused statement leaves the connection as good as before. Cut off in the middle, or lost:
                # nobody knows what it would answer next.
                if not isinstance(error, asyncpg.PostgresError | IntegrityError | ProblemError):
                    connection.terminate()
                raise
            finally:
                if not connection.is_closed():
                    self._free.append(connection)
        finally:
            self._places.release()

    def _take(self) -> asyncpg.Connection | None:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._url,
            server_settings=server_settings(self._name),
            timeout=5,
            command_timeout=STATEMENT_SECONDS_MAX,
        )

    async def close(self) -> None:
        while self._free:
            self._free.pop().terminate()


def chassis_tables(metadata: MetaData) -> None:
    """Declare the chassis' own tables in a service's metadata: outbox, inbox, parking, keys, jobs."""
    _outbox_table(metadata)
    Table(
        "inbox",
        metadata,
        Column("event_id", UUID(as_uuid=True), primary_key=True),
        Column("handler", Text, primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False),
    )
    Table(
        "parked_messages",
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        Column("event_id", UUID(as_uuid=True)),
        Column("handler", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("message", LargeBinary, nullable=False),
        Column("reason", Text, nullable=False),
        Column("deliveries", Integer, nullable=False),
        Column("parked_at", DateTime(timezone=True), nullable=False),
        Column("replayed_at", DateTime(timezone=True)),
    )
    Table(
        "idempotency_keys",
        metadata,
        Column("id", LargeBinary, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Index("idempotency_keys_created_at", "created_at"),
    )
    _job_tables(metadata)
    rules_table(metadata)


def _outbox_table(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", UUID(as_uuid=True), nullable=False),
        Column("aggregate_id", UUID(as_uuid=True), nullable=False),
        Column("subject", Text, nullable=False),
        Column("message", LargeBinary, nullable=False),
        Column("traceparent", Text),
        Column("told_at", DateTime(timezone=True), nullable=False),
        Column("published_at", DateTime(timezone=True)),
        # Told by long work (a job): what people do goes before it (chassis.relay).
        Column("is_bulk", Boolean, nullable=False, server_default="false"),
        # The relay reads only these indexes: what is published costs it nothing.
        Index(
            "outbox_waiting",
            "is_bulk",
            "position",
            postgresql_where=text("published_at IS NULL"),
        ),
        Index(
            "outbox_bulk_waiting",
            "aggregate_id",
            postgresql_where=text("published_at IS NULL AND is_bulk"),
        ),
    )


def _job_tables(metadata: MetaData) -> None:
    Table(
        "jobs",
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        Column("kind", Text, nullable=False),
        Column("owner_id", Text, nullable=False),
        Column("owner", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("done", Integer, nullable=False, server_default="0"),
        Column("total", Integer),
        Column("accepted", Integer, nullable=False, server_default="0"),
        Column("remarked", Integer, nullable=False, server_default="0"),
        Column("refused", Integer, nullable=False, server_default="0"),
        Column("input", JSONB, nullable=False),
        Column("error", Text),
        Column("cancel_asked", Integer, nullable=False, server_default="0"),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("started_at", DateTime(timezone=True)),
        Column("heartbeat_at", DateTime(timezone=True)),
        Column("finished_at", DateTime(timezone=True)),
        Index(
            "jobs_open",
            "created_at",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("jobs_owner", "owner_id", "id"),
    )
    Table(
        "job_rows",
        metadata,
        Column("job_id", UUID(as_uuid=True), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("verdict", Text, nullable=False),
        Column("key", Text, nullable=False, server_default=""),
        Column("made_id", Text),
        Column("faults", JSONB, nullable=False),
        Index("job_rows_verdict", "job_id", "verdict", "number"),
    )
