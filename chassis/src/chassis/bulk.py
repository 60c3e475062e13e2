"""Many rows of one table in one statement: a column travels as one array, so that a row costs no round of its own."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Table
from sqlalchemy.dialects import postgresql


class JsonText(str):
    """A value of a JSON column that is JSON text already, such as a model wrote of itself."""

    __slots__ = ()


def json_text(value: Any) -> str:
    """A value of a JSON column, as asyncpg takes it."""
    return value if isinstance(value, JsonText) else json.dumps(value, ensure_ascii=False)


def insert_statement(
    table: Table,
    names: tuple[str, ...],
    *,
    keys: tuple[str, ...] = (),
    kept: frozenset[str],
    newer: str = "",
) -> str:
    """INSERT from one array a column. With `keys`: a row that is there is changed, but for the columns `kept`.

    With `newer`, only where this column is larger than in the row that is there.
    """
    return _statement(table, names, keys, kept, newer)


def columns_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The values by column, as asyncpg takes them for `insert_statement`."""
    return [_values(table.c[name], [row[name] for row in rows]) for name in rows[0]]


@lru_cache(maxsize=200)
def _statement(
    table: Table, names: tuple[str, ...], keys: tuple[str, ...], kept: frozenset[str], newer: str
) -> str:
    columns = [table.c[name] for name in names]
    into = ", ".join(_quoted(column.name) for column in columns)
    arrays = ", ".join(f"${n}::{_sent_as(column)}[]" for n, column in enumerate(columns, start=1))
    values = ", ".join(f"sent.{_quoted(c.name)}{_cast(c)}" for c in columns)
    sql = f"INSERT INTO {_quoted(table.name)} ({into}) SELECT {values} FROM unnest({arrays}) AS sent({into})"
    if keys:
        changes = ", ".join(
            f"{_quoted(name)} = excluded.{_quoted(name)}"
            for name in names
            if name not in kept and name not in keys
        )
        sql += f" ON CONFLICT ({', '.join(map(_quoted, keys))}) DO "
        sql += f"UPDATE SET {changes}" if changes else "NOTHING"
        if newer:
            sql += f" WHERE {_quoted(table.name)}.{_quoted(newer)} < excluded.{_quoted(newer)}"
    return sql


def _sent_as(column: Column[Any]) -> str:
    return "text" if _cast(column) else _type(column)


def _cast(column: Column[Any]) -> str:
    """What travels as text: JSON, and arrays, because an array of arrays would be taken apart altogether."""
    return f"::{_type(column)}" if isinstance(column.type, JSON | ARRAY) else ""


def _type(column: Column[Any]) -> str:
    return column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


def _values(column: Column[Any], values: list[Any]) -> list[Any]:
    if isinstance(column.type, JSON):
        return [None if one is None else json_text(one) for one in values]
    if isinstance(column.type, ARRAY):
        return [None if one is None else _array(one) for one in values]
    return values


def _array(values: Sequence[str]) -> str:
    """An array of texts as PostgreSQL writes it."""
    if not values:
        return "{}"
    # Escaped together, which is quicker; a text with the separator in it is sent as it is, for PostgreSQL to refuse.
    texts = "\0".join(map(str, values)).replace("\\", "\\\\").replace('"', '\\"')
    if texts.count("\0") == len(values) - 1:
        texts = texts.replace("\0", '","')
    return '{"' + texts + '"}'


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
