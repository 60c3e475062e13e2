"""The responsibility list: versions, days, reach; rulings on disputed fields, proposed next time and taken over."""

from triage_stories import (
    REASON,
    ROOT,
    a_coordinator,
    a_duty,
    asked_anew,
    hand_in_rows,
    listed,
    posted,
)
from workorder_stories import (
    DEPARTMENT,
    DIVISION,
    a_hotline_order,
    an_officer,
    order_step,
)

LIST = "/responsibilities"
RULINGS = "/responsibility-rulings"
ENVIRONMENT, CITY = "11445102ENV00001X", "11445102CG000001X"


async def test_a_row_is_changed_ended_and_restored_and_every_version_stays(house):
    me = a_coordinator(house)
    duty = await posted(house, LIST, a_duty(), as_=me)
    path = f"{ROOT}{LIST}/{duty['id']}"
    body = a_duty(department=CITY, reason="机构改革")
    unseen = await house.client.put(path, json=body, headers=house.headers(me))
    assert unseen.status_code == 428
    headers = {**house.headers(me), "If-Match": '"1"'}
    changed = (await house.client.put(path, json=body, headers=headers)).json()
    assert (changed["department"], changed["version"]) == (CITY, 2)
    lost = await house.client.put(path, json=body, headers=headers)
    assert lost.status_code == 412
    end = {"valid_until": "2026-06-30", **REASON}
    ended = await posted(house, f"{LIST}/{duty['id']}/endings", end, as_=me)
    assert ended["valid_until"] == "2026-06-30"
    before = {"valid_until": "2025-06-30", **REASON}
    await posted(house, f"{LIST}/{duty['id']}/endings", before, as_=me, status=422)
    back = await posted(house, f"{LIST}/{duty['id']}/restorations", REASON, as_=me)
    assert back["valid_until"] is None
    steps = await listed(house, f"{LIST}/{duty['id']}/steps", as_=me)
    assert [one["step"] for one in steps] == ["added", "changed", "ended", "end-taken-back"]
    assert [one["content"]["department"] for one in steps] == [ENVIRONMENT, CITY, CITY, CITY]
    assert (steps[1]["reason"], steps[1]["version"]) == ("机构改革", 2)


async def test_one_category_and_division_has_one_row_on_a_day(house):
    me = a_coordinator(house)
    duty = await posted(house, LIST, a_duty(valid_until="2026-06-30"), as_=me)
    twice = await posted(house, LIST, a_duty(valid_from="2026-06-30"), as_=me, status=409)
    assert twice["type"].endswith("duty-twice")
    follower = a_duty(valid_from="2026-07-01", department=CITY)
    await posted(house, LIST, follower, as_=me)
    await posted(house, f"{LIST}/{duty['id']}/restorations", REASON, as_=me, status=409)
    held = await listed(house, LIST, as_=me, on="2026-07-01")
    assert [one["department"] for one in held] == [CITY]


async def test_a_coordinator_keeps_the_list_of_their_own_division_and_those_below(house):
    near, far = a_coordinator(house, DIVISION), a_coordinator(house, "445103")
    refused = await posted(house, LIST, a_duty(), as_=far, status=403)
    assert refused["type"].endswith("outside-division")
    duty = await posted(house, LIST, a_duty(), as_=near)
    end = {"valid_until": "2026-06-30", **REASON}
    await posted(house, f"{LIST}/{duty['id']}/endings", end, as_=far, status=404)
    assert len(await listed(house, LIST, as_=far)) == 1


async def test_the_most_exact_division_and_the_day_decide(house):
    me = a_coordinator(house)
    await posted(house, LIST, a_duty(division="445100", department=CITY), as_=me)
    await posted(house, LIST, a_duty(), as_=me)
    near = await a_hotline_order(house, category="环境保护", division=DIVISION)
    far = await a_hotline_order(house, category="环境保护", division="445103")
    assert (await asked_anew(house, near))["department"] == ENVIRONMENT
    assert (await asked_anew(house, far))["department"] == CITY


async def test_a_file_is_taken_row_by_row_and_comes_out_again(house):
    me = a_coordinator(house, DIVISION)
    columns = ["分类", "区划", "承办单位", "协办单位", "依据", "生效日期", "截止日期"]
    rows = [
        ["环境保护", DIVISION, ENVIRONMENT, f"{CITY}、{DEPARTMENT}", "法", "2026-01-01", ""],
        ["环境保护", "445103", ENVIRONMENT, "", "", "2026-01-01", ""],
        ["", DIVISION, ENVIRONMENT, "", "", "2026-01-01", ""],
    ]
    path = f"{ROOT}{LIST}/imports"
    verdicts = await hand_in_rows(house, path, columns, rows, as_=me)
    assert [one["verdict"] for one in verdicts] == ["accepted", "refused", "refused"]
    assert verdicts[1]["faults"][0]["code"] == "outside-division"
    again = await hand_in_rows(house, path, columns, rows[:1], as_=me)
    assert [one["verdict"] for one in again] == ["remarked"]
    rows[0][2] = CITY
    changed = await hand_in_rows(house, path, columns, rows[:1], as_=me)
    assert [one["verdict"] for one in changed] == ["accepted"]
    answer = await house.get(f"{ROOT}{LIST}/export", as_=me)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == ",".join(columns)
    assert lines[1].startswith(f"环境保护,{DIVISION},{CITY},{CITY}、{DEPARTMENT}")


async def returned(house, order, department=DEPARTMENT):
    """Sent to a department, which returns it."""
    body = {"department": department, "division": DIVISION, **REASON}
    agent = house.staff("hotline_agent")
    await order_step(house, order, "dispatches", body, as_=agent)
    officer = an_officer(house, department)
    await order_step(house, order, "returns", {"reason": "不属本单位"}, as_=officer)


async def test_a_ruling_is_kept_beside_the_field_proposed_next_time_and_taken_over(house):
    me, agent = a_coordinator(house), house.staff("hotline_agent")
    duty = await posted(house, LIST, a_duty(), as_=me)
    disputed = await a_hotline_order(house, category="环境保护", division=DIVISION)
    await returned(house, disputed)
    ruling = {"granted": False, "reason": "三定规定第四条，由你单位承办"}
    await order_step(house, disputed, "return-rulings", ruling, as_=agent)
    [kept] = await listed(house, f"{LIST}/{duty['id']}/rulings", as_=me)
    assert (kept["department"], kept["is_owner"]) == (DEPARTMENT, True)
    assert (kept["number"], kept["reason"]) == (disputed["number"], ruling["reason"])
    again = await a_hotline_order(house, category="环境保护", division=DIVISION)
    proposed = await asked_anew(house, again)
    assert (proposed["department"], proposed["department_from"]) == (DEPARTMENT, "ruling")
    assert disputed["number"] in proposed["department_reasons"][0]
    row = await posted(house, f"{RULINGS}/{kept['id']}/adoptions", REASON, as_=me)
    assert (row["id"], row["department"]) == (duty["id"], DEPARTMENT)
    assert (await asked_anew(house, again))["department_from"] == "list"
    twice = await posted(house, f"{RULINGS}/{kept['id']}/adoptions", REASON, as_=me, status=409)
    assert twice["type"].endswith("ruling-adopted")
    steps = await listed(house, f"{LIST}/{duty['id']}/steps", as_=me)
    assert steps[-1]["step"] == "ruling-adopted"
    assert await listed(house, RULINGS, as_=me, adopted=False) == []


async def test_a_granted_return_says_whose_it_is_not_and_cannot_be_taken_over(house):
    me, agent = a_coordinator(house), house.staff("hotline_agent")
    order = await a_hotline_order(house, category="环境保护", division=DIVISION)
    await returned(house, order)
    ruling = {"granted": True, "reason": "确不属其职责"}
    await order_step(house, order, "return-rulings", ruling, as_=agent)
    [kept] = await listed(house, RULINGS, as_=me)
    assert (kept["department"], kept["is_owner"]) == (DEPARTMENT, False)
    refused = await posted(house, f"{RULINGS}/{kept['id']}/adoptions", REASON, as_=me, status=409)
    assert refused["type"].endswith("no-owner-ruled")
    answer = await house.get(f"{ROOT}{RULINGS}/export?format=jsonl", as_=me)
    assert '"is_owner": false' in answer.text


async def test_a_coordinators_decision_makes_a_new_row_where_the_list_had_none(house):
    me, agent = a_coordinator(house), house.staff("hotline_agent")
    order = await a_hotline_order(house, category="夜间施工", division=DIVISION)
    for department in (DEPARTMENT, CITY):
        await returned(house, order, department)
        granted = {"granted": True, **REASON}
        await order_step(house, order, "return-rulings", granted, as_=agent)
    await returned(house, order, ENVIRONMENT)
    decided = {"department": ENVIRONMENT, "reason": "由其牵头"}
    await order_step(house, order, "owner-decisions", decided, as_=me)
    last = (await listed(house, RULINGS, as_=me))[0]
    assert (last["step"], last["department"], last["is_owner"]) == (
        "owner-decided",
        ENVIRONMENT,
        True,
    )
    row = await posted(house, f"{RULINGS}/{last['id']}/adoptions", REASON, as_=me)
    assert (row["category"], row["department"]) == ("夜间施工", ENVIRONMENT)
    assert row["valid_from"] == "2026-03-02"
    assert len(await listed(house, RULINGS, as_=an_officer(house, CITY))) == 1
