"""110 is told what became of what it handed over: signed, without a word of anybody, tried again, each with an end."""

from datetime import timedelta

import pytest
import pytest_asyncio
from hotline_stories import DONE, WHY, a_head, a_lead, an_agent, an_officer, sent, take
from office_platform import a_platform
from workorder_stories import ORDERS, a_hotline_order

from workorder.service import SERVICE
from workorder.workers.notices import mirror, send_due, verify_endpoints

ROOT = "/workorder/v1"
DOOR, ENDPOINTS, NOTICES = (
    f"{ROOT}/hotline/transfers-110",
    f"{ROOT}/delivery-endpoints",
    f"{ROOT}/notices",
)
PHONE = "13800138000"
TOLD = {
    "number": "JQ2026030200017",
    "received_at": "2026-03-02T09:20:00+08:00",
    "what": f"报警人 {PHONE} 反映楼上漏水，不属警情",
    "contact_phone": PHONE,
}
SAID = {
    *("id", "sequence", "words", "transfer_id", "case_no", "number"),
    *("outcome", "reason_code", "link"),
}
REFUSED = {"reason_code": "emergency-number", "text": "属 110 处置范围"}
FIELDS = {"name": "市公安局 110 接警系统", "wants": ["results"], "line": "110", "reason": "接入"}


@pytest_asyncio.fixture
async def house(houses):
    return await houses.open(SERVICE, settings={"notice_networks": "127.0.0.0/8"})


@pytest_asyncio.fixture
async def line():
    async with a_platform() as running:
        yield running


def an_admin(house):
    return house.staff("system_admin")


def the_line(house):
    return house.person("partner", kind="partner", scope="line-110")


async def registered(house, platform, **more):
    body = {**FIELDS, "url": platform.url, **more}
    answer = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert answer.status_code == 201, answer.text
    assert await verify_endpoints(house.runtime) == 1
    platform.secrets.append(answer.json()["secret"])
    return answer.json()


async def handed_over(house, **more):
    """What 110 handed over, with the order that it became."""
    made = await house.post(DOOR, {**TOLD, **more}, as_=the_line(house))
    assert made.status_code == 201, made.text
    [row] = await house.sql(
        "SELECT id::text FROM work_orders WHERE number = $1", made.json()["number"]
    )
    return made.json(), {"id": row["id"]}


async def pass_by(house):
    await mirror(house.runtime)
    while await send_due(house.runtime):
        pass


async def told(house, query="", as_=None):
    answer = await house.get(f"{NOTICES}?recipient=110{query}", as_=as_ or a_lead(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def steps(house, order):
    answer = await house.get(f"{ORDERS}/{order['id']}/steps?limit=100", as_=a_lead(house))
    return [(each["step"], each["reason"]) for each in answer.json()["results"]]


async def worked_through(house, order):
    """Dispatched, replied to, visited: closed."""
    await sent(house, order)
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await take(house, order, "visits", {"satisfied": True}, as_=an_agent(house))


async def test_110_is_told_of_reply_close_and_reopening_in_order_with_its_own_number(house, line):
    await registered(house, line)
    made, order = await handed_over(house)
    await worked_through(house, order)
    await take(house, order, "reopenings", WHY, as_=an_agent(house))
    await pass_by(house)
    assert line.kinds() == ["result-replied", "result-closed", "result-reopened"]
    data = line.messages[1]["data"]
    assert (data["case_no"], data["number"]) == (TOLD["number"], made["number"])
    assert (data["transfer_id"], data["outcome"]) == (made["id"], "solved")
    assert data["link"].endswith(f"{DOOR}/{made['id']}")
    sequences = [each["data"]["sequence"] for each in line.messages]
    assert sequences == sorted(set(sequences))


async def test_what_the_hotline_does_not_accept_comes_back_to_110(house, line):
    await registered(house, line)
    _, order = await handed_over(house)
    await take(house, order, "refusals", REFUSED, as_=an_agent(house))
    await pass_by(house)
    [told] = line.messages
    assert (told["type"], told["data"]["reason_code"]) == ("result-returned", "emergency-number")


async def test_merged_into_another_it_is_told_when_that_one_ends(house, line):
    await registered(house, line)
    made, order = await handed_over(house)
    other = await a_hotline_order(house)
    await take(house, order, "merges", {"into": other["id"], **WHY}, as_=an_agent(house))
    await pass_by(house)
    assert line.messages == []
    await worked_through(house, other)
    await pass_by(house)
    [told] = line.messages
    assert (told["type"], told["data"]["number"]) == ("result-replied", made["number"])


async def test_a_message_says_nothing_that_anybody_said(house, line):
    await registered(house, line)
    _, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    assert line.messages
    for each in line.messages:
        assert set(each["data"]) == SAID
        for word in (PHONE, PHONE[:3], "漏水", DONE["text"]):
            assert word not in str(each)


async def test_each_message_has_its_receipt_on_the_order_and_in_the_list(house, line):
    made = await registered(house, line)
    _, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    rows = await told(house, "&state=delivered")
    assert {(each["kind"], each["receipt"]) for each in rows} == {
        ("result-replied", "YZY-1"),
        ("result-closed", "YZY-2"),
    }
    assert {each["endpoint_id"] for each in rows} == {made["id"]}
    assert await told(house, "&state=failed") == []
    assert len(await told(house, "&kind=result-closed")) == 1
    assert len(await told(house, "&limit=1")) == 1
    words = [reason for step, reason in await steps(house, order) if step == "result-told"]
    assert words == ["110 已接收办理结果，回执 YZY-1", "110 已接收办理结果，回执 YZY-2"]


async def test_what_110_does_not_take_is_tried_again_and_then_given_up_by_name(house, line):
    await registered(house, line)
    line.status = 503
    _, order = await handed_over(house)
    await take(house, order, "answers", DONE, as_=an_agent(house))
    await house.sql(
        "INSERT INTO rules SELECT code, version + 1, jsonb_set(value, '{disable_after_days}', '30'), unit, meaning, "
        "source, verified, changed_by, reason, changed_at FROM rules WHERE code = 'notice-delivery'"
    )
    house.runtime.rules.forget()
    await pass_by(house)
    [waiting] = await told(house)
    assert (waiting["state"], waiting["tries"], waiting["error"]) == ("waiting", 1, "HTTP 503")
    for _ in range(12):
        house.clock.move(timedelta(days=1))
        await pass_by(house)
    [failed] = await told(house, "&state=failed")
    assert (failed["tries"], failed["error"]) == (10, "HTTP 503")
    last = (await steps(house, order))[-1]
    assert last[0] == "result-untold"
    assert "请电话告知" in last[1]

    line.status = 200
    lead = a_lead(house)
    again = await house.post(f"{NOTICES}/{failed['id']}/redeliveries", None, as_=lead)
    assert again.status_code == 201, again.text
    await pass_by(house)
    assert [each["state"] for each in await told(house)] == ["delivered"]
    assert line.ids == [f"msg_{failed['id']}"]
    names = [step for step, _ in await steps(house, order)]
    assert names[-2:] == ["result-told-again", "result-told"]


async def test_a_newer_word_waits_for_the_older_one(house, line):
    await registered(house, line)
    line.status = 503
    _, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    assert {(each["kind"], each["tries"]) for each in await told(house)} == {
        ("result-replied", 1),
        ("result-closed", 0),
    }
    line.status = 200
    house.clock.move(timedelta(seconds=5))
    await pass_by(house)
    assert line.kinds() == ["result-replied", "result-closed"]


async def test_without_an_address_110_fetches_as_before_and_the_list_says_that_nothing_was_sent(
    house,
):
    made, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    assert {each["state"] for each in await told(house)} == {"kept"}
    page = (await house.get(f"{DOOR}?to_110=false", as_=the_line(house))).json()
    assert [(each["id"], each["outcome"]) for each in page["results"]] == [(made["id"], "solved")]


async def test_switched_off_what_is_under_way_is_held_and_comes_when_it_is_on_again(house, line):
    made = await registered(house, line)
    _, order = await handed_over(house)
    line.status = 503
    await take(house, order, "answers", DONE, as_=an_agent(house))
    await pass_by(house)
    await house.post(f"{ENDPOINTS}/{made['id']}/switch-offs", WHY, as_=an_admin(house))
    assert [each["state"] for each in await told(house)] == ["held"]
    line.status = 200
    await house.post(f"{ENDPOINTS}/{made['id']}/switch-ons", WHY, as_=an_admin(house))
    await verify_endpoints(house.runtime)
    await pass_by(house)
    assert line.kinds() == ["result-closed"]


async def test_an_office_platform_beside_it_is_told_nothing_of_110_and_110_nothing_else(
    house, line
):
    async with a_platform() as platform:
        await registered(house, line)
        office = {"name": "粤政易", "line": "", "wants": ["todos", "notices"]}
        await registered(house, platform, **office)
        _, order = await handed_over(house)
        await sent(house, order)
        await take(house, order, "urges", WHY, as_=a_lead(house))
        await take(house, order, "replies", DONE, as_=an_officer(house))
        await worked_through(house, await a_hotline_order(house))
        await pass_by(house)
        house.clock.move(timedelta(days=1))
        await pass_by(house)
    assert line.kinds() == ["result-replied"]
    assert platform.of_kind("urged")
    assert [kind for kind in platform.kinds() if kind.startswith("result")] == []


async def test_it_is_told_at_night_too(house, line):
    await registered(house, line)
    _, order = await handed_over(house)
    house.clock.move(timedelta(hours=13))
    await take(house, order, "answers", DONE, as_=an_agent(house))
    await pass_by(house)
    assert line.kinds() == ["result-closed"]


async def test_an_order_that_only_says_it_came_from_110_tells_nobody(house, line):
    await registered(house, line)
    order = await a_hotline_order(house, source="110")
    await take(house, order, "answers", DONE, as_=an_agent(house))
    await pass_by(house)
    assert [each["state"] for each in await told(house)] == ["kept"]
    assert line.messages == []


@pytest.mark.parametrize(
    "change",
    [
        {"url": ""},
        {"wants": ["results", "notices"]},
        {"wants": ["notices"]},
        {"department": "11445102MB2X00020M"},
        {"line": ""},
    ],
)
async def test_an_endpoint_of_a_line_is_for_results_alone_and_says_so(house, line, change):
    body = {**FIELDS, "url": line.url, **change}
    refused = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/line-endpoint")
    assert "wants 只填 results" in refused.json()["detail"]


async def test_a_line_has_one_endpoint_and_its_change_keeps_what_it_is_for(house, line):
    made = await registered(house, line)
    assert made["line"] == "110"
    body = {**FIELDS, "url": line.url}
    taken = await house.post(ENDPOINTS, body, as_=an_admin(house))
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/endpoint-taken")
    changed = {"name": "110", "url": line.url, "wants": ["notices"], "reason": "改"}
    headers = {**house.headers(an_admin(house)), "If-Match": "*"}
    path = f"{ENDPOINTS}/{made['id']}"
    refused = await house.client.put(path, json=changed, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/line-endpoint")


async def test_a_department_sees_what_110_was_told_of_its_own_orders_alone(house, line):
    await registered(house, line)
    _, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    assert len(await told(house, as_=a_head(house))) == 2
    other = a_head(house, department="11445102MB2X00099X")
    assert await told(house, as_=other) == []


async def test_whose_order_it_was_sends_it_again_wherever_the_order_is_now(house, line):
    await registered(house, line)
    _, order = await handed_over(house)
    await worked_through(house, order)
    await pass_by(house)
    [notice] = await told(house, "&kind=result-closed")
    await house.sql("UPDATE work_orders SET department = '11445102MB2X00099X'")
    path = f"{NOTICES}/{notice['id']}/redeliveries"
    again = await house.post(path, None, as_=a_head(house))
    assert again.status_code == 201, again.text
    await pass_by(house)
    assert len(line.ids) == 3
    assert len(set(line.ids)) == 2
