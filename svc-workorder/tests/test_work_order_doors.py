from datetime import timedelta
from uuid import UUID

from workorder_stories import (
    DEPARTMENT,
    DIVISION,
    ORDERS,
    a_hotline_order,
    an_officer,
    bad_rating,
    dispatched,
    order_step,
    said_by,
)

from chassis.ids import is_readable_number, new_id
from contracts.events.workorder import (
    RectificationClosed,
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderOpened,
    WorkOrderReopened,
    WorkOrderReplied,
)

REPLY = {"outcome": "solved", "text": "已更换灯具，联系人电话 13900139000"}


async def test_a_call_travels_to_a_department_and_back(house):
    order = await a_hotline_order(house, contact_phone="13800138000")
    assert is_readable_number(order["number"])
    assert (order["state"], order["department"]) == ("opened", "")
    sent = await dispatched(house, order)
    assert (sent["state"], sent["due_on"]) == ("dispatched", "2026-03-09")
    replied = await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    assert replied["reply"] == "已更换灯具，联系人电话 139********"
    agent = house.staff("hotline_agent")
    again = await order_step(house, order, "visits", {"satisfied": False}, as_=agent)
    assert (again["state"], again["round"]) == ("reopened", 2)
    await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    closed = await order_step(house, order, "visits", {"satisfied": True}, as_=agent)
    assert (closed["state"], closed["outcome"], closed["on_time"]) == ("closed", "solved", True)
    for fact, count in (
        (WorkOrderOpened, 1),
        (WorkOrderDispatched, 1),
        (WorkOrderReplied, 2),
        (WorkOrderReopened, 1),
        (WorkOrderClosed, 1),
        (RectificationClosed, 0),
    ):
        assert len(await house.told(fact)) == count, fact
    steps = (await house.get(f"{ORDERS}/{order['id']}/steps", as_=agent)).json()["results"]
    assert [(each["step"], each["round"]) for each in steps] == [
        ("opened", 1),
        ("dispatched", 1),
        ("replied", 1),
        ("visited", 2),
        ("replied", 2),
        ("visited", 2),
    ]


async def test_a_consultation_is_answered_at_once(house):
    order = await a_hotline_order(house, type="consultation")
    body = {"outcome": "explained", "text": "周末照常办理"}
    closed = await order_step(house, order, "answers", body, as_=house.staff("hotline_agent"))
    assert closed["state"] == "closed"
    assert len(await house.told(WorkOrderClosed)) == 1


async def test_the_deadline_goes_by_the_type(house):
    order = await a_hotline_order(house, type="consultation")
    assert (await dispatched(house, order))["due_on"] == "2026-03-04"


async def test_a_hot_call_is_one_statement_and_not_even_a_begin(house):
    await a_hotline_order(house)
    said = await said_by(house, a_hotline_order(house, contact_phone="13800138000"))
    assert [line.split()[0] for line in said] == ["WITH"]


async def test_a_step_is_four_messages_to_the_database(house):
    for _ in range(2):
        order = await a_hotline_order(house)
        await dispatched(house, order)
        signing = order_step(house, order, "signatures", {}, as_=an_officer(house))
        said = await said_by(house, signing)
    assert [line.split()[0].strip(";") for line in said] == ["BEGIN", "SELECT", "WITH", "COMMIT"]


async def test_nobody_but_the_hotline_learns_how_to_reach_the_caller(house):
    said = "我的电话是 13800138000"
    order = await a_hotline_order(house, content=said, contact_phone="13800138000")
    await dispatched(house, order)
    officer, agent = an_officer(house), house.staff("hotline_agent")
    for who in (officer, agent):
        seen = await house.get(f"{ORDERS}/{order['id']}", as_=who)
        assert "13800138000" not in seen.text
    books = await house.sql(
        "SELECT o.*, w.words::text, c.contact_encrypted FROM work_orders o "
        "JOIN work_order_words w ON w.work_order_id = o.id "
        "JOIN work_order_callers c ON c.work_order_id = o.id"
    )
    assert "13800138000" not in str([dict(row) for row in books])
    messages = await house.sql("SELECT message FROM outbox")
    assert not any(b"13800138000" in row["message"] for row in messages)
    noun, body = "contact-disclosures", {"purpose": "回访"}
    await order_step(house, order, noun, body, as_=officer, status=403)
    shown = await order_step(house, order, noun, body, as_=agent)
    assert shown == {"contact_phone": "13800138000"}
    steps = (await house.get(f"{ORDERS}/{order['id']}/steps", as_=agent)).json()["results"]
    assert (steps[-1]["step"], steps[-1]["reason"]) == ("contact-disclosed", "回访")


async def test_a_report_is_confidential_unasked(house):
    assert (await a_hotline_order(house, type="report"))["is_confidential"]


async def test_a_citizen_follows_and_judges_their_own_order(house):
    wang = house.person("citizen")
    order = await a_hotline_order(house, wang)
    await dispatched(house, order)
    await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    body = {"satisfied": True}
    await order_step(house, order, "visits", body, as_=house.person("citizen"), status=404)
    closed = await order_step(house, order, "visits", body, as_=wang)
    assert closed["state"] == "closed"


async def test_orders_are_found_by_what_was_said_and_by_number(house):
    lamp = await a_hotline_order(house)
    await a_hotline_order(house, title="噪音扰民", content="深夜施工")
    agent = house.staff("hotline_agent")

    async def found(query):
        page = await house.get(ORDERS, as_=agent, params=query)
        assert page.status_code == 200, page.text
        return [each["id"] for each in page.json()["results"]]

    assert await found({"q": "路口的灯"}) == [lamp["id"]]
    assert await found({"q": lamp["number"].lower()}) == [lamp["id"]]
    assert await found({"q": "没有这句"}) == []
    assert len(await found({"kind": "hotline", "state": "opened"})) == 2
    short = await house.get(ORDERS, as_=agent, params={"q": "灯"})
    assert (short.status_code, short.json()["type"]) == (422, "/problems/query-too-short")


async def test_the_search_stays_within_reach(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    inside = await house.get(ORDERS, as_=an_officer(house), params={"q": "路灯"})
    outside = await house.get(ORDERS, as_=an_officer(house, "OTHER"), params={"q": "路灯"})
    assert [len(page.json()["results"]) for page in (inside, outside)] == [1, 0]


async def test_a_coordinator_dispatches_within_their_division_only(house):
    order = await a_hotline_order(house, division=DIVISION)
    coordinator = house.staff("coordinator", division=DIVISION)
    body = {"department": DEPARTMENT, "division": "445103", "reason": "转办"}
    problem = await order_step(house, order, "dispatches", body, as_=coordinator, status=403)
    assert problem["type"] == "/problems/outside-reach"
    body["division"] = DIVISION
    await order_step(house, order, "dispatches", body, as_=coordinator)


async def test_a_bad_rating_is_rectified_visited_and_closed(house):
    wang = house.person("citizen")
    fact = bad_rating(house, rater_id=UUID(wang["sub"]), application_id=new_id())
    await house.deliver(fact, times=2, division=DIVISION, department=DEPARTMENT)
    [opened] = await house.told(WorkOrderOpened)
    assert (opened.rating_id, str(opened.due_on)) == (fact.rating_id, "2026-03-09")
    page = await house.get(f"{ORDERS}?kind=rectification", as_=an_officer(house))
    [order] = page.json()["results"]
    assert (order["state"], order["department"]) == ("dispatched", DEPARTMENT)
    await order_step(house, order, "replies", REPLY, as_=an_officer(house))
    closed = await order_step(house, order, "visits", {"satisfied": True}, as_=wang)
    assert closed["state"] == "closed"
    [rectified] = await house.told(RectificationClosed)
    assert (rectified.rating_id, rectified.visited, rectified.satisfied, rectified.on_time) == (
        fact.rating_id,
        True,
        True,
        True,
    )


async def test_the_rates_leave_out_what_is_not_due_yet(house):
    done, open_ = await a_hotline_order(house), await a_hotline_order(house)
    await a_hotline_order(house)
    for order in (done, open_):
        await dispatched(house, order)
    await order_step(house, done, "replies", REPLY, as_=an_officer(house))
    await order_step(house, done, "visits", {"satisfied": True}, as_=house.staff("hotline_agent"))

    async def figure(code):
        return (await house.get(f"/workorder/v1/indicators/{code}")).json()

    assert (await figure("hotline_orders"))["value"] == 3
    assert (await figure("hotline_dispatched"))["value"] == 2
    assert (await figure("hotline_completion_rate"))["value"] == 1.0
    house.clock.move(timedelta(days=10))
    later = await figure("hotline_completion_rate")
    assert (later["value"], later["numerator"], later["denominator"]) == (0.5, 1, 2)
