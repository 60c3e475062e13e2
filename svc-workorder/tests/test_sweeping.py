"""Sweeping at night: what people were told and is over for long goes; what nobody answered stays, however old."""

import json
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from hotline_stories import DONE, an_agent, an_officer, rule_becomes, sent, take
from office_platform import a_platform
from sqlalchemy import text
from test_notices import pass_by, registered
from workorder_stories import DEPARTMENT

from workorder.repository.sweeping import EARLIEST, SWEEPS
from workorder.service import SERVICE
from workorder.workers.sweeping import NIGHTLY

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FOUR_IN_THE_MORNING = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
ROWS = 20_000


@pytest_asyncio.fixture
async def house(houses):
    return await houses.open(SERVICE, settings={"notice_networks": "127.0.0.0/8"})


@pytest_asyncio.fixture
async def platform():
    async with a_platform() as running:
        yield running


async def a_night_passes(house, *, days):
    """The night so many days after the day of the stories."""
    house.clock.set(FOUR_IN_THE_MORNING + timedelta(days=days))
    assert await NIGHTLY.start(house.runtime)
    assert await house.run_jobs() == 1


async def kept(house):
    rows = await house.sql("SELECT kind, state FROM notices ORDER BY position")
    return [(row["kind"], row["state"]) for row in rows]


async def open_and_done(house):
    [row] = await house.sql(
        "SELECT count(*) - count(done_at) AS open, count(done_at) AS done FROM todos"
    )
    return row["open"], row["done"]


async def done_and_told(house):
    """An order that was worked on: its to-do opened and done, both delivered."""
    order = await sent(house)
    await pass_by(house)
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await pass_by(house)
    return order


async def test_what_is_done_and_delivered_goes_after_its_days_and_is_counted(house, platform):
    await registered(house, platform, department=DEPARTMENT, wants=["todos"])
    await done_and_told(house)
    assert await open_and_done(house) == (0, 1)
    told = [("todo-opened", "delivered"), ("todo-done", "delivered")]
    assert await kept(house) == told
    await a_night_passes(house, days=365)
    assert await kept(house) == told
    await a_night_passes(house, days=367)
    assert await kept(house) == []
    assert await open_and_done(house) == (0, 0)
    metrics = house.runtime.metrics.render().decode()
    assert 'swept_rows_total{table="notices"} 2.0' in metrics
    assert 'swept_rows_total{table="todos"} 1.0' in metrics
    [job] = await house.sql(
        "SELECT state, done FROM jobs WHERE kind = 'notice-sweep' ORDER BY created_at DESC LIMIT 1"
    )
    assert (job["state"], job["done"]) == ("done", 3)


async def test_what_is_still_to_do_keeps_everything_that_was_told_of_it(house, platform):
    await registered(house, platform, department=DEPARTMENT, wants=["todos"])
    await sent(house)
    await pass_by(house)
    await a_night_passes(house, days=2_000)
    assert await kept(house) == [("todo-opened", "delivered")]
    assert await open_and_done(house) == (1, 0)


async def test_what_never_reached_its_platform_stays_and_its_todo_with_it(house, platform):
    await registered(house, platform, department=DEPARTMENT, wants=["todos"])
    order = await sent(house)
    await pass_by(house)
    platform.status = 500
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await pass_by(house)
    assert await kept(house) == [("todo-opened", "delivered"), ("todo-done", "waiting")]
    for state in ("waiting", "held", "failed", "new"):
        await house.sql("UPDATE notices SET state = $1 WHERE kind = 'todo-done'", state)
        await a_night_passes(house, days=1_000 + len(state))
        assert await kept(house) == [("todo-done", state)]
        assert await open_and_done(house) == (0, 1)


async def test_a_reminder_that_no_platform_wants_goes_too_and_one_in_the_feed(house, platform):
    order = await sent(house)
    await take(house, order, "urges", {"reason": "催办"}, as_=an_agent(house))
    await pass_by(house)
    assert await kept(house) == [("urged", "kept")]
    await house.sql(
        "INSERT INTO notices SELECT nextval(pg_get_serial_sequence('notices', 'position')), uuidv7(), n.kind, "
        "n.todo_id, n.sequence, n.work_kind, n.above_id, n.number, n.process, n.title, n.department, n.division, "
        "n.recipient, n.assignee, n.due_at, n.urgency, n.detail, n.created_at, 'feed', n.endpoint_id, n.try_at, "
        "n.tries, n.tried_at, n.delivered_at, n.receipt, n.error FROM notices n"
    )
    await a_night_passes(house, days=366)
    assert await kept(house) == []


async def test_the_days_and_the_hour_are_rules_and_one_process_sweeps_a_night(house, platform):
    await registered(house, platform, department=DEPARTMENT, wants=["todos"])
    await done_and_told(house)
    await rule_becomes(house, "notices-kept-days", 30)
    await rule_becomes(house, "notices-sweep-hour", -1)
    house.clock.set(FOUR_IN_THE_MORNING + timedelta(days=40))
    assert not await NIGHTLY.start(house.runtime)
    await rule_becomes(house, "notices-sweep-hour", 5)
    assert not await NIGHTLY.start(house.runtime)
    house.clock.move(timedelta(hours=1))
    assert await NIGHTLY.start(house.runtime)
    assert not await NIGHTLY.start(house.runtime)
    assert await house.run_jobs() == 1
    assert await kept(house) == []


async def test_a_sweep_reads_by_its_index_and_leaves_the_rest_of_the_books_alone(house):
    await _books(house)
    for table, index in (("notices", "notices_ended"), ("todos", "todos_done")):
        statement, first = SWEEPS[table]
        values = {"before": START + timedelta(days=1), "at": EARLIEST, "id": first, "most": 500}
        tx = house.runtime.begin_system()
        try:
            explained = text(f"EXPLAIN (FORMAT JSON) {statement.text}").bindparams(**values)
            found = await tx.scalar(explained)
        finally:
            await tx.close()
        plan = found if isinstance(found, str) else json.dumps(found)
        assert index in plan, table
        assert "Seq Scan" not in plan, (table, plan)


async def _books(house):
    """So many rows that were told on as many days, of which the first are over."""
    await house.sql(
        "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, state, "
        "trouble, created_at, version) VALUES (uuidv7(), '', '', '', '', '{}', false, 'active', '', now(), 1)"
    )
    await house.sql(
        "INSERT INTO todos (id, endpoint_id, work_kind, work_id, above_id, number, process, title, department, "
        "division, recipient, assignee, round, urgency, opened_at, done_at, version) "
        "SELECT uuidv7(), e.id, 'work-order', uuidv7(), uuidv7(), '', 'hotline', '', '', '', 'department', '', 1, "
        "'normal', $1, $1::timestamptz + n * interval '1 hour', 1 "
        "FROM delivery_endpoints e, generate_series(0, $2) AS n",
        START,
        ROWS,
    )
    await house.sql(
        "INSERT INTO notices (id, kind, todo_id, sequence, work_kind, above_id, number, process, title, department, "
        "division, recipient, assignee, urgency, detail, created_at, state, tries, receipt, error) "
        "SELECT uuidv7(), 'todo-done', id, 1, work_kind, above_id, '', process, '', '', '', recipient, '', "
        "'normal', '', done_at, 'delivered', 1, '', '' FROM todos"
    )
    await house.sql("ANALYZE todos, notices")
