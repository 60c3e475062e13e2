"""110's own door: matters handed over both ways, each once, with receipts, results, and an alarm when none comes."""

import asyncio
from datetime import timedelta

from reach_stories import ROLES, inside
from workorder_stories import ORDERS, a_hotline_order, order_step

from workorder.workers.transfers import look

V1 = "/workorder/v1"
DOOR = f"{V1}/hotline/transfers-110"
PHONE = "13800138000"
TOLD = {
    "number": "JQ2026030200017",
    "received_at": "2026-03-02T09:20:00+08:00",
    "what": f"报警人 {PHONE} 反映楼上漏水，不属警情",
    "place": "枫春路 12 号",
    "contact_phone": PHONE,
    "urgency": "urgent",
}


def line_110(house):
    return house.person("partner", kind="partner", scope="line-110")


async def step_names(house, order_id):
    answer = await house.get(f"{ORDERS}/{order_id}/steps", as_=house.staff("hotline_lead"))
    return [each["step"] for each in answer.json()["results"]]


async def test_what_110_hands_over_is_one_order_however_often_it_is_told(house):
    first = await house.post(DOOR, TOLD, as_=line_110(house))
    assert first.status_code == 201, first.text
    again = await house.post(DOOR, TOLD, as_=line_110(house))
    assert (again.status_code, again.json()) == (200, first.json())
    [row] = await house.sql("SELECT id, source, title, content, said_encrypted FROM work_orders")
    assert row["source"] == "110"
    [caller] = await house.sql("SELECT contact_encrypted FROM work_order_callers")
    for kept in (*row.values(), caller["contact_encrypted"]):
        assert PHONE not in str(kept)
    assert PHONE not in first.text
    assert await step_names(house, row["id"]) == ["opened", "transferred-in"]


async def test_the_same_case_told_twice_at_once_is_one_order(house):
    told = [house.post(DOOR, TOLD, as_=line_110(house)) for _ in range(4)]
    answers = await asyncio.gather(*told)
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 201]
    assert len({each.json()["number"] for each in answers}) == 1


async def test_the_same_number_with_other_content_is_refused_with_where_to_send_what_is_new(house):
    first = (await house.post(DOOR, TOLD, as_=line_110(house))).json()
    others = (
        {"what": f"报警人 {PHONE} 反映楼下漏水"},
        {"place": "枫春路 14 号"},
        {"contact_phone": None},
        {"urgency": "emergency"},
        {"received_at": "2026-03-02T09:21:00+08:00"},
        {"type": "complaint"},
        {"division": "445102"},
    )
    for change in others:
        refused = await house.post(DOOR, {**TOLD, **change}, as_=line_110(house))
        assert refused.status_code == 409, change
        problem = refused.json()
        assert problem["type"] == "/problems/transfer-told-otherwise"
        assert f"/transfers-110/{first['id']}/supplements" in problem["detail"]
        assert "新的编号" in problem["detail"]
        assert PHONE not in refused.text
    same_instant = {**TOLD, "received_at": "2026-03-02T01:20:00Z", "what": f"{TOLD['what']} "}
    again = await house.post(DOOR, same_instant, as_=line_110(house))
    assert (again.status_code, again.json()) == (200, first)
    assert len(await house.sql("SELECT 1 FROM work_orders")) == 1


async def test_what_was_told_is_compared_blind_and_what_came_before_that_was_kept_is_the_same(
    house,
):
    first = (await house.post(DOOR, TOLD, as_=line_110(house))).json()
    [row] = await house.sql("SELECT told_fingerprint FROM case_transfers")
    assert len(row["told_fingerprint"]) == 32
    await house.sql("UPDATE case_transfers SET told_fingerprint = NULL")
    again = await house.post(DOOR, {**TOLD, "place": "别处"}, as_=line_110(house))
    assert (again.status_code, again.json()) == (200, first)


async def test_what_110_learns_since_is_on_record_and_whoever_has_the_order_is_told(house):
    made = (await house.post(DOOR, TOLD, as_=line_110(house))).json()
    door = f"{DOOR}/{made['id']}/supplements"
    body = {"text": f"现场水已漫到楼道，联系 {PHONE}"}
    answer = await house.post(door, body, as_=line_110(house))
    assert (answer.status_code, answer.json()["number"]) == (201, made["number"])
    [row] = await house.sql("SELECT id FROM work_orders")
    steps = await step_names(house, row["id"])
    assert steps == ["opened", "transferred-in", "transfer-supplemented", "urged"]
    kept = await house.sql("SELECT reason FROM work_order_steps")
    assert any("漫到楼道" in each["reason"] for each in kept)
    assert all(PHONE not in each["reason"] for each in kept)


async def test_what_is_closed_takes_no_supplement_nor_what_110_did_not_hand_over(house):
    made = (await house.post(DOOR, TOLD, as_=line_110(house))).json()
    [row] = await house.sql("SELECT id FROM work_orders")
    body = {"outcome": "solved", "text": "已转物业处理"}
    await order_step(house, row, "answers", body, as_=house.staff("hotline_agent"))
    refused = await house.post(
        f"{DOOR}/{made['id']}/supplements", {"text": "又漏了"}, as_=line_110(house)
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/transfer-ended")
    assert "新的编号" in refused.json()["detail"]
    _, transfer_id = await handed_over(house)
    refused = await house.post(
        f"{DOOR}/{transfer_id}/supplements", {"text": "补充"}, as_=line_110(house)
    )
    assert refused.status_code == 404


async def test_110_reads_what_became_of_what_it_handed_over(house):
    made = (await house.post(DOOR, TOLD, as_=line_110(house))).json()
    [row] = await house.sql("SELECT id FROM work_orders")
    body = {"outcome": "solved", "text": "已转物业处理"}
    agent = house.staff("hotline_agent")
    await order_step(house, {"id": row["id"]}, "answers", body, as_=agent)
    page = (await house.get(f"{DOOR}?to_110=false", as_=line_110(house))).json()
    [found] = page["results"]
    assert (found["case_no"], found["number"]) == (TOLD["number"], made["number"])
    assert (found["is_accepted"], found["outcome"]) == (True, "solved")
    one = await house.get(f"{DOOR}/{made['id']}", as_=line_110(house))
    assert (one.status_code, one.json()) == (200, found)
    unknown = await house.get(f"{DOOR}/{row['id']}", as_=line_110(house))
    assert unknown.status_code == 404


async def handed_over(house):
    order = await a_hotline_order(house, urgency="emergency")
    answer = await house.post(
        f"{ORDERS}/{order['id']}/transfers",
        {"to_line": "110", "reason": "有人持刀"},
        as_=house.staff("hotline_agent"),
    )
    assert answer.status_code == 201, answer.text
    return order, answer.json()["id"]


async def test_110_receipts_and_ends_what_the_hotline_hands_over(house):
    _, transfer_id = await handed_over(house)
    [waiting] = (await house.get(f"{DOOR}?to_110=true&open=true", as_=line_110(house))).json()[
        "results"
    ]
    assert waiting["id"] == transfer_id
    receipt = {"accepted": True, "case_no": "JQ1"}
    for noun, body in (("receipts", receipt), ("results", {"words": "已处置"})):
        answer = await house.post(f"{DOOR}/{transfer_id}/{noun}", body, as_=line_110(house))
        assert answer.status_code == 201, answer.text
    assert answer.json()["closed_there_at"]
    house.clock.move(timedelta(hours=1))
    assert await look(house.runtime) == 0


async def test_a_receipt_that_does_not_come_is_an_alarm_once(house):
    order, _ = await handed_over(house)
    house.clock.move(timedelta(minutes=9))
    assert await look(house.runtime) == 0
    house.clock.move(timedelta(minutes=2))
    assert await look(house.runtime) == 1
    assert await look(house.runtime) == 0
    assert (await step_names(house, order["id"])).count("transfer-unanswered") == 1
    assert await house.sql("SELECT 1 FROM notices WHERE kind = 'overstayed'") != []


async def test_what_was_handed_to_another_line_is_not_110s_to_answer(house):
    order = await a_hotline_order(house)
    answer = await house.post(
        f"{ORDERS}/{order['id']}/transfers",
        {"to_line": "119", "reason": "冒烟"},
        as_=house.staff("hotline_agent"),
    )
    door = f"{DOOR}/{answer.json()['id']}"
    for noun, body in (("receipts", {"accepted": True}), ("results", {"words": "完"})):
        refused = await house.post(f"{door}/{noun}", body, as_=line_110(house))
        assert refused.status_code == 404


async def test_only_the_partner_with_the_grant_of_110_comes_through_its_door(house):
    _, transfer_id = await handed_over(house)
    tries = [
        ("POST", DOOR, TOLD),
        ("GET", DOOR, None),
        ("GET", f"{DOOR}/{transfer_id}", None),
        ("POST", f"{DOOR}/{transfer_id}/supplements", {"text": "补充"}),
        ("POST", f"{DOOR}/{transfer_id}/receipts", {"accepted": True}),
        ("POST", f"{DOOR}/{transfer_id}/results", {"words": "完"}),
    ]
    strangers = [inside(house, role) for role in ROLES]
    strangers.append(house.person("partner", kind="partner", scope="telephony"))
    for method, path, body in tries:
        for who in strangers:
            send = house.get(path, as_=who) if method == "GET" else house.post(path, body, as_=who)
            assert (await send).status_code == 403, (path, who)
        send = house.get(path) if method == "GET" else house.post(path, body)
        assert (await send).status_code == 401


async def test_a_malformed_transfer_is_refused_with_what_is_wrong(house):
    for change in ({"number": "!"}, {"what": " "}, {"received_at": "2026-03-02T09:20:00"}):
        answer = await house.post(DOOR, {**TOLD, **change}, as_=line_110(house))
        assert answer.status_code == 422, change
