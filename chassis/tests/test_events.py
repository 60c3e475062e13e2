"""Outbox, relay, inbox and parking on a real PostgreSQL and a real NATS."""

import asyncio
import contextlib
from uuid import UUID

import asyncpg
import pytest_asyncio
from nats.js.errors import NotFoundError, ServerError
from notes_service import SERVICE, NoteWritten, copies

from chassis import bus, consumers
from chassis.consumers import Consuming
from chassis.envelope import open_envelope
from chassis.ids import new_id
from chassis.jobs import JobRun
from chassis.relay import BULK_TRICKLE, Relay
from chassis.testing import eventually


@pytest_asyncio.fixture
async def client(servers):
    """NATS with fresh streams, as the operator's user: the tiny service has none of its own."""
    nats = await bus.connect(
        servers.nats_url, name="ops", user="ops", password=servers.nats_users["ops"]
    )
    js = nats.jetstream()
    with contextlib.suppress(NotFoundError):
        await js.delete_stream(bus.stream_name("notes"))

    async def made():
        # The server answers a removal before the folder is gone, and makes no stream of that name until it is.
        with contextlib.suppress(ServerError):
            await bus.ensure_streams(nats, ["notes"], SERVICE.consumers.readings())
            return True
        return False

    await eventually(made)
    yield nats
    await nats.close()


@contextlib.asynccontextmanager
async def running(*loops):
    tasks = [asyncio.create_task(loop()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def relay_of(house, client) -> Relay:
    return Relay(database_url=house.database_url, client=client, metrics=house.runtime.metrics)


def consuming_of(house, client) -> Consuming:
    consuming = house.consuming()
    consuming.client = client
    return consuming


async def publish(client, house, fact, **where):
    subject, message = house.wire(fact, **where)
    event_id = str(open_envelope(message).id)
    await client.jetstream().publish(subject, message, headers={"Nats-Msg-Id": event_id})


async def copied(house) -> list[int]:
    return [
        row["sequence"] for row in await house.sql("SELECT sequence FROM copies ORDER BY position")
    ]


async def test_what_is_committed_is_told_in_order_and_takes_effect_once(house, client):
    me = house.person("writer")
    note = (await house.post("/notes/v1/notes", {"text": "v1"}, as_=me)).json()
    for version in range(1, 6):
        await house.client.put(
            f"/notes/v1/notes/{note['id']}",
            json={"text": f"v{version + 1}"},
            headers={**house.headers(me), "If-Match": f'"{version}"'},
        )
    async with running(relay_of(house, client).run, consuming_of(house, client).run):
        await eventually(lambda: _has(house, 6))
    assert await copied(house) == [1, 2, 3, 4, 5, 6]
    left = await house.sql("SELECT 1 FROM outbox WHERE published_at IS NULL")
    assert left == []


async def _has(house, count) -> bool:
    return len(await copied(house)) == count


async def test_a_slow_transaction_is_not_skipped(house, client):
    """Its position was handed out before the others', and it commits after they were published."""
    slow = await asyncpg.connect(house.database_url)
    subject, message = house.wire(NoteWritten(note_id=new_id(), text="slow"), sequence=9)
    async with running(relay_of(house, client).run, consuming_of(house, client).run):
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(
            "INSERT INTO outbox (event_id, aggregate_id, subject, message, told_at) "
            "VALUES ($1, $2, $3, $4, now())",
            open_envelope(message).id,
            new_id(),
            subject,
            message,
        )
        await house.post("/notes/v1/notes", {"text": "fast"}, as_=house.person("writer"))
        await eventually(lambda: _has(house, 1))
        await transaction.commit()
        await eventually(lambda: _has(house, 2))
    assert await copied(house) == [1, 9]
    await slow.close()


async def test_a_relay_that_died_after_publishing_publishes_again_and_nobody_notices(house, client):
    await house.post("/notes/v1/notes", {"text": "once"}, as_=house.person("writer"))
    connection = await asyncpg.connect(house.database_url)
    relay = relay_of(house, client)
    assert await relay.publish_some(connection) == 1
    await connection.execute(
        "UPDATE outbox SET published_at = NULL"
    )  # as if it died before marking
    assert await relay.publish_some(connection) == 1
    await connection.close()
    async with running(consuming_of(house, client).run):
        await eventually(lambda: _has(house, 1))
    info = await client.jetstream().stream_info(bus.stream_name("notes"))
    assert info.state.messages == 1


async def test_what_people_do_is_told_before_what_long_work_tells_and_each_in_its_own_order(
    house, client
):
    """While a job is going on its facts trickle; when it has ended the rest of them goes at once."""
    one, other, *rest = (new_id() for _ in range(22))
    for aggregate in (one, *rest):
        await _outbox_row(house, aggregate, sequence=1, is_bulk=True)
    await _outbox_row(house, one, sequence=2)
    await _outbox_row(house, other, sequence=1)
    await house.sql(
        "INSERT INTO jobs (id, kind, owner_id, owner, state, input, created_at, heartbeat_at) "
        "VALUES (gen_random_uuid(), 'long', 'somebody', '{}', 'running', '{}', now(), now())"
    )
    connection = await asyncpg.connect(house.database_url)
    relay = relay_of(house, client)

    assert await relay.publish_some(connection) == 1 + BULK_TRICKLE
    assert (other, 1) in await _published(house)
    assert (one, 2) not in await _published(house)
    assert await relay.publish_some(connection) == 1 + BULK_TRICKLE
    assert (one, 2) in await _published(house)
    await house.sql("UPDATE jobs SET state = 'done'")
    assert await relay.publish_some(connection) == 21 - 2 * BULK_TRICKLE
    await connection.close()

    assert len(await _published(house)) == 23


async def test_what_a_job_tells_is_told_as_long_work(house):
    person = house.person("writer")
    run = JobRun(runtime=house.runtime, id=new_id(), kind="long", owner=person, input={}, done=0)
    for begin in (run.begin, house.runtime.begin_system):
        tx = begin()
        note_id = new_id()
        tx.tell(NoteWritten(note_id=note_id, text="told"), aggregate_id=note_id, sequence=1)
        await tx.commit()
        await tx.close()
    rows = await house.sql("SELECT is_bulk FROM outbox ORDER BY position")
    assert [row["is_bulk"] for row in rows] == [True, False]


async def _outbox_row(house, aggregate_id, *, sequence, is_bulk=False) -> None:
    subject, message = house.wire(
        NoteWritten(note_id=aggregate_id, text="told"), aggregate_id=aggregate_id, sequence=sequence
    )
    await house.sql(
        "INSERT INTO outbox (event_id, aggregate_id, subject, message, told_at, is_bulk) "
        "VALUES ($1, $2, $3, $4, now(), $5)",
        open_envelope(message).id,
        aggregate_id,
        subject,
        message,
        is_bulk,
    )


async def _published(house) -> set[tuple[UUID, int]]:
    rows = await house.sql(
        "SELECT aggregate_id, message FROM outbox WHERE published_at IS NOT NULL"
    )
    return {(row["aggregate_id"], open_envelope(row["message"]).sequence) for row in rows}


async def test_delivered_twice_takes_effect_once(house, client):
    event_id = new_id()
    fact = NoteWritten(note_id=new_id(), text="twice")
    await house.deliver(fact, times=3, event_id=event_id)
    assert len(await copied(house)) == 1


async def test_what_cannot_be_handled_is_parked_with_its_reason_and_replayed_by_command(
    house, client
):
    fact = NoteWritten(note_id=new_id(), text="poison")
    after = NoteWritten(note_id=new_id(), text="fine")
    async with running(consuming_of(house, client).run):
        await publish(client, house, fact)
        await publish(client, house, after)
        await eventually(lambda: house.sql("SELECT 1 FROM parked_messages"))
        await eventually(lambda: _has(house, 1))
    [parked] = await house.sql("SELECT reason, replayed_at FROM parked_messages")
    assert "poison is never copied" in parked["reason"]
    assert await house.consuming().replay() == (0, 1)
    handler = SERVICE.consumers.subscriptions[NoteWritten.TYPE][0]
    mended = consumers.Subscription(NoteWritten, _accept_anything, handler.name)
    consuming = house.consuming()
    consuming.consumers = consumers.Consumers("notes")
    consuming.consumers.subscriptions[NoteWritten.TYPE] = [mended]
    assert await consuming.replay() == (1, 0)
    assert await house.consuming().replay() == (0, 0)


async def _accept_anything(told, tx) -> None:
    return None


async def test_what_came_meanwhile_is_handled_together_and_a_repeat_among_it_counts_once(house):
    consuming = house.consuming()
    consuming.consumers = consumers.Consumers("notes")
    together: list[int] = []

    @consuming.consumers.on_many([NoteWritten])
    async def copy_many(many, tx):
        together.append(len(many))
        for told in many:
            tx.insert(copies, note_id=told.fact.note_id, sequence=told.sequence)

    wires = [house.wire(NoteWritten(note_id=new_id(), text=f"n{n}")) for n in range(40)]
    subject, repeated = wires[7]
    await consuming.handle(subject, repeated, {})
    await asyncio.gather(*(consuming.handle(*wire, {}) for wire in wires))
    assert len(await house.sql("SELECT 1 FROM copies")) == 40
    assert len(await house.sql("SELECT 1 FROM inbox")) == 40
    assert max(together) > 1


async def test_one_that_cannot_be_handled_fails_alone_among_many(house):
    consuming = house.consuming()
    consuming.consumers = consumers.Consumers("notes")

    @consuming.consumers.on_many([NoteWritten])
    async def copy_many(many, tx):
        for told in many:
            if told.fact.text == "poison":
                raise ValueError("poison is never copied")
            tx.insert(copies, note_id=told.fact.note_id, sequence=told.sequence)

    texts = ["a", "b", "poison", "c"]
    wires = [house.wire(NoteWritten(note_id=new_id(), text=text)) for text in texts]
    ends = await asyncio.gather(
        *(consuming.handle(*wire, {}) for wire in wires), return_exceptions=True
    )
    assert [isinstance(end, ValueError) for end in ends] == [False, False, True, False]
    assert len(await house.sql("SELECT 1 FROM copies")) == 3


async def test_a_message_that_is_no_envelope_is_parked_at_once(house, client):
    async with running(consuming_of(house, client).run):
        await client.jetstream().publish("yiwang.notes.note.written.v1._._", b"not json")
        await eventually(lambda: house.sql("SELECT 1 FROM parked_messages"))


async def test_what_comes_too_early_is_tried_again_and_holds_back_only_its_own(
    house, client, monkeypatch
):
    monkeypatch.setattr(consumers, "PAUSES_SECONDS", (0.05,) * 7)
    early, other = new_id(), new_id()
    async with running(consuming_of(house, client).run):
        fact = NoteWritten(note_id=early, text="not yet")
        await publish(client, house, fact, aggregate_id=early, sequence=1)
        await publish(
            client, house, NoteWritten(note_id=early, text="after"), aggregate_id=early, sequence=2
        )
        await publish(
            client, house, NoteWritten(note_id=other, text="other"), aggregate_id=other, sequence=7
        )
        await eventually(lambda: _has(house, 1), within=5)
        assert await copied(house) == [7]
        await eventually(lambda: house.sql("SELECT 1 FROM parked_messages"), within=10)
        await eventually(lambda: _has(house, 2))
    assert await copied(house) == [7, 2]


async def test_what_nobody_here_awaits_is_let_go_unread(house, client):
    consuming = consuming_of(house, client)
    consuming.consumers = consumers.Consumers("notes")

    @consuming.consumers.on(NoteWritten, awaits=lambda _: False)
    async def copy_one(told, tx):
        raise AssertionError("nobody asked for it")

    async def is_all_let_go():
        info = await client.jetstream().consumer_info(
            bus.stream_name("notes"), bus.durable_name("notes", "notes")
        )
        return info.delivered.stream_seq == 3 and info.num_ack_pending == 0

    async with running(consuming.run):
        for number in range(3):
            await publish(client, house, NoteWritten(note_id=new_id(), text=f"n{number}"))
        await eventually(is_all_let_go)
    assert not await house.sql("SELECT 1 FROM inbox")
    assert not await house.sql("SELECT 1 FROM parked_messages")


async def test_streams_are_compared_at_start(house, client):
    js = client.jetstream()
    assert await bus.missing_streams(js, ["notes"], SERVICE.consumers.readings()) == []
    await js.delete_consumer(bus.stream_name("notes"), bus.durable_name("notes", "notes"))
    [fault] = await bus.missing_streams(js, ["notes"], SERVICE.consumers.readings())
    assert "notes-from-notes is missing" in fault


async def test_facts_of_one_transaction_keep_the_order_they_were_told_in(house):
    tx = house.runtime.begin_system()
    note_id = new_id()
    for number in range(1, 8):
        tx.insert(SERVICE.metadata.tables["copies"], note_id=note_id, sequence=number)
        tx.tell(
            NoteWritten(note_id=note_id, text=f"v{number}"), aggregate_id=note_id, sequence=number
        )
    await tx.commit()
    await tx.close()
    assert [fact.text for fact in await house.told(NoteWritten)] == [f"v{n}" for n in range(1, 8)]
    assert await copied(house) == list(range(1, 8))
