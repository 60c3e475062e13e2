"""Every step of the hotline through its doors: each promise of users.md and domain.md 3 that is the hotline's."""

from datetime import timedelta

import pytest
from hotline_stories import (
    CITY_DEPARTMENT,
    COUNTY_OTHER,
    DONE,
    WHY,
    a_coordinator,
    a_head,
    a_lead,
    an_agent,
    an_officer,
    closed,
    history,
    replied,
    rule_becomes,
    seen,
    sent,
    steps_of,
    take,
)
from workorder_stories import DEPARTMENT, DIVISION, ORDERS, a_hotline_order

from contracts.events.workorder import (
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderEmergencyRaised,
    WorkOrderExtended,
    WorkOrderReopened,
    WorkOrderReturned,
    WorkOrderSupervised,
    WorkOrderUrged,
)


async def ruled(house, order, granted, status=201):
    body = {"granted": granted, **WHY}
    return await take(house, order, "return-rulings", body, as_=a_lead(house), status=status)


async def test_a_granted_return_goes_back_to_be_dispatched_anew(house):
    order = await sent(house)
    await take(house, order, "returns", WHY, as_=an_officer(house))
    back = await ruled(house, order, True)
    assert (back["state"], back["department"], back["due_on"]) == ("opened", "", None)
    again = await sent(house, order, COUNTY_OTHER)
    assert (again["state"], again["department"]) == ("dispatched", COUNTY_OTHER)
    assert len(await house.told(WorkOrderReturned)) == 1


async def test_a_denied_return_cannot_come_back(house):
    order = await sent(house)
    await take(house, order, "returns", WHY, as_=an_officer(house))
    denied = await ruled(house, order, False)
    assert (denied["state"], denied["is_return_denied"]) == ("processing", True)
    problem = await take(house, order, "returns", WHY, as_=an_officer(house), status=409)
    assert "不得再次退单" in problem["detail"]


async def test_returns_are_counted_by_department_wherever_the_order_is_now(house):
    order = await sent(house)
    await take(house, order, "returns", WHY, as_=an_officer(house))
    await ruled(house, order, True)
    await sent(house, order, COUNTY_OTHER)
    await take(house, order, "returns", WHY, as_=an_officer(house, COUNTY_OTHER))
    await ruled(house, order, False)
    counts = await house.get("/workorder/v1/returns/counts", as_=a_lead(house))
    assert {
        (each["department"], each["granted"], each["denied"]) for each in counts.json()["results"]
    } == {
        (DEPARTMENT, 1, 0),
        (COUNTY_OTHER, 0, 1),
    }
    own = (await house.get("/workorder/v1/returns", as_=an_officer(house))).json()["results"]
    assert [(each["number"], each["is_granted"]) for each in own] == [(order["number"], True)]
    exported = await house.get("/workorder/v1/returns/export?format=csv", as_=a_lead(house))
    assert exported.text.count(order["number"]) == 2


async def test_after_some_bounces_the_coordinator_decides_and_it_stays(house):
    order = await a_hotline_order(house)
    for department in (DEPARTMENT, COUNTY_OTHER):
        await sent(house, order, department)
        await take(house, order, "returns", WHY, as_=an_officer(house, department))
        await ruled(house, order, True)
    await sent(house, order)
    disputed = await take(house, order, "returns", WHY, as_=an_officer(house))
    assert (disputed["state"], disputed["waits_for"]) == ("disputed", "coordinator")
    await ruled(house, order, True, status=409)
    body = {"department": COUNTY_OTHER, "division": DIVISION, **WHY}
    decided = await take(house, order, "owner-decisions", body, as_=a_coordinator(house))
    assert (decided["state"], decided["department"]) == ("dispatched", COUNTY_OTHER)
    await take(house, order, "returns", WHY, as_=an_officer(house, COUNTY_OTHER), status=409)
    returns = await house.get(f"{ORDERS}/{order['id']}/returns", as_=a_lead(house))
    assert [each["decided_department"] for each in returns.json()["results"]] == [
        "",
        "",
        COUNTY_OTHER,
    ]


async def test_a_return_after_its_days_is_refused(house):
    order = await sent(house)
    house.clock.move(timedelta(days=3))
    problem = await take(house, order, "returns", WHY, as_=an_officer(house), status=409)
    assert "退单期限" in problem["detail"]


async def test_an_extension_is_granted_once_before_the_due_date_and_told_to_the_caller(house):
    wang = house.person("citizen")
    order = await sent(house, await a_hotline_order(house, wang))
    await take(house, order, "signatures", as_=an_officer(house))
    await take(house, order, "extensions", {"days": 3, **WHY}, as_=an_officer(house))
    body = {"granted": True, "reason": "需现场勘查"}
    longer = await take(house, order, "extension-rulings", body, as_=a_lead(house))
    assert (order["due_on"], longer["due_on"]) == ("2026-03-09", "2026-03-12")
    [fact] = await house.told(WorkOrderExtended)
    assert str(fact.due_on) == "2026-03-12"
    assert ("extension-ruled", "需现场勘查") in await history(house, order, wang)
    problem = await take(
        house, order, "extensions", {"days": 1, **WHY}, as_=an_officer(house), status=409
    )
    assert problem["type"] == "/problems/step-limit"


async def test_no_extension_is_longer_than_the_limit_nor_after_it_nor_by_the_hour(house):
    order = await sent(house)
    officer = an_officer(house)
    problem = await take(house, order, "extensions", {"days": 6, **WHY}, as_=officer, status=409)
    assert "不能超过原办理期限" in problem["detail"]
    urgent = await sent(house, await a_hotline_order(house, urgency="urgent"))
    problem = await take(house, urgent, "extensions", {"days": 1, **WHY}, as_=officer, status=409)
    assert "按小时计时" in problem["detail"]
    house.clock.move(timedelta(days=10))
    problem = await take(house, order, "extensions", {"days": 1, **WHY}, as_=officer, status=409)
    assert "超过办理期限" in problem["detail"]


async def test_urging_and_supervising_are_on_record_and_told(house):
    wang = house.person("citizen")
    order = await sent(house, await a_hotline_order(house, wang))
    await take(house, order, "urges", {"reason": "还没人来"}, as_=wang)
    watched = await take(house, order, "supervisions", WHY, as_=a_coordinator(house))
    assert watched["is_supervised"]
    assert len(await house.told(WorkOrderUrged)) == 1
    assert len(await house.told(WorkOrderSupervised)) == 1
    freed = await take(house, order, "supervision-ends", WHY, as_=a_coordinator(house))
    assert not freed["is_supervised"]
    assert ("urged", "还没人来") in await history(house, order)


async def test_a_joint_order_is_replied_to_when_every_part_is_done(house):
    order = await sent(house, co_departments=[COUNTY_OTHER])
    assert (order["state"], order["co_departments"]) == ("dispatched", [COUNTY_OTHER])
    problem = await take(house, order, "replies", DONE, as_=an_officer(house), status=409)
    assert "协办单位未办结" in problem["detail"]
    helper = an_officer(house, COUNTY_OTHER)
    await take(house, order, "task-signatures", as_=helper)
    await take(house, order, "task-replies", {"text": "已清运"}, as_=helper)
    await take(house, order, "replies", DONE, as_=an_officer(house))
    parts = (await house.get(f"{ORDERS}/{order['id']}/tasks", as_=an_agent(house))).json()
    assert [(each["department"], each["state"], each["reply"]) for each in parts["results"]] == [
        (DEPARTMENT, "done", ""),
        (COUNTY_OTHER, "done", "已清运"),
    ]


async def test_a_joint_order_sent_again_to_the_same_departments_has_one_part_for_each(house):
    order = await sent(house, co_departments=[COUNTY_OTHER])
    await take(house, order, "returns", WHY, as_=an_officer(house))
    await ruled(house, order, True)
    again = await sent(house, order, co_departments=[COUNTY_OTHER])
    assert again["co_departments"] == [COUNTY_OTHER]
    helper = an_officer(house, COUNTY_OTHER)
    await take(house, order, "task-replies", {"text": "已清运"}, as_=helper)
    done = await take(house, order, "replies", DONE, as_=an_officer(house))
    assert done["state"] == "replied"


async def test_a_city_department_leads_where_its_duty_overlaps_with_a_countys(house):
    order = await sent(house, co_departments=[CITY_DEPARTMENT])
    assert (order["department"], order["co_departments"]) == (CITY_DEPARTMENT, [DEPARTMENT])
    parts = (await house.get(f"{ORDERS}/{order['id']}/tasks", as_=an_agent(house))).json()
    assert [(each["department"], each["is_lead"]) for each in parts["results"]] == [
        (CITY_DEPARTMENT, True),
        (DEPARTMENT, False),
    ]


async def test_a_hand_over_keeps_its_remark(house):
    order = await sent(house)
    body = {"assignee": "colleague-7", "reason": "当事人只在晚上接电话"}
    handed = await take(house, order, "hand-overs", body, as_=an_officer(house))
    assert handed["assignee"] == "colleague-7"
    assert ("handed-over", "当事人只在晚上接电话") in await history(house, order, an_officer(house))


async def test_steps_within_the_office_are_not_in_the_callers_history(house):
    wang = house.person("citizen")
    order = await sent(house, await a_hotline_order(house, wang))
    body = {"assignee": "colleague-7", **WHY}
    await take(house, order, "hand-overs", body, as_=an_officer(house))
    assert steps_of(await history(house, order, wang)) == ["opened", "dispatched"]
    assert "handed-over" in steps_of(await history(house, order))


async def test_a_reply_that_does_not_pass_goes_back_with_the_reason(house):
    order = await replied(house)
    body = {"passed": False, "reason": "未答复第二问"}
    back = await take(house, order, "reviews", body, as_=an_agent(house))
    assert (back["state"], back["waits_for"]) == ("processing", "department")
    assert ("reviewed", "未答复第二问") in await history(house, order, an_officer(house))
    await take(house, order, "replies", DONE, as_=an_officer(house))
    passed = await take(house, order, "reviews", {"passed": True}, as_=an_agent(house))
    assert passed["state"] == "reviewed"


async def test_where_the_rule_says_so_the_head_approves_the_reply_first(house):
    await rule_becomes(house, "hotline-approval-from-round", 1)
    order = await replied(house)
    assert (order["state"], order["waits_for"]) == ("approving", "head")
    await take(house, order, "approvals", {"passed": True}, as_=an_officer(house), status=403)
    await take(house, order, "approvals", {"passed": False, **WHY}, as_=a_head(house))
    await take(house, order, "replies", DONE, as_=an_officer(house))
    let_go = await take(house, order, "approvals", {"passed": True}, as_=a_head(house))
    assert (let_go["state"], let_go["waits_for"]) == ("replied", "hotline")


async def test_not_satisfied_goes_round_again_with_a_new_clock_and_the_department_told(house):
    order = await replied(house)
    house.clock.move(timedelta(days=1))
    body = {"satisfied": False, "solved": False, "satisfaction": 2}
    again = await take(house, order, "visits", body, as_=an_agent(house))
    assert (again["state"], again["round"], again["waits_for"], again["due_on"]) == (
        "reopened",
        2,
        "department",
        "2026-03-10",
    )
    [fact] = await house.told(WorkOrderReopened)
    assert (fact.round, str(fact.due_on)) == (2, "2026-03-10")


async def test_not_satisfied_although_it_was_solved_ends_as_the_department_said(house):
    order = await replied(house)
    body = {"satisfied": False, "solved": True}
    await take(house, order, "visits", body, as_=an_agent(house))
    await take(house, order, "replies", DONE, as_=an_officer(house))
    ended = await take(house, order, "visits", body, as_=an_agent(house))
    assert (ended["state"], ended["outcome"], ended["satisfied"]) == ("closed", "solved", False)


async def test_one_sided_satisfaction_is_not_pursued_in_mediation_and_law_enforcement(house):
    order = await replied(house)
    body = {"ground": "law-enforcement", **WHY}
    marked = await take(house, order, "satisfaction-exclusions", body, as_=a_lead(house))
    assert marked["exclude_from_satisfaction"]
    ended = await take(house, order, "visits", {"satisfied": False}, as_=an_agent(house))
    assert (ended["state"], ended["round"]) == ("closed", 1)
    back = await take(
        house, order, "satisfaction-exclusions", {"ground": "none", **WHY}, as_=a_lead(house)
    )
    assert not back["exclude_from_satisfaction"]


async def test_reopened_is_a_step_on_record_a_new_clock_and_a_fact(house):
    wang = house.person("citizen")
    order = await closed(house, await a_hotline_order(house, wang))
    house.clock.move(timedelta(days=2))
    again = await take(house, order, "reopenings", {"reason": "又坏了"}, as_=wang)
    assert (again["state"], again["round"], again["waits_for"]) == ("reopened", 2, "department")
    assert again["closed_at"] is None
    assert again["due_on"] == "2026-03-11"
    assert (await history(house, order))[-1] == ("reopened", "又坏了")
    [fact] = await house.told(WorkOrderReopened)
    assert str(fact.work_order_id) == order["id"]
    waiting = await house.get(f"{ORDERS}?state=reopened", as_=an_officer(house))
    assert [each["id"] for each in waiting.json()["results"]] == [order["id"]]


async def test_an_order_closed_long_ago_is_raised_anew_and_not_reopened(house):
    order = await closed(house)
    house.clock.move(timedelta(days=31))
    problem = await take(house, order, "reopenings", WHY, as_=an_agent(house), status=409)
    assert "重新登记" in problem["detail"]


async def test_no_change_of_state_is_without_a_row(house):
    order = await closed(house)
    await take(house, order, "reopenings", WHY, as_=an_agent(house))
    rows = await house.sql(
        "SELECT o.version, (SELECT count(*) FROM work_order_steps s WHERE s.work_order_id = o.id) "
        "AS steps FROM work_orders o WHERE o.number = $1",
        order["number"],
    )
    assert rows[0]["version"] == rows[0]["steps"]


async def test_a_caller_who_cannot_be_reached_is_tried_so_often_and_it_closes_unvisited(house):
    order = await replied(house)
    for _ in range(2):
        tried = await take(house, order, "missed-visits", {"note": "无人接听"}, as_=an_agent(house))
        assert tried["state"] == "replied"
    ended = await take(house, order, "missed-visits", as_=an_agent(house))
    assert (ended["state"], ended["satisfied"], ended["outcome"]) == ("closed", None, "solved")


async def test_what_is_not_accepted_says_which_way_to_go(house):
    reasons = (await house.get("/workorder/v1/refusal-reasons")).json()["results"]
    told = next(each for each in reasons if each["code"] == "petition")
    wang = house.person("citizen")
    order = await a_hotline_order(house, wang)
    body = {"reason_code": "petition", "text": told["channel"]}
    ended = await take(house, order, "refusals", body, as_=an_agent(house))
    assert (ended["state"], ended["outcome"]) == ("not-accepted", "explained")
    assert (await seen(house, order, wang))["reply"] == told["channel"]


async def test_a_caller_takes_it_back_and_nobody_is_asked_to_rate(house):
    wang = house.person("citizen")
    order = await sent(house, await a_hotline_order(house, wang))
    ended = await take(house, order, "cancellations", {"reason": "已自行解决"}, as_=wang)
    assert (ended["state"], ended["waits_for"], ended["outcome"]) == (
        "cancelled",
        None,
        "withdrawn",
    )
    [fact] = await house.told(WorkOrderClosed)
    assert fact.outcome == "withdrawn"


@pytest.mark.parametrize(
    "outcome", ["solved", "partly-solved", "unsolved", "explained", "unfounded"]
)
async def test_closed_is_not_solved_and_the_outcome_says_which(house, outcome):
    order = await sent(house)
    body = {"outcome": outcome, "text": "答复"}
    await take(house, order, "replies", body, as_=an_officer(house))
    ended = await take(house, order, "visits", {"satisfied": True}, as_=an_agent(house))
    assert (ended["state"], ended["outcome"]) == ("closed", outcome)


async def test_the_caller_sees_the_promise_and_that_it_is_over(house):
    wang = house.person("citizen")
    order = await sent(house, await a_hotline_order(house, wang))
    assert (await seen(house, order, wang))["due_on"] == "2026-03-09"
    house.clock.move(timedelta(days=10))
    late = await house.get(f"{ORDERS}?overdue=true", as_=wang)
    assert [each["id"] for each in late.json()["results"]] == [order["id"]]


async def test_an_emergency_is_told_at_once_and_runs_by_the_hour(house):
    order = await a_hotline_order(house, urgency="emergency")
    [fact] = await house.told(WorkOrderEmergencyRaised)
    assert str(fact.work_order_id) == order["id"]
    gone = await sent(house, order)
    assert gone["due_at"].startswith("2026-03-02T04:00:00")


async def test_what_turns_into_an_emergency_starts_a_clock_of_hours(house):
    order = await sent(house)
    body = {"urgency": "emergency", "reason": "电线落地"}
    raised = await take(house, order, "urgency-changes", body, as_=an_agent(house))
    assert raised["due_at"].startswith("2026-03-02T04:00:00")
    assert len(await house.told(WorkOrderEmergencyRaised)) == 1
    body = {"urgency": "normal", "reason": "已断电"}
    back = await take(house, order, "urgency-changes", body, as_=an_agent(house))
    assert back["due_on"] == "2026-03-09"


async def test_emergencies_stand_first(house):
    await a_hotline_order(house)
    raised = await a_hotline_order(house, urgency="emergency")
    urgent = await a_hotline_order(house, urgency="urgent")
    await a_hotline_order(house)
    page = await house.get(f"{ORDERS}?sort=urgency&limit=2", as_=an_agent(house))
    assert [each["id"] for each in page.json()["results"]] == [raised["id"], urgent["id"]]
    following = await house.get(
        f"{ORDERS}?sort=urgency&limit=2&cursor={page.json()['next_cursor']}", as_=an_agent(house)
    )
    assert {each["urgency"] for each in following.json()["results"]} == {"normal"}


async def test_a_dispatch_is_told_once(house):
    await sent(house, co_departments=[COUNTY_OTHER])
    [fact] = await house.told(WorkOrderDispatched)
    assert fact.co_departments == (COUNTY_OTHER,)


async def test_a_joint_order_is_sent_only_when_every_department_has_it(house):
    await house.sql(
        "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, "
        "state, trouble, verified_at, created_at, version) VALUES (gen_random_uuid(), $1, '平台', '', '', '{}', "
        "true, 'active', '', now(), now(), 1)",
        COUNTY_OTHER,
    )
    order = await sent(house, co_departments=[COUNTY_OTHER])
    assert (order["state"], order["waits_for"]) == ("dispatching", "system")
    assert await house.told(WorkOrderDispatched) == []
    parts = (await house.get(f"{ORDERS}/{order['id']}/tasks", as_=an_agent(house))).json()
    assert {each["department"]: each["state"] for each in parts["results"]} == {
        DEPARTMENT: "delivered",
        COUNTY_OTHER: "sent",
    }
    await house.sql(
        "INSERT INTO todos (id, endpoint_id, work_kind, work_id, above_id, number, process, title, department, "
        "division, recipient, assignee, round, urgency, opened_at, version) SELECT gen_random_uuid(), e.id, 'part', "
        "t.id, t.work_order_id, '', 'hotline', '', t.department, '', 'department', '', 1, 'normal', now(), 1 "
        "FROM work_order_tasks t, delivery_endpoints e WHERE t.state = 'sent'"
    )
    await house.sql(
        "INSERT INTO notices (id, kind, todo_id, sequence, work_kind, above_id, number, process, title, department, "
        "division, recipient, assignee, urgency, detail, created_at, state, endpoint_id, tries, receipt, error) "
        "SELECT gen_random_uuid(), 'todo-created', id, 1, work_kind, above_id, '', 'hotline', '', department, '', "
        "'department', '', 'normal', '', now(), 'waiting', endpoint_id, 3, '', '对方返回 503' FROM todos"
    )
    parts = (await house.get(f"{ORDERS}/{order['id']}/tasks", as_=an_agent(house))).json()
    assert [(each["delivery_error"], each["delivery_tries"]) for each in parts["results"]] == [
        ("", 0),
        ("对方返回 503", 3),
    ]
    assert order["due_on"] == "2026-03-09"
