"""The staff's day: what waits for whom, by when; filters that are kept; one step for many orders."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from workorder_stories import (
    DEPARTMENT,
    DIVISION,
    a_hotline_order,
    an_officer,
    dispatched,
    order_step,
    publish,
    submitted,
)

from chassis.identity import Principal, Scope
from chassis.ids import new_id
from chassis.testing import eventually
from workorder.queries.staff_day import tasks_where
from workorder.schemas.staff_day import TaskFilter
from workorder.tables import work_orders

TASKS = "/workorder/v1/tasks"
FILTERS = "/workorder/v1/saved-filters"
OTHER = "11445102MB2X00099X"


async def tasks(house, as_, query=""):
    answer = await house.get(f"{TASKS}{query}", as_=as_)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def numbers(house, as_, query=""):
    return [each["number"] for each in await tasks(house, as_, query)]


async def test_an_order_waits_for_the_hotline_then_for_the_department_then_for_the_hotline(house):
    agent, officer = house.staff("hotline_agent"), an_officer(house)
    order = await a_hotline_order(house)
    assert await numbers(house, agent) == [order["number"]]
    assert await numbers(house, officer) == []
    await dispatched(house, order)
    assert await numbers(house, agent) == []
    assert await numbers(house, officer) == [order["number"]]
    reply = {"outcome": "solved", "text": "已修好"}
    await order_step(house, order, "replies", reply, as_=officer)
    assert await numbers(house, officer) == []
    assert await numbers(house, agent) == [order["number"]]
    await order_step(house, order, "visits", {"satisfied": True}, as_=agent)
    assert await numbers(house, agent) == []


async def test_a_reopened_order_waits_for_the_department_again(house):
    agent, officer = house.staff("hotline_agent"), an_officer(house)
    order = await a_hotline_order(house)
    await dispatched(house, order)
    reply = {"outcome": "solved", "text": "已修好"}
    await order_step(house, order, "replies", reply, as_=officer)
    await order_step(house, order, "visits", {"satisfied": True}, as_=agent)
    await order_step(house, order, "reopenings", {"reason": "又坏了"}, as_=agent)
    [task] = await tasks(house, officer)
    assert (task["number"], task["state"], task["round"]) == (order["number"], "reopened", 2)


async def test_another_departments_work_is_not_on_the_desk(house):
    await dispatched(house, await a_hotline_order(house))
    assert await numbers(house, an_officer(house, OTHER)) == []


async def test_the_most_pressing_comes_first_and_what_is_over_is_said(house):
    officer = an_officer(house)
    slow = await a_hotline_order(house)
    await dispatched(house, slow)
    urgent = await a_hotline_order(house, urgency="emergency", title="井盖缺失")
    await dispatched(house, urgent)
    assert await numbers(house, officer) == [urgent["number"], slow["number"]]
    house.clock.move(timedelta(hours=3))
    [first, second] = await tasks(house, officer)
    assert (first["is_overdue"], second["is_overdue"]) == (True, False)
    assert await numbers(house, officer, "?due=overdue") == [urgent["number"]]
    assert await numbers(house, officer, "?urgency=emergency") == [urgent["number"]]


async def test_what_somebody_signed_for_is_theirs(house):
    officer, colleague = an_officer(house), an_officer(house)
    order = await a_hotline_order(house)
    await dispatched(house, order)
    await order_step(house, order, "signatures", {}, as_=officer)
    assert await numbers(house, officer, "?mine=true") == [order["number"]]
    assert await numbers(house, colleague, "?mine=true") == []
    assert await numbers(house, colleague) == [order["number"]]


async def test_the_counts_of_the_tabs_agree_with_the_lists(house):
    officer = an_officer(house)
    for _ in range(3):
        await dispatched(house, await a_hotline_order(house))
    emergency = await a_hotline_order(house, urgency="emergency")
    await dispatched(house, emergency)
    await order_step(house, emergency, "signatures", {}, as_=officer)
    counts = (await house.get(f"{TASKS}/counts", as_=officer)).json()
    assert counts["all"] == len(await tasks(house, officer)) == 4
    assert counts["mine"] == len(await tasks(house, officer, "?mine=true")) == 1
    assert counts["emergency"] == 1
    assert counts["overdue"] == 0


async def test_a_part_of_a_joint_order_is_on_the_desk_until_it_is_done(house):
    order = await a_hotline_order(house)
    body = {
        "department": DEPARTMENT,
        "co_departments": [OTHER],
        "division": DIVISION,
        "reason": "多部门",
    }
    await order_step(house, order, "dispatches", body, as_=house.staff("hotline_agent"))
    helper = an_officer(house, OTHER)
    [part] = (await house.get("/workorder/v1/task-parts", as_=helper)).json()["results"]
    assert (part["number"], part["lead_department"]) == (order["number"], DEPARTMENT)
    early = {"outcome": "solved", "text": "已修好"}
    refusal = await order_step(house, order, "replies", early, as_=an_officer(house), status=409)
    assert refusal["type"] == "/problems/step-refused"
    await order_step(house, order, "task-replies", {"text": "已清理"}, as_=helper)
    assert (await house.get("/workorder/v1/task-parts", as_=helper)).json()["results"] == []
    await order_step(house, order, "replies", early, as_=an_officer(house))


async def test_the_list_is_exported_as_it_stands(house):
    await dispatched(house, await a_hotline_order(house))
    answer = await house.get(f"{TASKS}/export?format=csv", as_=an_officer(house))
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert len(lines) == 2
    assert "编号" in lines[0]


async def test_a_filter_is_kept_used_shared_removed_and_put_back(house):
    head = house.staff("department_head", department=DEPARTMENT)
    officer = an_officer(house)
    body = {"name": "特急", "filter": {"urgency": "emergency"}, "is_shared": True}
    refusal = await house.post(FILTERS, body, as_=officer)
    assert (refusal.status_code, refusal.json()["type"]) == (403, "/problems/shared-by-head")
    kept = (await house.post(FILTERS, body, as_=head)).json()
    await dispatched(house, await a_hotline_order(house))
    urgent = await a_hotline_order(house, urgency="emergency")
    await dispatched(house, urgent)
    assert await numbers(house, officer, f"?filter={kept['id']}") == [urgent["number"]]
    [seen] = (await house.get(FILTERS, as_=officer)).json()["results"]
    assert (seen["name"], seen["is_mine"]) == ("特急", False)
    await house.post(f"{FILTERS}/{kept['id']}/removals", {}, as_=head)
    assert (await house.get(FILTERS, as_=officer)).json()["results"] == []
    await house.post(f"{FILTERS}/{kept['id']}/restorations", {}, as_=head)
    assert len((await house.get(FILTERS, as_=officer)).json()["results"]) == 1
    steps = (await house.get(f"{FILTERS}/{kept['id']}/steps", as_=head)).json()["results"]
    assert [each["step"] for each in steps] == ["saved", "removed", "restored"]


async def test_a_filter_that_the_list_does_not_know_is_refused(house):
    body = {"name": "x", "filter": {"colour": "red"}}
    answer = await house.post(FILTERS, body, as_=an_officer(house))
    assert answer.status_code == 422


async def bulk(house, body, as_):
    answer = await house.post("/workorder/v1/bulk-steps", body, as_=as_)
    assert answer.status_code == 202, answer.text
    job = f"/workorder/v1/jobs/{answer.json()['job_id']}"
    await house.run_jobs()

    async def ended():
        found = (await house.get(job, as_=as_)).json()
        return found if found["state"] in {"done", "failed"} else None

    found = await eventually(ended)
    rows = (await house.get(f"{job}/rows", as_=as_)).json()["results"]
    return found, rows


async def test_one_step_for_many_orders_says_which_were_refused_and_why(house):
    officer = an_officer(house)
    ready = [await a_hotline_order(house) for _ in range(3)]
    for order in ready:
        await dispatched(house, order)
    not_ours = await a_hotline_order(house)
    ids = [each["id"] for each in [*ready, not_ours]]
    job, rows = await bulk(house, {"ids": ids, "step": "sign"}, officer)
    assert (job["accepted"], job["refused"], job["total"]) == (3, 1, 4)
    [refused] = [row for row in rows if row["verdict"] == "refused"]
    assert refused["key"] == not_ours["id"]
    assert {each["state"] for each in await tasks(house, officer)} == {"processing"}


async def test_a_saved_filter_names_the_orders_of_a_bulk_step(house):
    officer = an_officer(house)
    urgent = await a_hotline_order(house, urgency="emergency")
    await dispatched(house, urgent)
    await dispatched(house, await a_hotline_order(house))
    body = {"name": "特急", "filter": {"urgency": "emergency"}}
    kept = (await house.post(FILTERS, body, as_=officer)).json()
    job, _ = await bulk(house, {"filter_id": kept["id"], "step": "sign"}, officer)
    assert (job["accepted"], job["total"]) == (1, 1)


async def test_only_what_a_bulk_step_refused_is_tried_again(house):
    officer = an_officer(house)
    ready, late = await a_hotline_order(house), await a_hotline_order(house)
    await dispatched(house, ready)
    body = {"ids": [ready["id"], late["id"]], "step": "sign"}
    answer = await house.post("/workorder/v1/bulk-steps", body, as_=officer)
    await house.run_jobs()
    await dispatched(house, late)
    again = {"retry_of": answer.json()["job_id"], "step": "sign"}
    stranger = await house.post("/workorder/v1/bulk-steps", again, as_=an_officer(house))
    assert stranger.status_code == 404
    job, rows = await bulk(house, again, officer)
    assert (job["accepted"], job["total"]) == (1, 1)
    assert rows[0]["key"] == late["number"]


async def test_what_is_written_in_a_bulk_step_is_unreadable_in_the_books(house):
    agent = house.staff("hotline_agent")
    order = await a_hotline_order(house)
    await dispatched(house, order)
    form = {"reason": "来电人 13800138000 再次催问"}
    job, _ = await bulk(house, {"ids": [order["id"]], "step": "urge", "form": form}, agent)
    assert job["accepted"] == 1
    for row in await house.sql("SELECT input::text AS input FROM jobs"):
        assert "13800138000" not in row["input"]


async def test_each_order_of_a_bulk_step_that_changed_since_it_was_seen_is_refused_by_itself(house):
    officer = an_officer(house)
    orders = [await a_hotline_order(house) for _ in range(3)]
    seen = [await dispatched(house, order) for order in orders]
    items = [{"id": each["id"], "version": each["version"]} for each in seen]
    await order_step(
        house, orders[1], "urges", {"reason": "再催"}, as_=house.staff("hotline_agent")
    )
    del items[2]["version"]
    job, rows = await bulk(house, {"items": items, "step": "sign"}, officer)
    assert (job["accepted"], job["refused"]) == (2, 1)
    [refused] = [row for row in rows if row["verdict"] == "refused"]
    assert refused["key"] == orders[1]["id"]
    assert refused["faults"][0]["code"] == "changed-meanwhile"
    assert "刷新" in refused["faults"][0]["detail"]


async def test_a_bulk_step_names_its_orders_one_way_and_each_once(house):
    officer = an_officer(house)
    order = await a_hotline_order(house)
    twice = [{"id": order["id"], "version": 1}] * 2
    for body in ({"items": twice}, {"items": twice[:1], "ids": [order["id"]]}):
        answer = await house.post("/workorder/v1/bulk-steps", {**body, "step": "sign"}, as_=officer)
        assert answer.status_code == 422


async def test_applications_that_wait_are_counted_at_the_counter(house):
    clerk = house.staff("clerk", division="445100")
    await publish(house)
    await submitted(house, house.person("citizen"))
    counts = (await house.get(f"{TASKS}/counts", as_=clerk)).json()
    assert (counts["applications"], counts["all"]) == (1, 0)
    elsewhere = house.staff("clerk", division="445103")
    assert (await house.get(f"{TASKS}/counts", as_=elsewhere)).json()["applications"] == 0


async def test_a_desk_is_read_from_its_index_however_many_orders_are_closed(house):
    """EXPLAIN over books of which nearly all is closed: the list comes from the partial index of open work."""
    order = await a_hotline_order(house)
    await dispatched(house, order)
    columns = await house.sql(
        "SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns "
        "WHERE table_name = 'work_orders' AND is_generated = 'NEVER' AND column_name NOT IN "
        "('id', 'number', 'waits_for', 'act_by', 'department')"
    )
    names = columns[0]["names"]
    await house.sql(
        f"INSERT INTO work_orders (id, number, waits_for, act_by, department, {names}) "
        f"SELECT uuidv7(), 'SEED-' || n, CASE WHEN n % 20 = 0 THEN 'department' END, "
        "now() + n * interval '1 minute', "
        f"CASE WHEN n / 20 % 50 = 0 THEN '{DEPARTMENT}' ELSE 'D' || n / 20 % 50 END, {names} "
        "FROM generate_series(1, 20000) n, (SELECT * FROM work_orders LIMIT 1) one"
    )
    await house.sql("ANALYZE work_orders")
    principal = Principal(
        subject=str(new_id()),
        kind="staff",
        roles=frozenset({"department_officer"}),
        department=DEPARTMENT,
    )
    tx = house.runtime.begin(principal, Scope(department=DEPARTMENT))
    try:
        t = work_orders.c
        page = tasks_where(tx, TaskFilter()).order_by(t.act_by, t.id).limit(21)
        words = page.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in await tx.all(text(f"EXPLAIN {words}")))
    finally:
        await tx.close()
    assert "work_orders_waiting" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_a_desk_is_searched_narrowed_to_what_waited_too_long_and_sorted_by_urgency(house):
    officer = an_officer(house)
    plain = await a_hotline_order(house, title="路灯不亮")
    await dispatched(house, plain)
    urgent = await a_hotline_order(house, title="下水道堵塞", urgency="urgent")
    await dispatched(house, urgent)
    assert await numbers(house, officer, "?q=路灯") == [plain["number"]]
    assert await numbers(house, officer, f"?q={urgent['number']}") == [urgent["number"]]
    assert await numbers(house, officer, "?q=100%25") == []
    by_urgency = await numbers(house, officer, "?sort=-urgency_rank")
    assert by_urgency == [urgent["number"], plain["number"]]
    by_arrival = await numbers(house, officer, "?sort=opened_at")
    assert set(by_arrival) == {plain["number"], urgent["number"]}
    assert await numbers(house, officer, "?wait_over=true") == []
    house.clock.move(timedelta(days=3))
    assert set(await numbers(house, officer, "?wait_over=true")) == {
        plain["number"],
        urgent["number"],
    }


async def figure(house, code, query=""):
    found = await house.get(f"/workorder/v1/indicators/{code}{query}", as_=house.staff("auditor"))
    assert found.status_code == 200, found.text
    return found.json()


async def test_a_figure_of_the_desks_opens_down_to_its_orders(house):
    auditor = house.staff("auditor")
    assert (await figure(house, "desk_median_wait_hours_department"))["value"] is None
    first = await a_hotline_order(house)
    await dispatched(house, first)
    house.clock.move(timedelta(days=2))
    second = await a_hotline_order(house)
    await dispatched(house, second)
    await order_step(house, first, "urges", {"reason": "催"}, as_=house.staff("hotline_lead"))
    house.clock.move(timedelta(hours=2))
    await a_hotline_order(house)
    assert (await figure(house, "desk_open_hotline"))["value"] == 1
    found = await figure(house, "desk_open_department", f"?department={DEPARTMENT}")
    assert found["value"] == 2
    rows = (await house.get(found["records_url"], as_=auditor)).json()["results"]
    assert {each["id"] for each in rows} == {first["id"], second["id"]}
    late = await figure(house, "desk_overdue_share_department")
    assert (late["numerator"], late["denominator"]) == (1, 2)
    [row] = (await house.get(late["numerator_url"], as_=auditor)).json()["results"]
    assert row["id"] == first["id"]
    # Waiting since they were dispatched, 50 and 2 hours ago; to be urged is no beginning anew.
    assert (await figure(house, "desk_median_wait_hours_department"))["value"] == 26.0
