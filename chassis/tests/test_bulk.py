from datetime import UTC, date, datetime

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.bulk import columns_of, insert_statement
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
