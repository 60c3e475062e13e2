from datetime import UTC, date, datetime

import asyncpg
import pytest
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.exc import IntegrityError

from chassis.bulk import JsonText, columns_of, insert_statement
from chassis.ids import new_id

THINGS = Table(
    "things",
    MetaData(),
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("count", Integer),
    Column("is_open", Boolean),
    Column("day", Date),
    Column("at", DateTime(timezone=True)),
    Column("words", ARRAY(Text)),
    Column("guide", JSONB),
)


def things(number: int) -> list[dict]:
    return [
        {
            "id": new_id(),
            "name": f"甲{n}",
            "count": n or None,
            "is_open": n % 2 == 0,
            "day": date(2026, 11, 24),
            "at": datetime(2026, 11, 24, tzinfo=UTC),
            "words": ['a"b', "c\\d", "{e,f}", "", "空 格", "NULL"][:n],
            "guide": {"a": [1, "二"]} if n else None,
        }
        for n in range(number)
    ]


async def test_many_rows_of_every_kind_go_in_as_one_statement(house):
    await house.sql(
        "CREATE TABLE things (id uuid PRIMARY KEY, name text NOT NULL, count int, is_open bool, "
        "day date, at timestamptz, words text[], guide jsonb)"
    )
    rows = things(7)
    tx = house.runtime.begin_system()
    try:
        await tx.insert_many(THINGS, rows)
        changed = [{**row, "name": "乙", "count": 99} for row in rows[:2]]
        await tx.insert_many(THINGS, changed, keys=("id",), kept=("count",))
        await tx.insert_many(THINGS, [], keys=("id",))
        await tx.commit()
    finally:
        await tx.close()
    kept = await house.sql("SELECT * FROM things ORDER BY id")
    assert [list(row["words"]) for row in kept] == [row["words"] for row in rows]
    assert [row["name"] for row in kept][:3] == ["乙", "乙", "甲2"]
    assert [row["count"] for row in kept] == [row["count"] for row in rows]
    assert [row["guide"] is None for row in kept] == [True, *[False] * 6]


def test_a_key_with_nothing_to_change_leaves_what_is_there():
    names = ("id", "name")
    sql = insert_statement(THINGS, names, keys=("id",), kept=frozenset({"name"}))
    assert sql.endswith('ON CONFLICT ("id") DO NOTHING')
    assert columns_of(THINGS, [{"id": 1, "words": ["a"]}])[1] == ['{"a"}']


THINGS_TABLE = (
    "CREATE TABLE things (id uuid PRIMARY KEY, name text NOT NULL, count int, is_open bool, "
    "day date, at timestamptz, words text[], guide jsonb)"
)


async def test_json_that_a_model_wrote_goes_in_as_it_is(house):
    await house.sql(THINGS_TABLE)
    [_, row] = things(2)
    tx = house.runtime.begin_system()
    try:
        await tx.insert_many(THINGS, [{**row, "guide": JsonText('{"a": ["一", null]}')}])
        tx.insert(THINGS, **{**row, "id": new_id(), "guide": JsonText('"字"')})
        await tx.commit()
    finally:
        await tx.close()
    found = await house.sql("SELECT guide::text FROM things ORDER BY id")
    assert [each["guide"] for each in found] == ['{"a": ["一", null]}', '"字"']


async def test_a_text_with_a_zero_byte_is_refused_and_never_taken_apart(house):
    await house.sql(THINGS_TABLE)
    [_, row] = things(2)
    tx = house.runtime.begin_system()
    try:
        with pytest.raises(asyncpg.PostgresError):
            await tx.insert_many(THINGS, [{**row, "words": ["a\0b", "c"]}])
    finally:
        await tx.close()
    assert await house.sql("SELECT * FROM things") == []


async def test_what_is_not_waited_for_is_there_for_the_next_statement_and_the_commit(house):
    await house.sql(THINGS_TABLE)
    rows = things(60)
    tx = house.runtime.begin_system()
    try:
        for start in range(0, 60, 20):
            await tx.insert_many(THINGS, rows[start : start + 20], is_awaited=False)
        assert await tx.scalar(select(func.count()).select_from(THINGS)) == 60
        await tx.insert_many(THINGS, [{**rows[0], "name": "乙"}], keys=("id",), is_awaited=False)
        await tx.commit()
    finally:
        await tx.close()
    found = await house.sql("SELECT name FROM things WHERE id = $1", rows[0]["id"])
    assert [row["name"] for row in found] == ["乙"]


async def test_a_clash_that_was_not_waited_for_is_raised_by_the_commit_and_nothing_is_kept(house):
    await house.sql(THINGS_TABLE)
    rows = things(2)
    tx = house.runtime.begin_system()
    try:
        await tx.insert_many(THINGS, rows, is_awaited=False)
        await tx.insert_many(THINGS, rows, is_awaited=False)
        with pytest.raises(IntegrityError):
            await tx.commit()
    finally:
        await tx.close()
    assert await house.sql("SELECT * FROM things") == []


async def test_a_transaction_that_is_given_up_takes_back_what_is_under_way(house):
    await house.sql(THINGS_TABLE)
    tx = house.runtime.begin_system()
    await tx.insert_many(THINGS, things(3), is_awaited=False)
    await tx.close()
    assert await house.sql("SELECT * FROM things") == []
    again = house.runtime.begin_system()
    try:
        assert await again.scalar(select(func.count()).select_from(THINGS)) == 0
    finally:
        await again.close()
