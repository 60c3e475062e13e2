"""GeoReport v2's request updates and service discovery, field by field."""

import asyncio
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hotline_stories import rule_becomes
from test_open311 import API, EXAMPLE, SERVICES, a_key, plain, reported, sent, told
from workorder_stories import (
    DEPARTMENT,
    DIVISION,
    a_hotline_order,
    an_officer,
    dispatched,
    order_step,
)

from contracts.events.workorder import WorkOrderUrged

UPDATES = f"{API}/servicerequestupdates"
DISCOVERY = "/workorder/open311/discovery"
MORE = {
    "service_request_id": "",
    "update_id": "fms-17",
    "updated_datetime": "2026-03-02T09:30:00+08:00",
    "status": "open",
    "description": "又塌了一块，电话 13800138000",
    "email": "smit333@sfgov.org",
    "first_name": "John",
    "last_name": "Smith",
    "title": "Mr",
    "account_id": "123456",
    "media_url": "https://example.org/more.jpg",
}


async def said_more(house, key, number, *, path="servicerequestupdates.json", as_=None, **changes):
    form = {**MORE, "api_key": key, "service_request_id": number, **changes}
    return await sent(house, form, path=path, as_=as_)


async def updates(house, query=""):
    answer = await house.get(f"{UPDATES}.json?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def order_of(house, number):
    [row] = await house.sql("SELECT id, version FROM work_orders WHERE number = $1", number)
    return {"id": str(row["id"]), "number": number}


async def history(house, order, as_):
    path = f"/workorder/v1/work-orders/{order['id']}/steps"
    answer = await house.get(path, as_=as_)
    assert answer.status_code == 200, answer.text
    return [(each["step"], each["reason"]) for each in answer.json()["results"]]


async def test_an_update_is_a_note_that_the_handler_reads_and_is_told_of(house):
    key = await a_key(house)
    number = await reported(house, key)
    order = await order_of(house, number)
    await dispatched(house, order)
    answer = await said_more(house, key, number)
    assert answer.status_code == 201, answer.text
    steps = await history(house, order, an_officer(house))
    note = "又塌了一块，电话 138********（附件：https://example.org/more.jpg）"
    assert ("reporter-noted", note) in steps
    assert ("urged", "反映人补充了情况，请查看办理经过") in steps
    assert len(await house.told(WorkOrderUrged)) == 1
    [made] = answer.json()
    [shown] = [each for each in await updates(house) if each["update_id"] == made["update_id"]]
    assert shown == {
        "update_id": made["update_id"],
        "service_request_id": number,
        "status": "open",
        "updated_datetime": "2026-03-02T10:00:00+08:00",
        "description": note,
        "media_url": "",
    }


async def test_who_says_more_stands_in_no_book_and_in_no_fact(house):
    key = await a_key(house)
    number = await reported(house, key, first_name="", last_name="", email="", account_id="")
    assert (await said_more(house, key, number)).status_code == 201
    rows = [dict(row) for row in await house.sql("SELECT * FROM work_order_steps")]
    outbox = str([bytes(row["message"]) for row in await house.sql("SELECT message FROM outbox")])
    for secret in ("Smith", "John", "smit333", "13800138000"):
        assert secret not in str(rows)
        assert secret not in outbox


async def test_an_update_comes_in_and_is_answered_as_xml_and_as_json(house):
    key = await a_key(house)
    number = await reported(house, key)
    answer = await said_more(house, key, number, path="servicerequestupdates.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "service_request_updates"
    assert [child.tag for child in root] == ["request_update"]
    assert root.findtext("request_update/update_id")
    as_xml = await house.get(f"{UPDATES}.xml")
    found = told(ElementTree.fromstring(as_xml.content))
    assert found == plain(await updates(house))
    assert found[0]["update_id"] == root.findtext("request_update/update_id")


async def test_a_reporter_who_says_it_is_solved_closes_nothing_and_the_handler_reads_it(house):
    key = await a_key(house)
    number = await reported(house, key)
    order = await order_of(house, number)
    answer = await said_more(house, key, number, status="CLOSED", description="已经好了")
    assert answer.status_code == 201
    [request] = (await house.get(f"{API}/requests/{number}.json")).json()
    assert request["status"] == "open"
    steps = await history(house, order, house.staff("hotline_agent"))
    assert any(reason.startswith("反映人表示问题已解决。已经好了") for _, reason in steps)


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"service_request_id": ""}, 400, "service_request_id was not provided"),
        ({"service_request_id": "RX-1"}, 404, "service_request_id provided was not found"),
        ({"description": ""}, 400, "description was not provided"),
        ({"description": "长" * 4_001}, 400, "description"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"updated_datetime": "yesterday"}, 400, "updated_datetime"),
        ({"updated_datetime": "2026-03-02T09:30:00"}, 400, "updated_datetime"),
        ({"status": "<b>"}, 400, "status"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id provided was not found"),
        ({"api_key": ""}, 403, "Missing API key"),
        ({"api_key": "no"}, 403, "Invalid API key"),
    ],
)
async def test_an_update_that_is_wrong_says_what_is_wrong(house, changes, status, words):
    key = await a_key(house)
    number = await reported(house, key)
    form = {**MORE, "api_key": key, "service_request_id": number, **changes}
    for format in ("xml", "json"):
        answer = await sent(house, form, path=f"servicerequestupdates.{format}")
        assert answer.status_code == status, answer.text
        found = answer.json() if format == "json" else told(ElementTree.fromstring(answer.content))
        assert str(found[0]["code"]) == str(status)
        assert words in found[0]["description"]
    assert await house.sql("SELECT 1 FROM work_order_steps WHERE step = 'reporter-noted'") == []


async def test_more_is_said_of_what_is_open_only_and_by_whom_it_concerns(house):
    key = await a_key(house)
    number = await reported(house, key)
    stranger = await said_more(house, "", number, as_=house.person("citizen"))
    assert stranger.status_code == 404
    phone_call = await a_hotline_order(house)
    assert (await said_more(house, key, phone_call["number"])).status_code == 404
    citizen = house.person("citizen", division=DIVISION)
    own = (await sent(house, EXAMPLE, path="requests.json", as_=citizen)).json()[0]
    assert (await said_more(house, "", own["service_request_id"], as_=citizen)).status_code == 201
    await house.sql("UPDATE work_orders SET state = 'closed', closed_at = now()")
    closed = await said_more(house, key, number)
    assert (closed.status_code, "closed" in closed.json()[0]["description"]) == (400, True)


async def test_a_long_update_is_kept_whole(house):
    key = await a_key(house)
    number = await reported(house, key)
    text = "路面又塌了一块。" * 400
    assert (await said_more(house, key, number, description=text)).status_code == 201
    assert (await updates(house))[0]["description"].startswith(text)


async def test_an_update_of_a_merged_request_reaches_who_handles_the_one_that_leads(house):
    key = await a_key(house)
    number, leading = await reported(house, key), await reported(house, key)
    order, lead = await order_of(house, number), await order_of(house, leading)
    await dispatched(house, lead)
    body = {"into": lead["id"], "reason": "同一处"}
    await order_step(house, order, "merges", body, as_=house.staff("hotline_lead"))
    assert (await said_more(house, key, number)).status_code == 201
    names = [step for step, _ in await history(house, lead, an_officer(house))]
    assert names[-2:] == ["reporter-noted", "urged"]
    own = await updates(house, f"service_request_id={number}")
    assert [each["service_request_id"] for each in own] == [number]


async def test_updates_are_told_by_number_span_and_page(house):
    key = await a_key(house)
    first, second = await reported(house, key), await reported(house, key)
    for number in (first, second, first):
        house.clock.move(timedelta(days=1))
        assert (await said_more(house, key, number)).status_code == 201
    assert len(await updates(house)) == 3
    assert len(await updates(house, f"service_request_id={first}")) == 2
    assert len(await updates(house, f"service_request_id={first},{second}")) == 3
    span = "start_date=2026-03-04T00:00:00Z&end_date=2026-03-04T23:00:00%2B08:00"
    assert [each["service_request_id"] for each in await updates(house, span)] == [second]
    pages = [await updates(house, f"page={page}&page_size=2") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    times = [each["updated_datetime"] for page in pages for each in page]
    assert times == sorted(times)
    for query in ("start_date=2025-01-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "page=0"):
        assert (await house.get(f"{UPDATES}.json?{query}")).status_code == 400


async def test_nothing_is_told_of_what_did_not_come_in_here_or_is_confidential(house):
    key = await a_key(house)
    number = await reported(house, key)
    await said_more(house, key, number)
    await dispatched(house, await a_hotline_order(house))
    await house.sql("UPDATE work_orders SET is_confidential = true WHERE number = $1", number)
    assert await updates(house) == []


async def test_several_requests_are_read_by_their_numbers_in_the_order_asked_for(house):
    key = await a_key(house)
    numbers = [await reported(house, key) for _ in range(3)]
    asked = f"{numbers[2]},{numbers[0]},RX-unknown,{numbers[2]}"
    rows = (await house.get(f"{API}/requests/{asked}.json")).json()
    assert [row["service_request_id"] for row in rows] == [numbers[2], numbers[0]]
    missing = await house.get(f"{API}/requests/RX-1,RX-2.json")
    assert missing.status_code == 404
    assert "service_request_id provided was not found" in missing.json()[0]["description"]


async def test_a_request_tells_every_field_of_the_specification(house):
    key = await a_key(house)
    number = await reported(house, key, address_id="A-18")
    await dispatched(house, await order_of(house, number))
    [request] = (await house.get(f"{API}/requests/{number}.json")).json()
    assert request == {
        "service_request_id": number,
        "status": "open",
        "status_notes": "",
        "service_name": "道路坑洼",
        "service_code": "pothole",
        "description": EXAMPLE["description"],
        "agency_responsible": DEPARTMENT,
        "service_notice": "",
        "requested_datetime": "2026-03-02T10:00:00+08:00",
        "updated_datetime": "2026-03-02T10:00:00+08:00",
        "expected_datetime": "2026-03-10T00:00:00+08:00",
        "address": EXAMPLE["address_string"],
        "address_id": "A-18",
        "zipcode": "",
        "lat": 23.6618,
        "long": 116.6226,
        "media_url": EXAMPLE["media_url"],
    }


async def test_a_cancelled_request_is_closed_wherever_it_is_told(house):
    key = await a_key(house)
    number = await reported(house, key)
    await said_more(house, key, number)
    await house.sql("UPDATE work_order_steps SET state = 'cancelled' WHERE step = 'reporter-noted'")
    assert [each["status"] for each in await updates(house)] == ["closed"]


async def test_a_token_leads_to_its_number_or_says_that_it_is_not_known(house):
    key = await a_key(house)
    number = await reported(house, key)
    token = (await order_of(house, number))["id"]
    xml = await house.get(f"{API}/tokens/{token}.xml")
    assert told(ElementTree.fromstring(xml.content)) == [
        {"token": token, "service_request_id": number}
    ]
    for wrong in ("019a0000-0000-7000-8000-000000000001", "nonsense"):
        answer = await house.get(f"{API}/tokens/{wrong}.json")
        assert answer.status_code == 404
        assert "token provided was not found" in answer.json()[0]["description"]


async def test_of_several_jurisdictions_one_has_to_be_named(house):
    rules = (await house.get("/workorder/v1/rules")).json()["results"]
    [rule] = [each for each in rules if each["code"] == "open311-jurisdictions"]
    body = {
        "value": ["chaozhou.gov.cn", "raoping.gov.cn"],
        "source": rule["source"],
        "verified": False,
        "reason": "饶平单列",
    }
    admin = house.staff("system_admin")
    headers = {**house.headers(admin), "If-Match": f'"{rule["version"]}"'}
    path = "/workorder/v1/rules/open311-jurisdictions"
    assert (await house.client.put(path, json=body, headers=headers)).status_code == 200
    for resource in ("services", "services/pothole", "requests", "servicerequestupdates"):
        bare = await house.get(f"{API}/{resource}.json")
        assert bare.status_code == 400, resource
        assert "jurisdiction_id was not provided" in bare.json()[0]["description"]
        named = await house.get(f"{API}/{resource}.json?jurisdiction_id=raoping.gov.cn")
        assert named.status_code == 200, resource


@pytest.mark.parametrize("path", [DISCOVERY, f"{API}/discovery"])
async def test_discovery_says_where_which_version_answers_and_in_which_formats(house, path):
    found = (await house.get(f"{path}.json")).json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    assert "12345" in found["contact"]
    assert found["key_service"]
    [endpoint] = found["endpoints"]
    assert endpoint == {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{house.runtime.settings.public_url}{API}",
        "changeset": found["changeset"],
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    xml = await house.get(f"{path}.xml")
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(xml.content)
    assert root.tag == "discovery"
    assert [child.tag for child in root] == ["changeset", "contact", "key_service", "endpoints"]
    formats = root.findall("endpoints/endpoint/formats/format")
    assert [each.text for each in formats] == endpoint["formats"]
    assert root.findtext("endpoints/endpoint/url") == endpoint["url"]


async def test_the_changeset_moves_when_the_services_change_and_at_nothing_else(house):
    async def changeset():
        return (await house.get(f"{DISCOVERY}.json")).json()["changeset"]

    before = await changeset()
    assert before == "2026-01-01T08:00:00+08:00"
    await a_key(house)
    assert await changeset() == before
    service = {"name": "共享单车", "type": "complaint", "reason": "新增"}
    headers = house.headers(house.staff("system_admin"))
    put = await house.client.put(f"{SERVICES}/bikes", json=service, headers=headers)
    assert put.status_code == 200, put.text
    assert await changeset() == "2026-03-02T10:00:00+08:00"


async def ids_of(answers):
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()[0]["update_id"] for answer in answers]


async def test_an_update_that_is_sent_again_is_answered_as_the_first_and_kept_once(house):
    key = await a_key(house)
    number = await reported(house, key)
    order = await order_of(house, number)
    await dispatched(house, order)
    first = await said_more(house, key, number)
    house.clock.move(timedelta(minutes=9))
    again = await said_more(house, key, number, update_id="fms-18", updated_datetime="")
    as_xml = await said_more(house, key, number, path="servicerequestupdates.xml")
    [one, two] = await ids_of([first, again])
    assert one == two
    assert told(ElementTree.fromstring(as_xml.content)) == [{"update_id": one}]
    shown = await updates(house)
    assert [each["update_id"] for each in shown].count(one) == 1
    steps = [step for step, _ in await history(house, order, an_officer(house))]
    assert (steps.count("reporter-noted"), steps.count("urged")) == (1, 1)
    assert len(await house.told(WorkOrderUrged)) == 1
    house.clock.move(timedelta(minutes=2))
    assert await ids_of([await said_more(house, key, number)]) != [one]
    assert len(await updates(house)) == len(shown) + 1


async def test_two_that_come_at_once_are_one(house):
    key = await a_key(house)
    number = await reported(house, key)
    answers = await asyncio.gather(*(said_more(house, key, number) for _ in range(4)))
    assert len(set(await ids_of(answers))) == 1
    assert len(await updates(house)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "又塌了一块，电话 13800138001"},  # masked, it reads as the first
        {"status": "closed"},
        {"media_url": "https://example.org/other.jpg"},
        {"email": "other@sfgov.org"},
    ],
)
async def test_what_differs_or_comes_from_another_is_kept_as_its_own(house, changes):
    key, other_key = await a_key(house), await a_key(house)
    number, elsewhere = await reported(house, key), await reported(house, key)
    answers = [
        await said_more(house, key, number),
        await said_more(house, key, number, **changes),
        await said_more(house, other_key, number),
        await said_more(house, key, elsewhere),
    ]
    assert len(set(await ids_of(answers))) == 4


async def test_what_is_sent_again_after_the_close_is_answered_and_opens_nothing(house):
    key = await a_key(house)
    number = await reported(house, key)
    first = await said_more(house, key, number)
    await house.sql("UPDATE work_orders SET state = 'closed', closed_at = now()")
    assert len(set(await ids_of([first, await said_more(house, key, number)]))) == 1
    assert (await said_more(house, key, number, description="又坏了")).status_code == 400


async def test_the_minutes_are_a_rule_and_none_means_that_each_is_kept(house):
    key = await a_key(house)
    number = await reported(house, key)
    await rule_becomes(house, "open311-repeat-minutes", 0)
    answers = [await said_more(house, key, number) for _ in range(2)]
    assert len(set(await ids_of(answers))) == 2


async def test_who_sent_an_update_cannot_be_read_out_of_what_tells_repeats(house):
    key = await a_key(house)
    number = await reported(house, key)
    await said_more(house, key, number)
    [row] = await house.sql("SELECT * FROM open311_notes")
    assert len(bytes(row["digest"])) == 32
    assert "Smith" not in str(dict(row))
