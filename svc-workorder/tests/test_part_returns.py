"""A department's part of a joint order that comes back (协办退单): asked, ruled on, taken back, counted, told, late."""

import asyncio
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hotline_stories import (
    COUNTY_OTHER,
    DONE,
    WHY,
    a_coordinator,
    a_lead,
    an_agent,
    an_officer,
    history,
    rule_becomes,
    seen,
    sent,
    steps_of,
    take,
)
from process_stories import RULE_VALUES, definition_of, migration_of
from workorder_stories import DEPARTMENT, ORDERS, a_hotline_order

from chassis.ids import new_id
from chassis.working_days import WorkingDays
from contracts.events.workorder import (
    WorkOrderPartReturned,
    WorkOrderPartReturnOverstayed,
    WorkOrderPartReturnRuled,
    WorkOrderPartReturnWithdrawn,
    WorkOrderPartSent,
)
from contracts.registry import ALL_FACTS
from contracts.vocabulary import Role
from workorder.domain.clock import ClockRules
from workorder.domain.process.check import findings_of
from workorder.domain.process.definition import Case, Definition
from workorder.domain.process.picture import picture_of
from workorder.domain.process.simulator import simulate
from workorder.workers.deadlines import sound_due_alarms
from workorder.workers.notices import mirror, settle

THIRD = "11445102MB2X00077C"
NOT_OURS = {"reason": "该路段不归我单位管养", "suggested_department": THIRD}
FACTS = {fact.TYPE: set(fact.model_fields) for fact in ALL_FACTS}


async def joint(house, order=None, helpers=(COUNTY_OTHER,), **more):
    """An order on which these departments work beside the lead."""
    return await sent(house, order, co_departments=list(helpers), **more)


async def asked(house, order, department=COUNTY_OTHER, status=201, **more):
    body = {**NOT_OURS, **more}
    return await take(
        house, order, "part-returns", body, as_=an_officer(house, department), status=status
    )


async def ruled(house, order, granted, department=COUNTY_OTHER, *, as_=None, status=201, **more):
    body = {"co_department": department, "granted": granted, "reason": "已核实职责", **more}
    return await take(
        house, order, "part-return-rulings", body, as_=as_ or an_agent(house), status=status
    )


async def parts(house, order, as_=None):
    answer = await house.get(f"{ORDERS}/{order['id']}/tasks", as_=as_ or an_agent(house))
    return {
        each["department"]: each
        for each in answer.json()["results"]
        if each["state"] != "cancelled"
    }


async def returns(house, query="", as_=None):
    answer = await house.get(f"/workorder/v1/returns{query}", as_=as_ or a_lead(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def counts(house):
    answer = await house.get("/workorder/v1/returns/counts", as_=a_lead(house))
    return {each["department"]: each for each in answer.json()["results"]}


async def test_a_part_that_is_granted_back_is_not_owed_any_more_and_the_others_go_on(house):
    order = await joint(house)
    before = await asked(house, order)
    assert (before["state"], before["due_on"]) == ("dispatched", order["due_on"])
    after = await ruled(house, order, True)
    assert (after["state"], after["department"], after["co_departments"]) == (
        "dispatched",
        DEPARTMENT,
        [],
    )
    assert (await parts(house, order))[COUNTY_OTHER]["state"] == "returned"
    done = await take(house, order, "replies", DONE, as_=an_officer(house))
    assert done["state"] == "replied"
    assert (await parts(house, order))[DEPARTMENT]["state"] == "done"


async def test_whoever_has_it_no_more_does_not_see_the_order_and_keeps_their_return(house):
    order = await joint(house)
    await asked(house, order)
    await ruled(house, order, True)
    helper = an_officer(house, COUNTY_OTHER)
    assert (await house.get(f"{ORDERS}/{order['id']}", as_=helper)).status_code == 404
    [own] = await returns(house, as_=helper)
    assert (own["number"], own["is_granted"], own["ruling"]) == (
        order["number"],
        True,
        "已核实职责",
    )
    assert own["task_id"] is not None
    assert own["suggested_department"] == THIRD


async def test_another_department_is_put_in_its_place_in_the_same_ruling_and_told(house):
    order = await joint(house)
    await asked(house, order)
    after = await ruled(house, order, True, replacement=THIRD)
    assert after["co_departments"] == [THIRD]
    found = await parts(house, order)
    assert (found[THIRD]["state"], found[THIRD]["due_on"]) == ("delivered", order["due_on"])
    assert found[COUNTY_OTHER]["state"] == "returned"
    [fact] = await house.told(WorkOrderPartSent)
    assert (fact.lead_department, str(fact.due_on)) == (DEPARTMENT, order["due_on"])
    problem = await take(house, order, "replies", DONE, as_=an_officer(house), status=409)
    assert "协办单位未办结" in problem["detail"]
    third = an_officer(house, THIRD)
    assert (await seen(house, order, third))["id"] == order["id"]
    await take(house, order, "task-replies", {"text": "已修好"}, as_=third)
    await take(house, order, "replies", DONE, as_=an_officer(house))


async def test_a_replacement_with_a_system_of_its_own_has_its_part_with_the_receipt(house):
    await house.sql(
        "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, "
        "state, trouble, verified_at, created_at, version) VALUES (gen_random_uuid(), $1, '平台', '', '', '{}', "
        "true, 'active', '', now(), now(), 1)",
        THIRD,
    )
    order = await joint(house)
    await asked(house, order)
    after = await ruled(house, order, True, replacement=THIRD)
    assert after["state"] == "dispatched"
    assert (await parts(house, order))[THIRD]["state"] == "sent"
    await house.sql("UPDATE delivery_endpoints SET state = 'off'")
    await settle(house.runtime)
    assert (await parts(house, order))[THIRD]["state"] == "delivered"


async def test_a_denied_part_cannot_come_back_and_not_after_a_new_dispatch_either(house):
    order = await joint(house)
    await asked(house, order)
    await ruled(house, order, False)
    problem = await asked(house, order, status=409)
    assert "不得再次退单" in problem["detail"]
    assert (await parts(house, order))[COUNTY_OTHER]["is_return_denied"]
    await take(house, order, "returns", WHY, as_=an_officer(house))
    await take(house, order, "return-rulings", {"granted": True, **WHY}, as_=a_lead(house))
    await joint(house, order)
    assert (await asked(house, order, status=409))["type"] == "/problems/step-refused"


async def test_while_a_return_is_open_the_clock_runs_on_and_the_lead_sees_it(house):
    order = await joint(house)
    await asked(house, order)
    found = await parts(house, order, an_officer(house))
    assert found[COUNTY_OTHER]["return_asked_at"] is not None
    assert found[COUNTY_OTHER]["due_on"] == order["due_on"]
    problem = await take(house, order, "replies", DONE, as_=an_officer(house), status=409)
    assert "协办单位未办结" in problem["detail"]
    assert ("part-return-requested", NOT_OURS["reason"]) in await history(
        house, order, an_officer(house)
    )


async def test_the_caller_does_not_see_how_departments_pass_parts_on(house):
    wang = house.person("citizen")
    order = await joint(house, await a_hotline_order(house, wang))
    await asked(house, order)
    await ruled(house, order, True, replacement=THIRD)
    assert steps_of(await history(house, order, wang)) == ["opened", "dispatched"]
    assert steps_of(await history(house, order))[-2:] == [
        "part-return-requested",
        "part-return-ruled",
    ]


async def test_a_return_is_taken_back_before_the_ruling_and_can_be_asked_again(house):
    order = await joint(house)
    await asked(house, order)
    helper = an_officer(house, COUNTY_OTHER)
    await take(house, order, "part-return-withdrawals", WHY, as_=helper)
    assert (await parts(house, order))[COUNTY_OTHER]["return_asked_at"] is None
    await ruled(house, order, True, status=409)
    await take(house, order, "part-return-withdrawals", as_=helper, status=409)
    assert len(await house.told(WorkOrderPartReturnWithdrawn)) == 1
    assert (await counts(house))[COUNTY_OTHER]["withdrawn"] == 1
    await asked(house, order)
    await ruled(house, order, True)
    mine = (await counts(house))[COUNTY_OTHER]
    assert (mine["asked"], mine["granted"], mine["withdrawn"], mine["of_parts"]) == (2, 1, 1, 2)


async def test_the_lead_returns_the_whole_and_not_its_part(house):
    order = await joint(house)
    problem = await asked(house, order, DEPARTMENT, status=403)
    assert problem["type"] == "/problems/not-your-step"


async def test_a_part_that_is_done_is_not_returned(house):
    order = await joint(house)
    helper = an_officer(house, COUNTY_OTHER)
    await take(house, order, "task-replies", {"text": "已清运"}, as_=helper)
    problem = await asked(house, order, status=403)
    assert "已办结" in problem["detail"]


async def test_a_part_is_not_returned_after_its_days(house):
    order = await joint(house)
    house.clock.move(timedelta(days=3))
    problem = await asked(house, order, status=409)
    assert "退单期限" in problem["detail"]


async def test_who_does_its_part_after_all_leaves_nothing_to_rule_on(house):
    order = await joint(house)
    await asked(house, order)
    helper = an_officer(house, COUNTY_OTHER)
    await take(house, order, "task-replies", {"text": "已清运"}, as_=helper)
    await ruled(house, order, True, status=409)
    assert await returns(house, "?open=true") == []
    await take(house, order, "replies", DONE, as_=an_officer(house))


async def test_when_the_order_moves_off_its_open_returns_end_unruled_whoever_moved_it(house):
    wang = house.person("citizen")
    order = await joint(house, await a_hotline_order(house, wang))
    await asked(house, order)
    await take(house, order, "cancellations", {"reason": "已自行解决"}, as_=wang)
    [ended] = await returns(house)
    assert (ended["is_granted"], ended["withdrawn_at"] is not None) == (None, True)
    assert await returns(house, "?open=true") == []
    house.clock.move(timedelta(days=30))
    await sound_due_alarms(house.runtime)
    assert await house.told(WorkOrderPartReturnOverstayed) == []


async def test_a_whole_return_that_is_granted_ends_the_returns_of_its_parts(house):
    order = await joint(house)
    await asked(house, order)
    await take(house, order, "returns", WHY, as_=an_officer(house))
    body = {"granted": True, **WHY}
    back = await take(house, order, "return-rulings", body, as_=a_lead(house))
    assert back["state"] == "opened"
    by = {each["department"]: each for each in await returns(house)}
    assert by[DEPARTMENT]["is_granted"] is True
    assert (by[COUNTY_OTHER]["is_granted"], by[COUNTY_OTHER]["withdrawn_at"] is not None) == (
        None,
        True,
    )
    rulings = await house.sql("SELECT department, is_owner FROM responsibility_rulings")
    assert [(each["department"], each["is_owner"]) for each in rulings] == [(DEPARTMENT, False)]


async def test_returns_of_parts_are_no_bounces_of_the_order(house):
    order = await joint(house, helpers=[COUNTY_OTHER, THIRD])
    for department in (COUNTY_OTHER, THIRD):
        await asked(house, order, department)
        await ruled(house, order, True, department)
    whole = await take(house, order, "returns", WHY, as_=an_officer(house))
    assert whole["state"] == "return-requested"
    counted = await counts(house)
    assert {name: (each["asked"], each["of_parts"]) for name, each in counted.items()} == {
        COUNTY_OTHER: (1, 1),
        THIRD: (1, 1),
        DEPARTMENT: (1, 0),
    }
    assert len(await returns(house, "?of_part=true")) == 2
    assert len(await returns(house, "?of_part=false")) == 1


async def test_two_officers_who_return_one_part_at_once_make_one_return(house):
    order = await joint(house)
    path = f"{ORDERS}/{order['id']}/part-returns"
    answers = await asyncio.gather(
        *(house.post(path, NOT_OURS, as_=an_officer(house, COUNTY_OTHER)) for _ in range(2))
    )
    assert sorted(each.status_code for each in answers) in ([201, 409], [201, 412])
    assert len(await returns(house)) == 1


async def test_two_rulings_at_once_are_one(house):
    order = await joint(house)
    await asked(house, order)
    path = f"{ORDERS}/{order['id']}/part-return-rulings"
    body = {"co_department": COUNTY_OTHER, "reason": "裁定"}
    answers = await asyncio.gather(
        house.post(path, {**body, "granted": True}, as_=an_agent(house)),
        house.post(path, {**body, "granted": False}, as_=a_lead(house)),
    )
    assert sorted(each.status_code for each in answers) in ([201, 409], [201, 412])
    assert len(await house.told(WorkOrderPartReturnRuled)) == 1


async def test_each_department_returns_its_own_part_and_each_is_ruled_on_alone(house):
    order = await joint(house, helpers=[COUNTY_OTHER, THIRD])
    await asked(house, order)
    await asked(house, order, THIRD)
    await ruled(house, order, False)
    after = await ruled(house, order, True, THIRD)
    assert after["co_departments"] == [COUNTY_OTHER]
    by = {each["department"]: each["is_granted"] for each in await returns(house)}
    assert by == {COUNTY_OTHER: False, THIRD: True}


async def test_a_coordinator_rules_within_their_division_and_no_other_does(house):
    order = await joint(house)
    await asked(house, order)
    far = house.staff("coordinator", division="445103")
    await ruled(house, order, True, as_=far, status=404)
    await ruled(house, order, True, as_=an_officer(house), status=403)
    await ruled(house, order, True, as_=a_coordinator(house))


@pytest.mark.parametrize("taken", [DEPARTMENT, COUNTY_OTHER, THIRD])
async def test_nobody_who_works_on_it_already_is_put_in_the_place(house, taken):
    order = await joint(house, helpers=[COUNTY_OTHER, THIRD])
    await asked(house, order)
    problem = await ruled(house, order, True, replacement=taken, status=409)
    assert problem["type"] == "/problems/part-taken"
    assert (await parts(house, order))[COUNTY_OTHER]["return_asked_at"] is not None


async def test_a_denial_puts_nobody_in_the_place(house):
    order = await joint(house)
    await asked(house, order)
    problem = await ruled(house, order, False, replacement=THIRD, status=422)
    assert [each["pointer"] for each in problem["errors"]] == ["/form/replacement"]


async def test_a_return_rests_on_a_row_of_the_responsibility_list(house):
    duty = new_id()
    await house.sql(
        "INSERT INTO responsibilities (id, category, division, department, co_departments, basis, valid_from, "
        "changed_at, version) VALUES ($1, '市政', '', $2, '{}', '城市道路管理条例', '2026-01-01', now(), 1)",
        duty,
        THIRD,
    )
    order = await joint(house)
    problem = await asked(house, order, status=422, duty_id=str(new_id()))
    assert problem["type"] == "/problems/duty-unknown"
    await asked(house, order, duty_id=str(duty))
    [kept] = await returns(house)
    assert kept["duty_id"] == str(duty)
    await ruled(house, order, True)
    [ruling] = await house.sql("SELECT department, is_owner FROM responsibility_rulings")
    assert (ruling["department"], ruling["is_owner"]) == (COUNTY_OTHER, False)


async def test_what_happens_to_a_part_is_told_and_names_nobody_who_called(house):
    wang = house.person("citizen")
    order = await a_hotline_order(house, wang, type="report", contact_phone="13800138000")
    await joint(house, order)
    await asked(house, order, reason="来电人 13800138000 所说路段不归我单位")
    [kept] = await returns(house, as_=an_officer(house, COUNTY_OTHER))
    assert "13800138000" not in kept["reason"]
    await ruled(house, order, True, replacement=THIRD)
    [first] = await house.told(WorkOrderPartReturned)
    [second] = await house.told(WorkOrderPartReturnRuled)
    assert (first.co_department, first.waits_for) == (COUNTY_OTHER, "hotline")
    assert (second.granted, second.replacement) == (True, THIRD)
    [third] = await house.told(WorkOrderPartSent)
    for fact in (first, second, third):
        said = fact.model_dump_json()
        assert wang["sub"] not in said
        assert "路段" not in said
    shown = await seen(house, order, an_officer(house, THIRD))
    assert "13800138000" not in str(shown)


async def test_the_lead_is_told_of_a_return_and_who_asked_of_the_ruling(house):
    order = await joint(house)
    await asked(house, order)
    await ruled(house, order, False)
    rows = await house.sql(
        "SELECT kind, department, recipient, detail FROM notices ORDER BY position"
    )
    assert [(each["kind"], each["department"], each["detail"]) for each in rows] == [
        ("part-return-requested", DEPARTMENT, ""),
        ("part-return-ruled", COUNTY_OTHER, "denied"),
    ]


async def test_an_open_return_is_late_once_and_who_has_to_rule_is_told(house):
    order = await joint(house)
    await asked(house, order)
    [open_one] = await returns(house, "?open=true")
    assert open_one["waits_for"] == "hotline"
    late = datetime.fromisoformat(open_one["rule_by"])
    house.clock.move(late - house.clock.now() + timedelta(seconds=1))
    await sound_due_alarms(house.runtime)
    await sound_due_alarms(house.runtime)
    [fact] = await house.told(WorkOrderPartReturnOverstayed)
    assert (fact.co_department, fact.waits_for) == (COUNTY_OTHER, "hotline")
    told = await house.sql(
        "SELECT recipient FROM notices WHERE kind = 'part-return-overstayed'",
    )
    assert [each["recipient"] for each in told] == ["hotline"]
    assert ("ruling-late", "协办退单逾期未裁定") in await history(house, order)
    await ruled(house, order, True)


async def test_who_has_to_rule_has_a_to_do_until_it_is_ruled_on(house):
    await house.sql(
        "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, "
        "state, trouble, verified_at, created_at, version) VALUES (gen_random_uuid(), '', '平台', '', '', "
        "'{todos}', false, 'active', '', now(), now(), 1)"
    )
    order = await joint(house)
    await asked(house, order)

    async def open_to_dos():
        await mirror(house.runtime)
        rows = await house.sql(
            "SELECT work_kind, recipient FROM todos WHERE done_at IS NULL AND work_kind = 'part-return'"
        )
        return [(each["work_kind"], each["recipient"]) for each in rows]

    assert await open_to_dos() == [("part-return", "hotline")]
    await ruled(house, order, False)
    assert await open_to_dos() == []


async def test_a_months_sheet_and_the_share_of_returns_count_a_returned_part_once(house):
    order = await joint(house)
    await asked(house, order)
    await take(house, order, "part-return-withdrawals", as_=an_officer(house, COUNTY_OTHER))
    await asked(house, order)
    await ruled(house, order, True)
    other = await joint(house)
    await asked(house, other)
    await take(house, other, "part-return-withdrawals", as_=an_officer(house, COUNTY_OTHER))
    sheet = (await house.get("/workorder/v1/ledgers/2026-03", as_=a_lead(house))).json()
    by = {
        each["department"]: each["counts"]["returned"]
        for each in sheet["departments"]
        if each["counts"]["returned"]
    }
    assert by == {COUNTY_OTHER: 1}
    figure = await house.get(
        "/workorder/v1/indicators/hotline_return_share",
        as_=a_lead(house),
    )
    assert figure.json()["numerator"] == 1


async def test_the_limit_is_a_rule_and_counts_the_whole_order(house):
    await rule_becomes(house, "hotline-part-returns-max", 1)
    order = await joint(house, helpers=[COUNTY_OTHER, THIRD])
    await asked(house, order)
    problem = await asked(house, order, THIRD, status=409)
    assert problem["type"] == "/problems/step-limit"


async def test_possible_steps_show_a_ruling_only_while_there_is_one_to_make(house):
    order = await joint(house)

    async def codes(who):
        answer = await house.get(f"{ORDERS}/{order['id']}/possible-steps", as_=who)
        return {each["code"] for each in answer.json()["steps"]}

    helper = an_officer(house, COUNTY_OTHER)
    assert "request-part-return" in await codes(helper)
    assert "request-part-return" not in await codes(an_officer(house))
    assert "rule-on-part-return" not in await codes(an_agent(house))
    await asked(house, order)
    assert "rule-on-part-return" in await codes(an_agent(house))
    assert {"take-part-return-back", "request-part-return"} & await codes(helper) == {
        "take-part-return-back"
    }


async def test_work_that_began_on_the_first_version_stays_on_it(house):
    order = await a_hotline_order(house)
    assert order["process_version"] == 2
    await house.sql("UPDATE work_orders SET process_version = 1")
    await joint(house, order)
    problem = await asked(house, order, status=409)
    assert problem["type"] == "/problems/unknown-step"
    versions = await house.sql(
        "SELECT version, state FROM process_definitions WHERE code = 'hotline' ORDER BY version"
    )
    assert [(each["version"], each["state"]) for each in versions] == [
        (1, "retired"),
        (2, "active"),
    ]


async def test_no_step_on_a_part_is_without_a_row(house):
    order = await joint(house)
    await asked(house, order)
    await ruled(house, order, True, replacement=THIRD)
    rows = await house.sql(
        "SELECT o.version, (SELECT count(*) FROM work_order_steps s WHERE s.work_order_id = o.id) "
        "AS steps FROM work_orders o"
    )
    assert rows[0]["version"] == rows[0]["steps"]


MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
AGENT, OFFICER = {"role": "hotline_agent"}, {"role": "department_officer"}
HELPER = {"role": "department_officer", "department": COUNTY_OTHER}
SHARED = {
    "step": "dispatch",
    "as": AGENT,
    "form": {"department": DEPARTMENT, "co_departments": [COUNTY_OTHER], **WHY},
}
ASK = {"step": "request-part-return", "as": HELPER, "form": WHY}
GRANT = {
    "step": "rule-on-part-return",
    "as": AGENT,
    "form": {"co_department": COUNTY_OTHER, "granted": True, **WHY},
}
REPLY = {"step": "reply", "as": OFFICER, "form": DONE}


def tried(definition, *steps, **work):
    case = Case.model_validate(
        {"name": "协办退单", "work": {"type": "help", **work}, "steps": steps}
    )
    rules = ClockRules(calendar=WorkingDays())
    (result,) = simulate(definition, [case], at=MONDAY, clock_rules=rules, values=RULE_VALUES)
    return result


def test_the_second_version_of_the_hotline_has_no_finding():
    definition = definition_of("hotline", 2)
    values = dict.fromkeys(definition.rules, 1) | RULE_VALUES
    assert findings_of(definition, roles=set(Role), rules=values, facts=FACTS) == []


def test_the_simulator_takes_parts_back_and_tells_a_late_ruling():
    late = {**GRANT, "after": {"days": 5}}
    result = tried(definition_of("hotline", 2), SHARED, ASK, late, REPLY)
    assert result.passed, result.refusal
    assert result.ends_in == "replied"
    assert [each.told for each in result.path if each.step == "ruling-late"] == [
        ("part-return-overstayed",)
    ]


def test_the_simulator_delivers_a_replacement_that_has_a_system_of_its_own():
    grant = {**GRANT, "form": {**GRANT["form"], "replacement": THIRD}}
    part = {"step": "finish-task", "as": {**HELPER, "department": THIRD}, "form": {"text": "好"}}
    result = tried(
        definition_of("hotline", 2),
        SHARED,
        ASK,
        grant,
        {**REPLY, "refused": "step-refused"},
        {"delivered": [THIRD]},
        part,
        REPLY,
        remote=[THIRD],
    )
    assert result.passed, (result.refusal, result.failures)
    assert result.ends_in == "replied"


def waiting_for_parts():
    """The hotline, with a lead that replies first and a join that waits for the parts."""
    body = definition_of("hotline", 2).model_dump(mode="json", by_alias=True)
    reply = next(each for each in body["steps"] if each["code"] == "reply")
    reply["when"] = []
    reply["branches"] = [
        {"when": [{"read": "tasks.open", "at_least": 1}], "to": "waiting-parts"},
        {"to": "replied", "tells": ["replied"]},
    ]
    state = next(each for each in body["states"] if each["code"] == "processing")
    body["states"].append({**state, "code": "waiting-parts", "name": "待协办单位"})
    body["steps"].append(
        {
            "code": "all-parts-in",
            "name": "协办全部办结",
            "from": ["waiting-parts"],
            "to": "replied",
            "trigger": "join",
            "when": [{"read": "tasks.open", "below": 1}],
            "tells": ["replied"],
        }
    )
    return Definition.model_validate(body)


def test_the_last_part_that_is_granted_away_completes_a_join_that_the_lead_waits_in():
    result = tried(waiting_for_parts(), SHARED, ASK, REPLY, GRANT)
    assert result.passed, result.refusal
    assert result.ends_in == "replied"
    assert [each.by for each in result.path if each.step == "all-parts-in"] == ["join"]


def test_the_picture_says_who_rules_on_a_part_and_for_how_long_it_may_wait():
    drawn = picture_of(definition_of("hotline", 2), version=2, values=RULE_VALUES)
    words = " ".join(ElementTree.fromstring(drawn).itertext())
    assert "协办申请退单" in words
    assert "由热线裁定，最长等待 1 工作日" in words


def changed(code, **changes):
    body = definition_of("hotline", 2).model_dump(mode="json", by_alias=True)
    for step in body["steps"]:
        if step["code"] == code:
            step.update(changes)
    return Definition.model_validate(body)


@pytest.mark.parametrize(
    ("code", "changes", "finding"),
    [
        ("request-part-return", {"asks": None}, "no-deadline"),
        ("request-part-return", {"effects": [], "tells": []}, "asks-nothing"),
        ("rule-on-part-return", {"branches": [], "to": None}, "never-ruled-on"),
        ("request-part-return", {"by": [{"role": "department_officer"}]}, "part-of-nobody"),
        ("take-part-return-back", {"effects": []}, "told-too-early"),
        (
            "request-part-return",
            {"asks": {"owner": "hotline", "limit": {"rule": "hotline-waits", "key": "never"}}},
            "rule-without-number",
        ),
    ],
)
def test_a_definition_that_lets_returns_of_parts_hang_is_not_put_in_force(code, changes, finding):
    definition = changed(code, **changes)
    values = dict.fromkeys(definition.rules, 1) | RULE_VALUES
    found = findings_of(definition, roles=set(Role), rules=values, facts=FACTS)
    assert finding in {each.code for each in found}


async def test_a_city_with_a_version_of_its_own_keeps_it_and_gets_ours_as_a_draft(house):
    await house.sql(
        "UPDATE process_definitions SET version = 7 WHERE code = 'hotline' AND state = 'active'"
    )
    migration = migration_of("0014_parts_returned")
    body = definition_of("hotline", 2).model_dump(mode="json", by_alias=True)

    def put_in_force(connection):
        with Operations.context(MigrationContext.configure(connection)):
            migration._put_in_force(body, MONDAY)

    async with house.runtime.engine.begin() as connection:
        await connection.run_sync(put_in_force)
    versions = await house.sql(
        "SELECT version, state FROM process_definitions WHERE code = 'hotline' ORDER BY version"
    )
    assert [(each["version"], each["state"]) for each in versions] == [
        (1, "retired"),
        (7, "active"),
        (8, "draft"),
    ]
