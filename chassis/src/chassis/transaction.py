"""One unit of work: reads within reach, writes gathered and sent as one statement, facts told with them.

A use case calls `insert`, `update` and `tell`; nothing reaches the database until the door closes the
transaction, and then everything goes in one statement of CTEs (rows, steps, outbox, idempotency key): one
round trip, and with no read before it not even a BEGIN (docs/decisions/0003). The reach of the caller is set
when the connection is taken, and PostgreSQL's row level security applies it to every query after.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any, cast
from uuid import UUID

import asyncpg
from sqlalchemy import JSON, Executable, Row, Table, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.bulk import columns_of, insert_statement
from chassis.database import HotConnections, RawConnection, raw_connection
from chassis.encryption import Keyring
from chassis.envelope import NOWHERE, Fact, enclose, subject_of
from chassis.errors import PreconditionError
from chassis.identity import Principal, Scope
from chassis.ids import new_id
from chassis.rules import Rules
from chassis.telemetry import current_request_id, current_traceparent
from chassis.weather import CONNECTION_LOST

GATHERED_ROWS_MAX = 400
"""Rows in one statement; more are sent in several statements of the same transaction."""

_SET_SCOPE = text(
    "SELECT set_config('yiwang.own', :own, true), set_config('yiwang.place', :place, true), "
    "set_config('yiwang.department', :department, true), set_config('yiwang.division', :division, true), "
    "set_config('yiwang.everything', :everything, true)"
)


@dataclass(frozen=True, kw_only=True)
class _Write:
    table: Table
    values: Mapping[str, Any]
    match: Mapping[str, Any] | None = None
    """None: an insert. Otherwise the columns that must hold these values, or the race is lost."""

    @property
    def shape(self) -> tuple[Any, ...]:
        return (self.table.name, tuple(self.values), tuple(self.match or ()), self.match is None)


_statements: dict[tuple[Any, ...], tuple[str, tuple[int, ...]]] = {}
"""Gathered statements by shape, built once, so that asyncpg finds its prepared form again."""
_STATEMENTS_MAX = 2_000


@dataclass(kw_only=True)
class Transaction:
    """Opened by a door, used by one use case, closed by the same door. Nobody else commits."""

    engine: AsyncEngine
    hot: HotConnections
    outbox_table: Table
    principal: Principal
    scope: Scope
    now: datetime
    keyring: Keyring
    rules: Rules
    correlation_id: str | None = None
    expected: str | None = None
    """The version that the caller saw (If-Match), when they said so."""
    _connection: AsyncConnection | None = None
    _writes: list[_Write] = field(default_factory=list)

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

    def insert(self, table: Table, **values: Any) -> None:
        """Gather a row."""
        self._writes.append(_Write(table=table, values=values))

    async def insert_many(
        self,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        *,
        keys: Sequence[str] = (),
        kept: Collection[str] = (),
    ) -> None:
        """Many rows with the same columns, now, in one statement; writes gathered so far are sent first.

        With `keys` (a unique key; no two of the rows may share it) a row that is there is changed, but for the
        columns `kept`; when every column is a key or kept, it stays as it is.
        """
        if not rows:
            return
        if self._writes:
            await self.flush()
        sql = insert_statement(table, tuple(rows[0]), keys=tuple(keys), kept=frozenset(kept))
        connection = await self._connected()
        raw = await raw_connection(connection)
        try:
            await raw.execute(sql, *columns_of(table, rows))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError("gathered rows", None, error) from error
        except CONNECTION_LOST:
            await connection.invalidate()
            raise

    def update(self, table: Table, *, match: Mapping[str, Any], **values: Any) -> None:
        """Gather a change of exactly one row; when none matches, the race is lost: PreconditionError."""
        self._writes.append(_Write(table=table, values=values, match=match))

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
        event_id = new_id()
        division, department = division or NOWHERE, department or NOWHERE
        traceparent = current_traceparent()
        self.insert(
            self.outbox_table,
            event_id=event_id,
            aggregate_id=aggregate_id,
            subject=subject_of(fact.TYPE, division, department),
            message=enclose(
                fact,
                event_id=event_id,
                aggregate_id=aggregate_id,
                sequence=sequence,
                at=self.now,
                division=division,
                department=department,
                correlation_id=self.correlation_id or current_request_id(),
                traceparent=traceparent,
            ),
            traceparent=traceparent,
            told_at=self.now,
        )
        return event_id

    async def flush(self) -> None:
        """Send what was gathered, inside the transaction."""
        writes, self._writes = self._writes, []
        connection = await self._connected()
        raw = await raw_connection(connection)
        for start in range(0, len(writes), GATHERED_ROWS_MAX):
            try:
                await _send(raw, writes[start : start + GATHERED_ROWS_MAX])
            except CONNECTION_LOST:
                await connection.invalidate()
                raise

    async def commit(self) -> None:
        """Called by the door only. With nothing read, one autocommitted statement; else flush and COMMIT."""
        if self._connection is None:
            await self._commit_unread()
            return
        if self._writes:
            await self.flush()
        await self._connection.commit()

    async def _commit_unread(self) -> None:
        writes = self._writes
        if not writes:
            return
        if len(writes) > GATHERED_ROWS_MAX or any(write.match is not None for write in writes):
            await self.flush()
            await (await self._connected()).commit()
            return
        self._writes = []
        async with self.hot.acquire() as connection:
            await _send(connection, writes)

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        self._writes = []
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self.engine.connect()
            scope = self.scope
            await self._connection.execute(
                _SET_SCOPE,
                {
                    "own": scope.own,
                    "place": scope.place,
                    "department": scope.department,
                    "division": scope.division,
                    "everything": "yes" if scope.everything else "",
                },
            )
        return self._connection


async def _send(connection: RawConnection, writes: Sequence[_Write]) -> None:
    groups = _grouped(writes)
    shapes = tuple((group[0].shape, len(group)) for group in groups)
    known = _statements.get(shapes)
    if known is None:
        if len(_statements) >= _STATEMENTS_MAX:
            _statements.clear()
        known = _statements.setdefault(shapes, (_gathered(groups), _json_positions(groups)))
    sql, json_positions = known
    values = _values(groups, json_positions)
    try:
        row = await connection.fetchrow(sql, *values)
    except asyncpg.IntegrityConstraintViolationError as error:
        # Raised as SQLAlchemy would, so that callers know one kind of clash.
        raise IntegrityError("gathered write", None, error) from error
    assert row is not None
    if any(count != 1 for count in row[1:]):
        raise PreconditionError


def _grouped(writes: Sequence[_Write]) -> list[list[_Write]]:
    """Rows of one table with the same columns go together, in the order they were gathered.

    CTEs of one statement run in no order that PostgreSQL promises, but the rows of one VALUES do: so two facts
    of one aggregate get their outbox positions in the order they were told.
    """
    groups: list[list[_Write]] = []
    inserts: dict[tuple[Any, ...], list[_Write]] = {}
    for write in writes:
        if write.match is not None:
            groups.append([write])
            continue
        known = inserts.get(write.shape)
        if known is None:
            known = inserts[write.shape] = []
            groups.append(known)
        known.append(write)
    return groups


def _values(groups: Sequence[Sequence[_Write]], json_positions: tuple[int, ...]) -> list[Any]:
    values: list[Any] = []
    for group in groups:
        for write in group:
            values.extend(write.values.values())
            if write.match is not None:
                values.extend(write.match.values())
    for position in json_positions:
        if values[position] is not None:
            values[position] = json.dumps(values[position], ensure_ascii=False)
    return values


def _gathered(groups: Sequence[Sequence[_Write]]) -> str:
    """One SELECT with a data-modifying CTE a group; the changes' row counts are its columns.

    Written as text, because it stands on the hot path of every write and asyncpg takes values as they are;
    names come from the tables' own declarations, never from a caller.
    """
    ctes, counts, marks = [], ["1 AS sent"], (f"${number}" for number in count(1))
    for index, group in enumerate(groups):
        write = group[0]
        table = _quoted(write.table.name)
        columns = [_column(write.table, name) for name in write.values]
        if write.match is None:
            rows = ", ".join(f"({', '.join(islice(marks, len(columns)))})" for _ in group)
            ctes.append(f"i{index} AS (INSERT INTO {table} ({', '.join(columns)}) VALUES {rows})")
            continue
        changes = [f"{column} = {next(marks)}" for column in columns]
        conditions = [f"{_column(write.table, name)} = {next(marks)}" for name in write.match]
        ctes.append(
            f"u{index} AS (UPDATE {table} SET {', '.join(changes)} "
            f"WHERE {' AND '.join(conditions)} RETURNING 1)"
        )
        counts.append(f"(SELECT count(*) FROM u{index})")
    return f"WITH {', '.join(ctes)} SELECT {', '.join(counts)}"


def _json_positions(groups: Sequence[Sequence[_Write]]) -> tuple[int, ...]:
    """Which parameters are JSON: asyncpg takes those as text."""
    columns = [
        write.table.c[name]
        for group in groups
        for write in group
        for name in (*write.values, *(write.match or ()))
    ]
    return tuple(i for i, column in enumerate(columns) if isinstance(column.type, JSON))


def _column(table: Table, name: str) -> str:
    return _quoted(table.c[name].name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
