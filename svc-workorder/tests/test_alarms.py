"""Alarms by the hundred, escalations, waits that are over, and a machine's clock that is set back."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from workorder_stories import (
    APPLICATIONS,
    ORDERS,
    a_clerk,
    a_hotline_order,
    a_reviewer,
    an_officer,
    dispatched,
    order_step,
    publish,
    step,
    submitted,
)

from contracts.events.workorder import (
    ApplicationOverstayed,
    DeadlineEscalated,
    DeadlineMissed,
    DeadlineWarned,
    WorkOrderOverstayed,
)
from workorder.use_cases.sound_alarms import BATCH
from workorder.workers.deadlines import sound_due_alarms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = "/workorder/v1/rules"


def local(day, hour=9):
    """This hour of a day of March 2026 in the city."""
    return datetime(2026, 3, day, hour, tzinfo=UTC) - 8 * HOUR


async def sounded(house):
    while await sound_due_alarms(house.runtime):
        pass


async def escalations(house):
    return [(fact.level, fact.to) for fact in await house.told(DeadlineEscalated)]


async def many_orders(house, count):
    """As many dispatched orders as asked for, copied from one, all due in the same minute."""
    order = await a_hotline_order(house)
    await dispatched(house, order)
    columns = await house.sql(
        "SELECT string_agg(column_name, ', ') AS names FROM information_schema.columns "
        "WHERE table_name = 'work_orders' AND column_name NOT IN ('id', 'number') "
        "AND is_generated = 'NEVER'"
    )
    names = columns[0]["names"]
    await house.sql(
        f"INSERT INTO work_orders (id, number, {names}) "
        f"SELECT gen_random_uuid(), 'RX-' || n, {names} FROM work_orders, generate_series(2, {count}) AS n"
    )


async def test_who_is_late_is_told_further_and_further_up(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    for day, expected in (
        (9, []),
        (10, [(1, "head")]),
        (11, [(1, "head")]),
        (12, [(1, "head"), (2, "coordinator")]),
        (15, [(1, "head"), (2, "coordinator")]),
        (16, [(1, "head"), (2, "coordinator"), (3, "leader")]),
        (30, [(1, "head"), (2, "coordinator"), (3, "leader")]),
    ):
        house.clock.set(local(day))
        await sounded(house)
        assert await escalations(house) == expected, day
    told = await house.told(DeadlineEscalated)
    assert [fact.missed_working_days for fact in told] == [1, 3, 5]
    assert {str(fact.work_id) for fact in told} == {application["id"]}


async def test_who_replies_late_is_escalated_no_further(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    house.clock.set(local(10))
    await sounded(house)
    reply = {"outcome": "solved", "text": "已处理"}
    await order_step(house, order, "replies", reply, as_=an_officer(house))
    house.clock.set(local(30))
    await sounded(house)
    assert await escalations(house) == [(1, "head")]


async def test_an_escalation_that_the_rule_no_longer_knows_is_told_to_nobody(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    house.clock.set(local(10))
    await sounded(house)
    headers = {**house.headers(house.staff("system_admin")), "If-Match": '"1"'}
    body = {
        "value": [{"days": 1, "to": "head"}],
        "source": "本市规定",
        "verified": True,
        "reason": "只报负责人",
    }
    changed = await house.client.put(f"{RULES}/escalations", json=body, headers=headers)
    assert changed.status_code == 200, changed.text
    house.clock.set(local(30))
    await sounded(house)
    assert await escalations(house) == [(1, "head")]
    [row] = await house.sql("SELECT alarm_level, alarm_at FROM work_orders")
    assert (row["alarm_level"], row["alarm_at"]) == (None, None)


async def test_more_deadlines_than_one_batch_are_told_once_each_by_processes_side_by_side(house):
    count = BATCH + 150
    await many_orders(house, count)
    house.clock.set(local(10, hour=8))  # after midnight of the due day: yellow, red and missed
    await asyncio.gather(*(sounded(house) for _ in range(4)))
    await sounded(house)
    warned = Counter((fact.work_id, fact.level) for fact in await house.told(DeadlineWarned))
    missed = Counter(fact.work_id for fact in await house.told(DeadlineMissed))
    assert set(warned.values()) == set(missed.values()) == {1}
    assert (len(warned), len(missed)) == (2 * count, count)
    steps = await house.sql(
        "SELECT step, count(*) AS count FROM work_order_steps WHERE step LIKE 'alarm-%' GROUP BY step"
    )
    assert {row["step"]: row["count"] for row in steps} == dict.fromkeys(
        ("alarm-yellow", "alarm-red", "alarm-missed"), count
    )
    outbox = await house.sql(
        "SELECT aggregate_id FROM outbox GROUP BY aggregate_id, message HAVING count(*) > 1"
    )
    assert outbox == []


async def test_a_machines_clock_that_is_set_back_fires_nothing_twice(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    house.clock.set(local(6))
    await sounded(house)
    for _ in range(3):
        house.clock.move(-HOUR)
        await sounded(house)
        house.clock.move(HOUR)
        await sounded(house)
    assert [fact.level for fact in await house.told(DeadlineWarned)] == ["yellow"]


async def test_a_clock_that_goes_on_before_it_was_stopped_moves_no_due_date_forward(house):
    """The machine's clock jumps back while the work is stopped: the stop counts for nothing, and for nothing less."""
    order = await a_hotline_order(house, urgency="urgent")
    sent = await dispatched(house, order)
    lead = house.staff("hotline_lead")
    house.clock.move(3 * HOUR)
    body = {"kind": "other", "reason": "待鉴定"}
    await order_step(house, order, "suspensions", body, as_=lead)
    house.clock.move(-4 * HOUR)
    resumed = await order_step(house, order, "resumptions", {}, as_=lead)
    assert resumed["due_at"] == sent["due_at"]
    [row] = await house.sql("SELECT started_at, ended_at FROM work_order_stops")
    assert row["ended_at"] >= row["started_at"]
    [clock] = await house.sql("SELECT clock_started_at, due_at FROM work_orders")
    assert clock["due_at"] > clock["clock_started_at"]


async def test_an_application_that_waits_too_long_is_told_of_once(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    assert application["waits_for"] == "clerk"
    house.clock.set(local(9))
    await sounded(house)
    assert await house.told(ApplicationOverstayed) == []
    house.clock.set(local(10))
    for _ in range(2):
        await sounded(house)
    [fact] = await house.told(ApplicationOverstayed)
    assert (str(fact.application_id), fact.state, fact.waits_for) == (
        application["id"],
        "submitted",
        "clerk",
    )
    steps = await house.get(f"{APPLICATIONS}/{application['id']}/steps", as_=a_clerk(house))
    last = steps.json()["results"][-1]
    assert (last["step"], last["reason"]) == ("wait-over", "“已收件”已超过等待时限")
    accepted = await step(house, application, "acceptances", as_=a_clerk(house))
    assert accepted["due_on"] == "2026-03-09"  # nobody asked in time: accepted on receipt


async def test_a_special_procedure_waits_until_its_planned_end(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    body = {"procedure": "hearing", "reason": "听证", "until": "2026-03-12"}
    stopped = await step(house, application, "suspensions", body, as_=a_reviewer(house))
    assert datetime.fromisoformat(stopped["wait_until"]) == local(13, hour=0)
    house.clock.set(local(13, hour=1))
    await sounded(house)
    [fact] = await house.told(ApplicationOverstayed)
    assert (fact.state, fact.waits_for) == ("suspended", "reviewer")


async def test_a_stop_that_is_over_goes_on_by_itself_and_others_are_not_kept_waiting(house):
    """One order's process takes a step when its wait is over, another's tells; both in one pass."""
    lead = house.staff("hotline_lead")
    stopped, waiting = await a_hotline_order(house), await a_hotline_order(house)
    await dispatched(house, stopped)
    body = {"kind": "other", "reason": "待鉴定", "until": "2026-03-03"}
    await order_step(house, stopped, "suspensions", body, as_=lead)
    house.clock.set(local(4))
    await sounded(house)
    shown = (await house.get(f"{ORDERS}/{stopped['id']}", as_=lead)).json()
    assert shown["state"] == "processing"
    assert shown["due_on"] == "2026-03-11"
    assert [fact.work_order_id for fact in await house.told(WorkOrderOverstayed)] == [
        UUID(waiting["id"])
    ]


async def test_a_timers_step_that_is_refused_is_told_and_not_tried_for_ever(house):
    """A definition may name a late step that its state does not allow; one such order must not stop all alarms."""
    await house.sql(
        """UPDATE process_definitions SET definition = jsonb_set(definition, '{steps}', (
            SELECT jsonb_agg(CASE WHEN one->>'code' = 'resume-in-time'
                THEN one || '{"from": ["opened"]}' ELSE one END)
            FROM jsonb_array_elements(definition->'steps') AS one)) WHERE code = 'hotline'"""
    )
    order = await a_hotline_order(house)
    await dispatched(house, order)
    body = {"kind": "other", "reason": "待鉴定", "until": "2026-03-03"}
    await order_step(house, order, "suspensions", body, as_=house.staff("hotline_lead"))
    house.clock.set(local(4))
    await sounded(house)
    assert await sound_due_alarms(house.runtime) == 0
    [fact] = await house.told(WorkOrderOverstayed)
    assert (fact.state, fact.waits_for) == ("suspended", "department")
