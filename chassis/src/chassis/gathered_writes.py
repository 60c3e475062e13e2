"""Writes that are gathered and sent as one statement: a data-modifying CTE for each group of them.

Written as text, because it stands on the hot path of every write and asyncpg takes values as they are; names come
from the tables' own declarations, never from a caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from typing import Any

import asyncpg
from sqlalchemy import JSON, Table
from sqlalchemy.exc import IntegrityError

from chassis.bulk import json_text
from chassis.database import RawConnection
from chassis.errors import PreconditionError


@dataclass(frozen=True, kw_only=True)
class Write:
    """One row to be added, or one to be changed."""

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


async def send(connection: RawConnection, writes: Sequence[Write]) -> None:
    """Send them in one round trip. Raises IntegrityError, and PreconditionError when a change met no row."""
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


def _grouped(writes: Sequence[Write]) -> list[list[Write]]:
    """Rows of one table with the same columns go together, in the order they were gathered.

    CTEs of one statement run in no order that PostgreSQL promises, but the rows of one VALUES do: so two facts
    of one aggregate get their outbox positions in the order they were told.
    """
    groups: list[list[Write]] = []
    inserts: dict[tuple[Any, ...], list[Write]] = {}
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


def _values(groups: Sequence[Sequence[Write]], json_positions: tuple[int, ...]) -> list[Any]:
    values: list[Any] = []
    for group in groups:
        for write in group:
            values.extend(write.values.values())
            if write.match is not None:
                values.extend(write.match.values())
    for position in json_positions:
        if values[position] is not None:
            values[position] = json_text(values[position])
    return values


def _gathered(groups: Sequence[Sequence[Write]]) -> str:
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


def _json_positions(groups: Sequence[Sequence[Write]]) -> tuple[int, ...]:
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


@cache
def lock_statement(table: Table, names: tuple[str, ...]) -> str:
    """A row by these columns, locked until the end of the transaction; parameters in their order."""
    columns = ", ".join(_column(table, column.name) for column in table.c)
    where = " AND ".join(
        f"{_column(table, name)} = ${number}" for number, name in enumerate(names, 1)
    )
    return f"SELECT {columns} FROM {_quoted(table.name)} WHERE {where} FOR UPDATE"
