"""One unit of work: reads within reach, writes gathered and sent as one statement, facts told with them.

A use case calls `insert`, `update` and `tell`; nothing reaches the database until the door closes the
transaction, and then everything goes in one statement of CTEs (rows, steps, outbox, idempotency key): one
round trip, and with no read before it not even a BEGIN (docs/decisions/0003). The reach of the caller is set
when the connection is taken, and PostgreSQL's row level security applies it to every query after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Executable,
    Insert,
    Row,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.encryption import Keyring
from chassis.envelope import NOWHERE, Fact, enclose, subject_of
from chassis.errors import PreconditionError
from chassis.identity import Principal, Scope
from chassis.ids import new_id
from chassis.rules import Rules
from chassis.telemetry import current_request_id, current_traceparent

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


_statements: dict[tuple[Any, ...], Select[Any]] = {}
"""Gathered statements by shape, built once, so that SQLAlchemy's compiled form is found again."""
_STATEMENTS_MAX = 2_000


@dataclass(kw_only=True)
class Transaction:
    """Opened by a door, used by one use case, closed by the same door. Nobody else commits."""

    engine: AsyncEngine
    outbox_table: Table
    principal: Principal
    scope: Scope
    now: datetime
    keyring: Keyring
    rules: Rules
    correlation_id: str | None = None
    _connection: AsyncConnection | None = None
    _writes: list[_Write] = field(default_factory=list)

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run a statement now, within the caller's reach. Writes gathered so far are sent first."""
        if self._writes:
            await self.flush()
        connection = await self._connected()
        return cast("CursorResult[Any]", await connection.execute(statement, parameters or {}))

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
        for start in range(0, len(writes), GATHERED_ROWS_MAX):
            await _send(connection, writes[start : start + GATHERED_ROWS_MAX])

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
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
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


async def _send(connection: AsyncConnection, writes: Sequence[_Write]) -> None:
    shapes = tuple(write.shape for write in writes)
    statement = _statements.get(shapes)
    if statement is None:
        if len(_statements) >= _STATEMENTS_MAX:
            _statements.clear()
        statement = _statements.setdefault(shapes, _gathered(writes))
    parameters: dict[str, Any] = {}
    for index, write in enumerate(writes):
        for name, value in write.values.items():
            parameters[f"w{index}_{name}"] = value
        for name, value in (write.match or {}).items():
            parameters[f"m{index}_{name}"] = value
    row = (await connection.execute(statement, parameters)).one()
    if any(count != 1 for count in row[1:]):
        raise PreconditionError


def _gathered(writes: Sequence[_Write]) -> Select[Any]:
    """One SELECT with a data-modifying CTE a write; the changes' row counts are its columns."""
    ctes = []
    counts = []
    for index, write in enumerate(writes):
        values = {
            name: bindparam(f"w{index}_{name}", type_=write.table.c[name].type)
            for name in write.values
        }
        dml: Insert | Update
        if write.match is None:
            ctes.append(insert(write.table).values(values).cte(f"i{index}"))
            continue
        conditions = [
            write.table.c[name] == bindparam(f"m{index}_{name}", type_=write.table.c[name].type)
            for name in write.match
        ]
        dml = update(write.table).where(and_(*conditions)).values(values)
        cte = dml.returning(literal(1).label("changed")).cte(f"u{index}")
        ctes.append(cte)
        counts.append(select(func.count()).select_from(cte).scalar_subquery().label(f"c{index}"))
    return select(literal(1).label("sent"), *counts).add_cte(*ctes)
