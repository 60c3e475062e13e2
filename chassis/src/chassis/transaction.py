"""One unit of work: reads within reach, writes gathered and sent as one statement, facts told with them.

A use case calls `insert`, `update` and `tell`; nothing reaches the database until the door closes the
transaction, and then everything goes in one statement of CTEs (rows, steps, outbox, idempotency key): one
round trip, and with no read before it not even a BEGIN (docs/decisions/0003). The reach of the caller is set
when the connection is taken, and PostgreSQL's row level security applies it to every query after.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Executable, Row, Table, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.bulk import columns_of, insert_statement
from chassis.database import Connections, Held, RawConnection
from chassis.encryption import Keyring
from chassis.envelope import NOWHERE, Fact, enclose, subject_of
from chassis.errors import PreconditionError
from chassis.gathered_writes import Write, lock_statement, send
from chassis.identity import Principal, Scope
from chassis.ids import new_id
from chassis.rules import Rules
from chassis.telemetry import current_request_id, current_traceparent
from chassis.weather import CONNECTION_LOST

GATHERED_ROWS_MAX = 400
"""Rows in one statement; more are sent in several statements of the same transaction."""

BEGIN_TRIES_MAX = 3
"""Connections that are asked before a lost one is told: PostgreSQL may have been started again since they were made."""


_BULK: Mapping[bool, Mapping[str, bool]] = {False: {}, True: {"is_bulk": True}}
"""The column has a default: a step on the hot path sends nothing for it."""
_SET_EVERYTHING = text("SELECT set_config('yiwang.everything', :everything, true)")


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A fact that is to be told, of which aggregate, and where."""

    fact: Fact
    aggregate_id: UUID
    sequence: int
    division: str = ""
    department: str = ""


@dataclass(kw_only=True)
class Transaction:
    """Opened by a door, used by one use case, closed by the same door. Nobody else commits."""

    connections: Connections
    outbox_table: Table
    principal: Principal
    scope: Scope
    now: datetime
    keyring: Keyring
    rules: Rules
    correlation_id: str | None = None
    expected: str | None = None
    """The version that the caller saw (If-Match), when they said so."""
    is_bulk: bool = False
    """A piece of long work: its facts let those of people's own steps go first."""
    _held: Held | None = None
    _is_begun: bool = False
    """From the BEGIN to the COMMIT."""
    _writes: list[Write] = field(default_factory=list)
    _underway: asyncio.Task[None] | None = None
    """A statement that was sent and not waited for; nothing else may be sent before its answer."""

    @property
    def engine(self) -> AsyncEngine:
        """Which database this is: what a process remembers of it, it remembers by this."""
        return self.connections.engine

    async def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        """Run a statement now, within the caller's reach; with a list of parameters, once for each.

        Writes gathered so far are sent first.
        """
        if self._writes:
            await self.flush()
        connection = await self._connected()
        return cast("CursorResult[Any]", await connection.execute(statement, parameters or {}))

    def expect(self, version: int) -> None:
        """Called where the addressed row is loaded: raise PreconditionError unless it is what the caller saw.

        Before the state is looked at, so that a lost race is told as one and not as a step out of order.
        """
        if self.expected is not None and self.expected not in {"*", str(version)}:
            raise PreconditionError

    async def rule(self, code: str) -> Any:
        """The value of a rule in force (chassis.rules)."""
        return await self.rules.value(self, code)

    async def one_or_none(self, statement: Executable) -> Row[Any] | None:
        return (await self.execute(statement)).one_or_none()

    async def all(self, statement: Executable) -> Sequence[Row[Any]]:
        return (await self.execute(statement)).all()

    async def scalar(self, statement: Executable) -> Any:
        return (await self.execute(statement)).scalar()

    async def locked(self, table: Table, **match: Any) -> Any | None:
        """The row that these columns name, within reach, locked until the end; None when there is none.

        For the hot path of every step: its columns are attributes, as of a row that SQLAlchemy read.
        """
        if self._writes:
            await self.flush()
        raw = await self._raw()
        try:
            record = await raw.fetchrow(lock_statement(table, tuple(match)), *match.values())
        except CONNECTION_LOST:
            await self._lose()
            raise
        return None if record is None else SimpleNamespace(**record)

    def insert(self, table: Table, **values: Any) -> None:
        """Gather a row."""
        self._writes.append(Write(table=table, values=values))

    async def insert_many(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        keys: Sequence[str] = (),
        kept: Collection[str] = (),
        newer: str = "",
        is_awaited: bool = True,
    ) -> None:
        """Many rows with the same columns, now, in one statement; writes gathered so far are sent first.

        With `keys` (a unique key; no two of the rows may share it) a row that is there is changed, but for the
        columns `kept`; when every column is a key or kept, it stays as it is; and with `newer` unless this column is
        larger than before. Not `is_awaited`: the caller goes on
        preparing what comes next while PostgreSQL works; a clash is raised by the next statement or the commit.
        """
        if not rows:
            return
        if self._writes:
            await self.flush()
        sql = insert_statement(
            table, tuple(rows[0]), keys=tuple(keys), kept=frozenset(kept), newer=newer
        )
        connection, raw = await self._connected(), await self._raw()
        sending = _insert(connection, raw, sql, columns_of(table, rows))
        if is_awaited:
            await sending
            return
        self._underway = asyncio.create_task(sending)
        await asyncio.sleep(0)  # it is on its way when its task has run once

    def update(self, table: Table, *, match: Mapping[str, Any], **values: Any) -> None:
        """Gather a change of exactly one row; when none matches, the race is lost: PreconditionError."""
        self._writes.append(Write(table=table, values=values, match=match))

    def tell(
        self,
        fact: Fact,
        *,
        aggregate_id: UUID,
        sequence: int,
        division: str = "",
        department: str = "",
    ) -> UUID:
        """Promise to tell a fact; it is published after the commit, in order per aggregate. Returns its id."""
        telling = Telling(
            fact=fact,
            aggregate_id=aggregate_id,
            sequence=sequence,
            division=division,
            department=department,
        )
        row = self._outbox_row(telling)
        self.insert(self.outbox_table, **row)
        event_id: UUID = row["event_id"]
        return event_id

    async def tell_many(self, tellings: Sequence[Telling]) -> None:
        """Many facts of as many aggregates at once, in one statement; writes gathered so far are sent first."""
        await self.insert_many(self.outbox_table, [self._outbox_row(each) for each in tellings])

    def _outbox_row(self, telling: Telling) -> dict[str, Any]:
        event_id = new_id()
        division = telling.division or NOWHERE
        department = telling.department or NOWHERE
        traceparent = current_traceparent()
        return {
            "event_id": event_id,
            "aggregate_id": telling.aggregate_id,
            "subject": subject_of(telling.fact.TYPE, division, department),
            "message": enclose(
                telling.fact,
                event_id=event_id,
                aggregate_id=telling.aggregate_id,
                sequence=telling.sequence,
                at=self.now,
                division=division,
                department=department,
                correlation_id=self.correlation_id or current_request_id(),
                traceparent=traceparent,
            ),
            "traceparent": traceparent,
            "told_at": self.now,
            **_BULK[self.is_bulk],
        }

    async def flush(self) -> None:
        """Send what was gathered, inside the transaction."""
        writes, self._writes = self._writes, []
        raw = await self._raw()
        for start in range(0, len(writes), GATHERED_ROWS_MAX):
            try:
                await send(raw, writes[start : start + GATHERED_ROWS_MAX])
            except CONNECTION_LOST:
                await self._lose()
                raise

    @asynccontextmanager
    async def beyond_reach(self) -> AsyncIterator[None]:
        """For what the city does by itself after a person's step, on rows that this person does not reach.

        Nothing that is read within may go into their answer. What was gathered within is sent at its end.
        """
        connection = await self._connected()
        await self.flush()
        await connection.execute(_SET_EVERYTHING, {"everything": "yes"})
        yield
        await self.flush()
        everything = "yes" if self.scope.everything else ""
        await (await self._connected()).execute(_SET_EVERYTHING, {"everything": everything})

    async def commit(self) -> None:
        """Called by the door only. With nothing read, one autocommitted statement; else flush and COMMIT."""
        if self._held is None:
            await self._commit_unread()
            return
        if self._writes:
            await self.flush()
        await self._settle()
        await self._commit()

    async def _commit_unread(self) -> None:
        writes = self._writes
        if not writes:
            return
        if len(writes) > GATHERED_ROWS_MAX or any(write.match is not None for write in writes):
            await self.flush()
            await self._commit()
            return
        self._writes = []
        async with self.connections.acquire() as held:
            await send(held.raw, writes)

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        self._writes = []
        if self._underway is not None:
            underway, self._underway = self._underway, None
            underway.cancel()
            # Whoever closes without a commit has an error of their own to tell, or wants none.
            await asyncio.gather(underway, return_exceptions=True)
        if self._held is not None:
            held, self._held = self._held, None
            try:
                await self._roll_back(held)
            finally:
                await self.connections.give_back(held)

    async def _roll_back(self, held: Held) -> None:
        self._is_begun = False
        if held.connection.invalidated or not held.raw.is_in_transaction():
            return
        try:
            await held.raw.execute("ROLLBACK")
        except BaseException as error:
            held.raw.terminate()
            if not isinstance(error, CONNECTION_LOST):
                raise

    async def _commit(self) -> None:
        raw = await self._raw()
        self._is_begun = False
        try:
            said = await raw.execute("COMMIT")
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError("commit", None, error) from error
        except BaseException:
            await self._lose()
            raise
        # What PostgreSQL says to the COMMIT of a transaction that a statement has broken.
        assert said == "COMMIT", "a broken transaction was committed"

    async def _settle(self) -> None:
        """Wait for the statement that is under way, if any; raises what it ran into."""
        if self._underway is not None:
            underway, self._underway = self._underway, None
            await underway

    async def _connected(self) -> AsyncConnection:
        return (await self._holding()).connection

    async def _raw(self) -> RawConnection:
        return (await self._holding()).raw

    async def _holding(self) -> Held:
        """The connection of this transaction, begun."""
        if self._underway is not None:
            await self._settle()
        if self._held is None or not self._is_begun:
            self._held = await self._begin()
            self._is_begun = True
        elif self._held.connection.invalidated:
            # Another connection would go on with half of what was to be one.
            raise asyncpg.InterfaceError("the connection of this transaction was lost")
        return self._held

    async def _lose(self) -> None:
        """Nobody knows where the connection stands: the next caller gets another."""
        if self._held is not None:
            await self._held.connection.invalidate()

    async def _begin(self) -> Held:
        """BEGIN and the caller's reach in one message; a connection that was lost before it is replaced."""
        beginning = _beginning(self.scope)
        for tries_left in reversed(range(BEGIN_TRIES_MAX)):
            held, self._held = self._held or await self.connections.take(), None
            try:
                await held.raw.execute(beginning)
            except BaseException as error:
                held.raw.terminate()
                await self.connections.give_back(held)
                if not tries_left or not isinstance(error, CONNECTION_LOST):
                    raise
            else:
                return held
        raise AssertionError("unreachable")


def _beginning(scope: Scope) -> str:
    """Written out, because only so it goes together with the BEGIN; the values stand in the caller's signed token.

    What is empty is not said: every setting is empty unless a transaction says otherwise, until its end.
    """
    settings = {
        "own": scope.own,
        "place": scope.place,
        "department": scope.department,
        "division": scope.division,
        "everything": "yes" if scope.everything else "",
    }
    stated = ", ".join(
        f"set_config('yiwang.{name}', {_literal(value)}, true)"
        for name, value in settings.items()
        if value
    )
    return f"BEGIN; SELECT {stated}" if stated else "BEGIN"


def _literal(text: str) -> str:
    """A string of PostgreSQL, whatever it holds (standard_conforming_strings is on, chassis.database)."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


async def _insert(
    connection: AsyncConnection, raw: RawConnection, sql: str, columns: Sequence[Sequence[Any]]
) -> None:
    try:
        await raw.execute(sql, *columns)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError("gathered rows", None, error) from error
    except CONNECTION_LOST:
        await connection.invalidate()
        raise
