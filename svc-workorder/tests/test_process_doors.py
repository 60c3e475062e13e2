"""Definitions through their doors, and a process that no code knows, walked to its close."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from incident_stories import (
    DEFINITIONS,
    LEAD,
    ORDERS,
    SECOND,
    THIRD,
    a_coordinator,
    a_form,
    an_incident,
    drafted,
    in_force,
    reported,
    take,
)
from workorder_stories import bad_rating

from contracts.events.workorder import WorkOrderClosed, WorkOrderReplied
from workorder.workers.deadlines import sound_due_alarms


def an_officer(house, department):
    return house.staff("department_officer", department=department)


async def post(house, definition, noun, body=None, **options):
    options.setdefault("as_", house.staff("system_admin"))
    path = f"{DEFINITIONS}/{definition['id']}/{noun}"
    return await house.post(path, {"reason": "理由"} if body is None else body, **options)


async def test_an_incident_that_no_code_knows_is_walked_to_its_close_by_three_departments(house):
    await in_force(house)
    order = await reported(house)
    assert order["kind"] == "incident"
    assert order["number"].startswith("SJ-")
    named = {"department": LEAD, "co_departments": [SECOND, THIRD], "reason": "多部门"}
    order = await take(house, order, "assign", named, as_=a_coordinator(house))
    assert order["state"] == "working"
    await take(house, order, "do-part", {"text": "已清障"}, as_=an_officer(house, SECOND))
    reply = {"text": "已抢修", "outcome": "solved"}
    order = await take(house, order, "do-own", reply, as_=an_officer(house, LEAD))
    assert order["state"] == "working"
    order = await take(house, order, "do-part", {"text": "已疏导"}, as_=an_officer(house, THIRD))
    assert order["state"] == "checking"
    assert [each.kind for each in await house.told(WorkOrderReplied)] == ["incident"]
    order = await take(house, order, "verify", {"passed": True}, as_=a_coordinator(house))
    assert order["state"] == "closed"
    (closed,) = await house.told(WorkOrderClosed)
    assert (closed.kind, closed.outcome) == ("incident", "solved")
    steps = (await house.get(f"{ORDERS}/{order['id']}/steps", as_=a_coordinator(house))).json()
    assert [each["step"] for each in steps["results"]] == [
        "opened", "assigned", "do-part", "do-own", "do-part", "all-done", "verify",
    ]  # fmt: skip


async def test_a_timer_moves_an_incident_on_when_nobody_assigns_it(house):
    await in_force(house)
    order = await reported(house)
    house.clock.move(timedelta(hours=3))
    assert await sound_due_alarms(house.runtime) == 1
    seen = await house.get(f"{ORDERS}/{order['id']}", as_=a_coordinator(house))
    assert seen.json()["state"] == "escalated"


async def test_only_who_the_definition_names_begins_such_work_and_with_its_form(house):
    await in_force(house)
    body = {"process": "incident", "title": "树倒", "content": "树倒", "division": "445102"}
    lies = {**body, "form": {"severity": 3, "other": 1}}
    answer = await house.post(ORDERS, lies, as_=a_coordinator(house))
    assert answer.status_code == 422
    assert {each["pointer"] for each in answer.json()["errors"]} == {"/form/severity", "/form/"}
    good = {**body, "form": {"severity": "minor"}}
    far = house.staff("coordinator", division="445103")
    assert (await house.post(ORDERS, good, as_=far)).status_code == 403
    agent = house.staff("hotline_agent")
    assert (await house.post(ORDERS, good, as_=agent)).status_code == 403
    unknown = {**good, "process": "nothing-such"}
    assert (await house.post(ORDERS, unknown, as_=a_coordinator(house))).status_code == 404
    hotline = {**good, "process": "hotline"}
    assert (await house.post(ORDERS, hotline, as_=a_coordinator(house))).status_code == 403


async def test_two_who_take_the_same_step_at_once_take_it_once(house):
    await in_force(house)
    order = await reported(house)
    form = {"department": LEAD, "reason": "属地"}
    path, body = f"{ORDERS}/{order['id']}/steps", {"step": "assign", "form": form}
    answers = await asyncio.gather(
        *(house.post(path, body, as_=a_coordinator(house)) for _ in range(5))
    )
    assert sorted(each.status_code for each in answers)[0] == 201
    assert {each.status_code for each in answers} <= {201, 409, 412}
    assert sum(each.status_code == 201 for each in answers) == 1
    rows = await house.sql("SELECT step FROM work_order_steps WHERE step = 'assigned'")
    assert len(rows) == 1


async def test_who_drafted_a_definition_does_not_put_it_in_force(house):
    author = house.staff("system_admin")
    draft = await drafted(house, as_=author)
    answer = await post(house, draft, "activations", as_=author)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (403, "second-person")
    assert (await post(house, draft, "activations")).status_code == 201
    assert (await post(house, draft, "activations")).status_code == 409


async def test_activation_is_refused_with_every_finding_while_one_stands(house):
    bad = an_incident()
    bad["states"].append({"code": "lost", "name": "孤立"})
    bad["steps"][0]["by"] = []
    draft = await drafted(house, bad)
    found = (await post(house, draft, "checks", as_=house.staff("hotline_agent"))).json()
    assert not found["is_ready"]
    codes = {each["code"] for each in found["findings"]}
    assert {"unreachable-state", "no-owner", "no-deadline", "nobody-may"} <= codes
    answer = await post(house, draft, "activations")
    assert answer.status_code == 422
    assert {each["code"] for each in answer.json()["errors"]} == codes


async def test_a_failing_sample_case_keeps_a_definition_from_going_live(house):
    bad = an_incident()
    bad["cases"][0]["expects"]["round"] = 2
    draft = await drafted(house, bad)
    answer = await post(house, draft, "activations")
    assert [each["code"] for each in answer.json()["errors"]] == ["case-failed"]


async def test_a_newer_version_replaces_the_one_in_force_and_an_older_one_comes_back(house):
    first = await in_force(house)
    begun = await reported(house)
    second = await in_force(house, an_incident(name="城市事件（新）"))
    assert second["version"] == 2
    later = await reported(house)
    assert (begun["process_version"], later["process_version"]) == (1, 2)
    assert (await post(house, first, "reactivations")).status_code == 201
    assert (await reported(house))["process_version"] == 1
    who = house.staff("auditor")
    listed = await house.get(f"{DEFINITIONS}?code=incident&state=active", as_=who)
    assert [each["version"] for each in listed.json()["results"]] == [1]
    steps = (await house.get(f"{DEFINITIONS}/{first['id']}/steps", as_=who)).json()["results"]
    assert [each["step"] for each in steps] == ["drafted", "activated", "replaced", "reactivated"]
    exported = await house.get(f"{DEFINITIONS}/export?code=incident&format=jsonl", as_=who)
    assert [json.loads(line)["version"] for line in exported.text.splitlines()] == [1, 2]


async def test_what_people_begin_can_be_retired_and_what_the_service_begins_cannot(house):
    incident = await in_force(house)
    order = await reported(house)
    assert (await post(house, incident, "retirements")).status_code == 201
    body = {"process": "incident", "title": "树", "content": "树", "division": "445102"}
    gone = await house.post(
        ORDERS, {**body, "form": {"severity": "minor"}}, as_=a_coordinator(house)
    )
    assert gone.status_code == 404
    form = {"department": LEAD, "reason": "属地"}
    await take(house, order, "assign", form, as_=a_coordinator(house))
    who = house.staff("auditor")
    listed = await house.get(f"{DEFINITIONS}?code=hotline&state=active", as_=who)
    hotline = listed.json()["results"][0]
    assert (await post(house, hotline, "retirements")).status_code == 409


async def test_a_draft_is_changed_by_who_saw_its_newest_text(house):
    draft = await drafted(house)
    path = f"{DEFINITIONS}/{draft['id']}"
    body = {"definition": an_incident(name="改名"), "reason": "改名"}
    headers = {**house.headers(house.staff("system_admin"))}
    assert (await house.client.put(path, json=body, headers=headers)).status_code == 428
    first = await house.client.put(path, json=body, headers={**headers, "If-Match": '"1"'})
    assert (first.status_code, first.json()["name"]) == (200, "改名")
    late = await house.client.put(path, json=body, headers={**headers, "If-Match": '"1"'})
    assert late.status_code == 412
    other = {"definition": an_incident(code="other"), "reason": "改代码"}
    wrong = await house.client.put(path, json=other, headers={**headers, "If-Match": '"2"'})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"states": [{"code": f"s{n}", "name": "状态"} for n in range(20_000)]}, 413),
        ({"states": [{"code": f"s{n}", "name": "状态"} for n in range(300)]}, 422),
        ({"steps": [{"code": f"s{n}", "name": "步骤", "from": ["*"]} for n in range(600)]}, 422),
        ({"form": {"type": "object", "x": "字" * 600_000}}, 413),
        ({"states": "none"}, 422),
        ({"code": "Bad Code"}, 422),
        ({"nobody": "knows this"}, 422),
    ],
)
async def test_a_definition_beyond_its_limits_is_refused_clearly(house, changes, status):
    body = {"definition": an_incident(**changes), "reason": "试"}
    answer = await house.post(DEFINITIONS, body, as_=house.staff("system_admin"))
    assert answer.status_code == status, answer.text[:300]
    assert answer.json()["detail"]
    assert await house.sql("SELECT 1 FROM process_definitions WHERE code = 'incident'") == []


@pytest.mark.parametrize("levels", [30, 1_000, 100_000])
async def test_a_form_nested_without_end_is_refused_clearly(house, levels):
    form = '{"type":"object","properties":{"a":' * levels + "{}" + "}}" * levels
    head = json.dumps({"definition": an_incident(), "reason": "试"}, ensure_ascii=False)
    body = head.replace('"cases": [', f'"form": {form}, "cases": [', 1).encode()
    headers = {**house.headers(house.staff("system_admin")), "Content-Type": "application/json"}
    answer = await house.client.post(DEFINITIONS, content=body, headers=headers)
    assert answer.status_code in {400, 413, 422}, answer.text[:300]
    assert answer.json()["detail"]


async def test_sample_cases_are_tried_and_nothing_is_kept(house):
    draft = await drafted(house)
    agent = house.staff("hotline_agent")
    own = await post(house, draft, "simulations", {}, as_=agent)
    assert own.status_code == 200, own.text
    assert own.json()["passed"]
    case = {"name": "错", "steps": [{"step": "verify", "as": {"role": "coordinator"}}]}
    wrong = (await post(house, draft, "simulations", {"cases": [case]}, as_=agent)).json()
    assert not wrong["passed"]
    assert wrong["cases"][0]["refusal"]["code"] == "work-order-state"
    assert await house.sql("SELECT 1 FROM work_orders") == []


async def test_a_picture_shows_where_things_stand_within_reach(house):
    incident = await in_force(house)
    await reported(house)
    house.clock.move(timedelta(hours=1))
    path = f"{DEFINITIONS}/{incident['id']}/picture.svg"
    drawn = await house.get(f"{path}?now=true", as_=a_coordinator(house))
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "现有 1 件" in drawn.text
    far = house.staff("coordinator", division="445103")
    assert "现有 1 件" not in (await house.get(f"{path}?now=true", as_=far)).text
    assert (await house.get(f"{DEFINITIONS}/{uuid4()}/picture.svg", as_=far)).status_code == 404


async def test_a_fact_moves_work_on_by_the_step_that_its_definition_names(house):
    definition = an_incident()
    definition["steps"].append(
        {
            "code": "complained-of",
            "name": "差评转核查",
            "from": ["working"],
            "to": "checking",
            "trigger": "fact",
            "fact": "evaluation.rating.given.v1",
            "finds": {"field": "rated_id", "by": "id"},
            "fills": [{"field": "level", "reads": "level", "words": {"2": "不满意"}}],
            "happens_at": "given_at",
            "form": a_form(["level"], level={"type": "string", "maxLength": 20}),
            "effects": ["keep", "unsolved"],
            "limit": {"count": 1},
        }
    )
    await in_force(house, definition)
    order, other = await reported(house), await reported(house)
    form = {"department": LEAD, "reason": "属地"}
    for each in (order, other):
        await take(house, each, "assign", form, as_=a_coordinator(house))
    rating = bad_rating(house, rater_id=uuid4()).model_copy(update={"rated_id": UUID(order["id"])})
    await house.deliver(rating, times=2, division="445102", department=LEAD)
    rows = await house.sql(
        "SELECT state, facts FROM work_orders WHERE kind = 'incident' ORDER BY id"
    )
    assert [row["state"] for row in rows] == ["checking", "working"]
    assert json.loads(rows[0]["facts"])["level"] == "不满意"


async def test_where_open_work_stands_is_counted_on_its_own_index(house):
    """Ten closed ones for each open one, copied from a real row: only the open ones are looked at."""
    await in_force(house)
    await reported(house)
    names = await house.sql(COLUMNS)
    copied = ", ".join(row[0] for row in names)
    await house.sql(COPIES.format(columns=copied), 20_000, 400)
    await house.sql("ANALYZE work_orders")
    plan = await house.sql(PLAN)
    assert any("work_orders_standing" in row[0] for row in plan), [row[0] for row in plan]


COLUMNS = """
SELECT quote_ident(column_name) FROM information_schema.columns
WHERE table_name = 'work_orders' AND is_generated = 'NEVER' ORDER BY ordinal_position
"""
COPIES = """
INSERT INTO work_orders ({columns}) SELECT {columns} FROM (
    SELECT (jsonb_populate_record(one, jsonb_build_object(
        'id', gen_random_uuid(), 'number', 'N' || n,
        'waits_for', CASE WHEN n <= $2::int THEN 'coordinator' END,
        'state', CASE WHEN n <= $2::int THEN 'reported' ELSE 'closed' END
    ))).* FROM work_orders AS one, generate_series(1, $1::int) AS n
) AS copies
"""
PLAN = """
EXPLAIN SELECT state, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY entered_at)
FROM work_orders WHERE process = 'incident' AND process_version = 1 AND waits_for IS NOT NULL
GROUP BY state
"""
