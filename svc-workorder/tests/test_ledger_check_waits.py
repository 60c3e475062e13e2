"""The nightly check counts waits and rulings again too: what is right is never named, what differs always is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hotline_stories import COUNTY_OTHER, a_lead, an_agent, closed, replied, sent, take
from incident_stories import a_coordinator, a_form, an_incident, in_force, reported
from incident_stories import take as take_by_code
from test_calendar_days import an_admin, set_day
from test_deadlines import sounded
from workorder_stories import (
    a_clerk,
    a_guide,
    a_hotline_order,
    a_reviewer,
    an_officer,
    bad_rating,
    publish,
    step,
    submitted,
)

from workorder.workers.ledger_checks import NIGHTLY

CHECKS = "/workorder/v1/ledger-checks"
RECOUNTS = "/workorder/v1/due-date-recounts"
THREE_AT_NIGHT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


async def check(house):
    """A check and what it names: the number of the work, and codes."""
    started = await house.post(CHECKS, as_=an_admin(house))
    assert started.status_code == 202, started.text
    await house.run_jobs()
    found = (await house.get(started.headers["location"], as_=an_admin(house))).json()
    assert (found["state"], found["checked"]) == ("done", found["total"])
    path = f"{CHECKS}/{found['id']}/differences"
    rows = (await house.get(path, as_=house.staff("auditor"))).json()["results"]
    assert found["differences"] == len(rows)
    return found, [
        (row["work_number"], [each["code"] for each in row["found"]], row["found"]) for row in rows
    ]


async def part_asked(house):
    order = await sent(house, co_departments=[COUNTY_OTHER])
    body = {"reason": "不归我单位管养"}
    await take(house, order, "part-returns", body, as_=an_officer(house, COUNTY_OTHER))
    return order


async def orders_in_every_state(house):
    """One order of each state in which an order of the hotline waits; returns how many wait."""
    lead, officer = a_lead(house), an_officer(house)
    await a_hotline_order(house)
    await sent(house)
    signed = await sent(house)
    await take(house, signed, "signatures", as_=officer)
    await take(house, await sent(house), "returns", {"reason": "不归我"}, as_=officer)
    extension = {"days": 3, "reason": "需多部门核查"}
    await take(house, await sent(house), "extensions", extension, as_=officer)
    for until in ({}, {"until": "2026-03-20"}):
        body = {"kind": "other", "reason": "待鉴定", **until}
        await take(house, await sent(house), "suspensions", body, as_=lead)
    await replied(house)
    reviewed = await replied(house)
    await take(house, reviewed, "reviews", {"passed": True}, as_=an_agent(house))
    again = await closed(house)
    await take(house, again, "reopenings", {"reason": "又坏了"}, as_=an_agent(house))
    merged = await a_hotline_order(house)
    into = {"into": signed["id"], "reason": "同一处"}
    await take(house, merged, "merges", into, as_=an_agent(house))
    await part_asked(house)
    await house.deliver(bad_rating(house, rater_id=UUID(int=7)))
    states = await house.sql("SELECT DISTINCT state FROM work_orders WHERE waits_for IS NOT NULL")
    assert {each["state"] for each in states} >= {
        "opened",
        "dispatched",
        "processing",
        "return-requested",
        "extension-requested",
        "suspended",
        "replied",
        "reviewed",
        "reopened",
        "merged",
    }


async def applications_in_every_state(house):
    await publish(house, a_guide(materials=()))
    clerk, reviewer = a_clerk(house), a_reviewer(house)
    made = [await submitted(house, house.person("citizen")) for _ in range(4)]
    for each in made[1:]:
        await step(house, each, "acceptances", as_=clerk)
    stop = {"procedure": "hearing", "reason": "听证", "until": "2026-03-10"}
    await step(house, made[2], "suspensions", stop, as_=reviewer)
    body = {"outcome": "approved", "reason": "符合条件"}
    await step(house, made[3], "decisions", body, as_=reviewer)


async def test_what_went_its_way_is_never_named_whatever_the_calendar_did_meanwhile(house):
    await orders_in_every_state(house)
    await applications_in_every_state(house)
    for day in ("", "2026-03-03", "2026-03-05"):
        if day:
            await set_day(house, day)
            await house.run_jobs()
        found, named = await check(house)
        assert named == []
        open_rows = await house.sql(
            "SELECT (SELECT count(*) FROM work_orders WHERE waits_for IS NOT NULL) "
            "+ (SELECT count(*) FROM applications WHERE ended_at IS NULL) AS count"
        )
        assert found["checked"] == open_rows[0]["count"] > 15
    house.clock.move(timedelta(days=9))
    await sounded(house)
    assert (await check(house))[1] == []


async def test_a_wait_that_differs_is_named_with_what_is_right_and_nothing_is_mended(house):
    right, wrong = await sent(house), await replied(house)
    await house.sql(
        "UPDATE work_orders SET wait_until = wait_until + interval '1 day' WHERE id = $1",
        UUID(wrong["id"]),
    )
    _, [(number, codes, faults)] = await check(house)
    assert (number, codes) == (wrong["number"], ["wait-differs"])
    assert faults[0]["column"] == "wait_until"
    assert "2026-03-05 00:00，按流程应为 2026-03-04 00:00" in faults[0]["zh"]
    assert "due-date-recounts" in faults[0]["mend"]
    assert right["number"] != number
    [row] = await house.sql("SELECT version FROM work_orders WHERE id = $1", UUID(wrong["id"]))
    assert row["version"] == wrong["version"]


async def test_a_wait_of_an_application_and_of_hours_are_counted_too(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    opened = await a_hotline_order(house)  # may wait for four hours
    await house.sql("UPDATE applications SET wait_until = wait_until - interval '1 day'")
    await house.sql("UPDATE work_orders SET wait_until = wait_until + interval '1 hour'")
    _, named = await check(house)
    assert {number: codes for number, codes, _ in named} == {
        application["number"]: ["wait-differs"],
        opened["number"]: ["wait-differs"],
    }
    answer = await house.post(RECOUNTS, {"reason": "核对后更正"}, as_=an_admin(house))
    assert answer.status_code == 202
    await house.run_jobs()
    assert (await check(house))[1] == []


async def test_a_ruling_that_differs_or_will_not_be_told_is_named_and_mended_on_demand(house):
    order = await part_asked(house)
    for change, code in (
        ("rule_by = rule_by + interval '1 day'", "ruling-date-differs"),
        ("alarm_at = NULL", "ruling-alarm-differs"),
    ):
        await house.sql(f"UPDATE work_order_returns SET {change}")
        _, [(number, codes, faults)] = await check(house)
        assert (number, codes) == (order["number"], [code])
        assert faults[0]["column"] == "rule_by"
        assert COUNTY_OTHER in faults[0]["zh"]
        await house.post(RECOUNTS, {"reason": "核对后更正"}, as_=an_admin(house))
        await house.run_jobs()
        assert (await check(house))[1] == []


async def test_all_that_differs_of_one_piece_of_work_is_one_row_of_the_night(house):
    order = await part_asked(house)
    await house.sql("UPDATE work_orders SET due_on = due_on + 1, wait_until = now()")
    await house.sql("UPDATE work_order_returns SET rule_by = now()")
    house.clock.set(THREE_AT_NIGHT)
    assert await NIGHTLY.start(house.runtime)
    await house.run_jobs()
    [night] = (await house.get(CHECKS, as_=an_admin(house))).json()["results"]
    assert (night["is_nightly"], night["differences"]) == (True, 1)
    path = f"{CHECKS}/{night['id']}/differences"
    [row] = (await house.get(path, as_=an_admin(house))).json()["results"]
    assert row["work_number"] == order["number"]
    assert {each["code"] for each in row["found"]} == {
        "due-date-differs",
        "task-due-date-differs",
        "wait-differs",
        "ruling-date-differs",
    }


async def test_work_that_was_moved_to_another_version_waits_by_the_rules_of_when_it_came_there(
    house,
):
    """A plan of whoever stopped the clock stays, and a limit that was changed since does not come in by moving."""
    old = await in_force(house, an_incident())
    order = await reported(house)
    house.clock.move(timedelta(minutes=30))
    longer = an_incident()
    longer["states"][0]["limit"] = {"amount": 3, "unit": "hours"}
    new = await in_force(house, longer)
    body = {
        "from_version": old["version"],
        "states": {"reported": "reported"},
        "dry_run": False,
        "reason": "放宽",
    }
    path = f"/workorder/v1/process-definitions/{new['id']}/migrations"
    assert (await house.post(path, body, as_=house.staff("system_admin"))).status_code == 202
    await house.run_jobs()
    assert (await check(house))[1] == []
    form = {"department": COUNTY_OTHER, "reason": "属地"}
    await take_by_code(house, order, "assign", form, as_=a_coordinator(house))
    assert (await check(house))[1] == []


async def test_a_wait_by_urgency_is_right_as_it_was_counted_when_the_urgency_changed_since(house):
    definition = an_incident(cases=[])
    definition["states"][0]["limit"] = {
        "rule": "hotline-urgent-hours",
        "by": "urgency",
        "unit": "hours",
    }
    urgency = {"type": "string", "enum": ["normal", "urgent", "emergency"]}
    definition["steps"].append(
        {
            "code": "weigh",
            "name": "定级",
            "from": ["reported"],
            "by": [{"role": "coordinator", "reach": "division"}],
            "form": a_form(["urgency"], urgency=urgency),
            "effects": ["urgency"],
            "limit": {"count": 1},
        }
    )
    await in_force(house, definition)
    order = await reported(house, urgency="emergency")
    form = {"urgency": "urgent"}
    await take_by_code(house, order, "weigh", form, as_=a_coordinator(house))
    assert (await check(house))[1] == []
    await house.sql("UPDATE work_orders SET wait_until = wait_until + interval '1 minute'")
    assert [codes for _, codes, _ in (await check(house))[1]] == [["wait-differs"]]
