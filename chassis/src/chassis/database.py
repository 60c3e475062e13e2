"""One engine a process, and the tables that the chassis keeps in every service's database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    NullPool,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis.errors import ProblemError
from chassis.rules import rules_table

STATEMENT_SECONDS_MAX = 30
ANSWER_SECONDS = 5
"""After PostgreSQL should have ended a statement by itself, the connection is taken for lost."""
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


def make_engine(url: str, *, name: str) -> AsyncEngine:
    """An engine on asyncpg that opens a connection whenever it is asked: `Connections` keeps them."""
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        poolclass=NullPool,
        # What people wrote stands in the parameters, and error texts go to the log.
        hide_parameters=True,
        # chassis.transaction says BEGIN together with the caller's reach, which saves a message on every request.
        isolation_level="AUTOCOMMIT",
        connect_args={
            "server_settings": server_settings(name),
            "timeout": 5,
            "command_timeout": STATEMENT_SECONDS_MAX + ANSWER_SECONDS,
        },
    )


@dataclass(frozen=True, kw_only=True)
class Held:
    """A connection, to be spoken to in SQLAlchemy's way and in asyncpg's own."""

    connection: AsyncConnection
    raw: RawConnection

    @property
    def is_whole(self) -> bool:
        """As good as new: somebody else may have it."""
        return not (
            self.connection.invalidated or self.raw.is_closed() or self.raw.is_in_transaction()
        )


class Connections:
    """The process' connections to its database: opened when first needed, kept, the last used first.

    SQLAlchemy's pool checks each connection in and out, wraps it, and resets it; one that was given back whole has
    nothing to reset, and on the hot path of every write that costs more than a statement. The last used first,
    because PostgreSQL prepares a statement anew for each connection.
    """

    def __init__(self, engine: AsyncEngine, *, connections_max: int) -> None:
        self.engine = engine
        self._free: list[Held] = []
        self._places = asyncio.Semaphore(connections_max)

    @property
    def free(self) -> Sequence[Held]:
        """Those that nobody has now."""
        return tuple(self._free)

    async def take(self) -> Held:
        """One that nobody else has; raises TimeoutError when none gets free within ten seconds."""
        if self._places.locked():
            async with asyncio.timeout(ACQUIRE_SECONDS_MAX):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            while self._free:
                held = self._free.pop()
                if held.is_whole:
                    return held
                await _discard(held)
            return await self._open()
        except BaseException:
            self._places.release()
            raise

    async def give_back(self, held: Held) -> None:
        """What is not whole is thrown away."""
        self._places.release()
        if not held.is_whole:
            await _discard(held)
            return
        spoken_to = held.connection.sync_connection
        if spoken_to is not None and spoken_to.in_transaction():
            # Its own notion of a transaction, of which PostgreSQL knows nothing: it says nothing to it either.
            spoken_to.rollback()
        self._free.append(held)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Held]:
        """A connection for what needs no transaction."""
        held = await self.take()
        try:
            yield held
        except BaseException as error:
            # A refused statement leaves the connection as good as before. Cut off in the middle, or lost:
            # nobody knows what it would answer next.
            if not isinstance(error, asyncpg.PostgresError | SQLAlchemyError | ProblemError):
                held.raw.terminate()
            raise
        finally:
            await self.give_back(held)

    async def _open(self) -> Held:
        connection = await self.engine.connect()
        raw = (await connection.get_raw_connection()).driver_connection
        return Held(connection=connection, raw=cast("RawConnection", raw))

    async def close(self) -> None:
        """Close those that nobody has."""
        while self._free:
            await _discard(self._free.pop())
        await self.engine.dispose()


async def _discard(held: Held) -> None:
    held.raw.terminate()
    with contextlib.suppress(Exception):
        await held.connection.invalidate()
        await held.connection.close()


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
