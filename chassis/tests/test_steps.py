from sqlalchemy import Column, Integer, MetaData, Table, Uuid

from chassis.steps import mixed_steps_table, steps_table

EVERY_STEP = {"id", "step", "state", "actor_kind", "actor_id", "reason", "channel", "taken_at"}


async def written(house, who, text="hello") -> str:
    answer = await house.post("/notes/v1/notes", {"text": text}, as_=who)
    return answer.json()["id"]


async def change(house, who, note_id, *, version, text):
    headers = {**house.headers(who), "If-Match": f'"{version}"'}
    path = f"/notes/v1/notes/{note_id}"
    return await house.client.put(path, json={"text": text}, headers=headers)


def test_a_history_refers_to_its_rows_and_is_found_by_them():
    metadata = MetaData()
    notes = Table("notes", metadata, Column("id", Uuid(), primary_key=True))
    extra = Column("round", Integer, nullable=False)
    table = steps_table(metadata, "note_steps", of=notes, column="note_id", extra=[extra])
    assert set(table.columns.keys()) == EVERY_STEP | {"note_id", "round"}
    assert not any(column.nullable for column in table.columns)
    [key] = table.c.note_id.foreign_keys
    assert key.column is notes.c.id
    [index] = table.indexes
    assert index.name == "note_steps_note"
    assert index.columns.keys() == ["note_id", "id"]


def test_a_mixed_history_says_of_which_kind_each_step_is():
    table = mixed_steps_table(MetaData(), "steps")
    assert set(table.columns.keys()) == EVERY_STEP | {"kind", "of_id"}
    assert table.foreign_keys == set()
    [index] = table.indexes
    assert index.name == "steps_of"
    assert index.columns.keys() == ["kind", "of_id", "id"]


async def test_a_step_says_who_when_why_and_from_which_channel(house):
    me = house.person("writer")
    note_id = await written(house, me)
    [row] = await house.sql("SELECT * FROM note_steps")
    assert str(row["note_id"]) == note_id
    assert (row["step"], row["state"], row["reason"]) == ("written", "kept", "hello")
    assert (row["actor_kind"], row["actor_id"]) == ("person", me["sub"])
    assert (row["channel"], row["taken_at"]) == (me["channel"], house.clock.now())
    assert row["version"] == 1


async def test_history_is_read_oldest_first_page_by_page_and_does_not_name_the_actor(house):
    me = house.person("writer")
    note_id = await written(house, me)
    await written(house, me, "another note, another history")
    await change(house, me, note_id, version=1, text="better")
    path = f"/notes/v1/notes/{note_id}/steps?limit=1"
    first = (await house.get(path, as_=me)).json()
    second = (await house.get(f"{path}&cursor={first['next_cursor']}", as_=me)).json()
    assert [step["step"] for step in first["results"]] == ["written"]
    assert [(step["step"], step["version"]) for step in second["results"]] == [("changed", 2)]
    assert second["next_cursor"] is None
    assert "actor_id" not in first["results"][0]
    assert first["results"][0]["actor_kind"] == "person"


async def test_a_cursor_of_one_history_is_refused_by_another(house):
    me = house.person("writer")
    note_id, other_id = await written(house, me), await written(house, me)
    await change(house, me, note_id, version=1, text="better")
    page = (await house.get(f"/notes/v1/notes/{note_id}/steps?limit=1", as_=me)).json()
    path = f"/notes/v1/notes/{other_id}/steps?cursor={page['next_cursor']}"
    assert (await house.get(path, as_=me)).status_code == 400


async def test_a_step_that_was_not_taken_leaves_no_history(house):
    me = house.person("writer")
    note_id = await written(house, me)
    lost = await change(house, me, note_id, version=7, text="too late")
    assert lost.status_code == 412
    assert len(await house.sql("SELECT 1 FROM note_steps")) == 1
