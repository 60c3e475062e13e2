"""GeoReport v2 as other cities' applications call it: the specification's own example calls, and hostile ones."""

import json
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from workorder_stories import DEPARTMENT, a_hotline_order, an_officer, dispatched, order_step

from chassis.ids import is_readable_number

API = "/workorder/open311/v2"
CLIENTS = "/workorder/v1/open311-clients"
SERVICES = "/workorder/v1/open311-services"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
EXAMPLE = {
    "jurisdiction_id": "chaozhou.gov.cn",
    "service_code": "pothole",
    "lat": "23.6618",
    "long": "116.6226",
    "address_string": "枫春路 18 号",
    "email": "smit333@sfgov.org",
    "device_id": "tt222111",
    "account_id": "123456",
    "first_name": "John",
    "last_name": "Smith",
    "phone": "111111111",
    "description": "A large sinkhole is destroying the street 路面塌陷",
    "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
}
DEEP = (
    "<!DOCTYPE x [<!ENTITY a 'lol'>"
    + "".join(
        f"<!ENTITY {name} '&{below};&{below};&{below};'>"
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><x>&i;</x>"
)
REACHING_OUT = (
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><service_request>&e;</service_request>"
)


async def a_key(house):
    admin = house.staff("system_admin")
    answer = await house.post(CLIENTS, {"name": "FixMyStreet", "division": "445102"}, as_=admin)
    assert answer.status_code == 201, answer.text
    return answer.json()["api_key"]


async def sent(house, form, *, path="requests.xml", as_=None):
    headers = {**house.headers(as_), **FORM}
    return await house.client.post(
        f"{API}/{path}", content=urlencode(form, doseq=True), headers=headers
    )


async def reported(house, key, **changes):
    """The number of a report."""
    answer = await sent(house, {**EXAMPLE, "api_key": key, **changes})
    assert answer.status_code == 201, answer.text
    return ElementTree.fromstring(answer.content).findtext("request/service_request_id")


def told(element):
    """What an XML answer says, as its JSON form would say it: by the specification's mapping."""
    if not len(element):
        return element.text or ""
    names = [child.tag for child in element]
    if len(set(names)) == 1 and element.tag in {
        f"{names[0]}s",
        "service_requests",
        "service_request_updates",
    }:
        return [told(child) for child in element]
    return {child.tag: told(child) for child in element}


def plain(value):
    """The same of a JSON answer: everything in words."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


async def test_an_application_of_another_city_reports_follows_and_sees_it_closed(house):
    key = await a_key(house)
    number = await reported(house, key)
    assert is_readable_number(number)
    shown = await house.get(f"{API}/requests/{number}.xml?jurisdiction_id=chaozhou.gov.cn")
    assert shown.headers["content-type"] == "text/xml; charset=utf-8"
    assert shown.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    [request] = told(ElementTree.fromstring(shown.content))
    assert request["status"] == "open"
    assert request["service_code"] == "pothole"
    assert request["service_name"] == "道路坑洼"
    assert request["description"] == EXAMPLE["description"]
    assert (request["lat"], request["long"]) == ("23.6618", "116.6226")
    assert (request["address"], request["media_url"]) == (
        EXAMPLE["address_string"],
        EXAMPLE["media_url"],
    )
    assert request["requested_datetime"] == "2026-03-02T10:00:00+08:00"
    [row] = await house.sql("SELECT id, source, type FROM work_orders")
    assert (row["source"], row["type"]) == ("open311", "help")
    order = {"id": str(row["id"])}
    await dispatched(house, order)
    house.clock.move(timedelta(hours=2))
    reply = {"outcome": "solved", "text": "已修补路面"}
    await order_step(house, order, "replies", reply, as_=an_officer(house))
    agent = house.staff("hotline_agent")
    await order_step(house, order, "visits", {"satisfied": True}, as_=agent)
    [request] = (await house.get(f"{API}/requests/{number}.json")).json()
    assert (request["status"], request["status_notes"]) == ("closed", "已修补路面")
    assert request["agency_responsible"] == DEPARTMENT
    assert request["updated_datetime"] == "2026-03-02T12:00:00+08:00"
    updates = (await house.get(f"{API}/servicerequestupdates.json")).json()
    assert [(each["status"], each["description"]) for each in updates] == [
        ("open", "已派往承办单位"),
        ("open", "已修补路面"),
        ("closed", "已回访"),
    ]
    [token] = (await house.get(f"{API}/tokens/{row['id']}.json")).json()
    assert token == {"token": str(row["id"]), "service_request_id": number}


async def test_xml_and_json_say_the_same(house):
    key = await a_key(house)
    await reported(house, key, description='路灯 <b>不亮</b> & "坏" ]]> 联系 13800138000\x07')
    for path in ("services", "services/noise", "requests", "servicerequestupdates"):
        xml = await house.get(f"{API}/{path}.xml?extensions=true")
        as_json = await house.get(f"{API}/{path}.json?extensions=true")
        assert as_json.headers["content-type"] == "application/json; charset=utf-8"
        expected = plain(as_json.json())
        found = told(ElementTree.fromstring(xml.content))
        if path == "requests":
            assert found[0].pop("description").replace("\x07", "") == expected[0].pop(
                "description"
            ).replace("\x07", "")
        assert (found or []) == expected, path
    [request] = (await house.get(f"{API}/requests.json")).json()
    assert "138********" in request["description"]


async def test_who_reported_goes_in_encrypted_and_never_comes_back(house):
    key = await a_key(house)
    number = await reported(house, key)
    said = ""
    for path in (
        f"requests/{number}.xml",
        f"requests/{number}.json",
        "requests.json",
        "servicerequestupdates.xml",
    ):
        said += (await house.get(f"{API}/{path}?extensions=true&api_key={key}")).text
    rows = await house.sql("SELECT * FROM open311_requests, work_order_callers")
    kept = json.dumps([dict(row) for row in rows], default=str)
    outbox = str([bytes(row["message"]) for row in await house.sql("SELECT message FROM outbox")])
    for secret in ("Smith", "John", "smit333", "111111111", "tt222111"):
        assert secret not in said
        assert secret not in kept
        assert secret not in outbox
    disclosure = await house.post(
        f"/workorder/v1/work-orders/{rows[0]['work_order_id']}/contact-disclosures",
        {"purpose": "回访"},
        as_=house.staff("hotline_agent"),
    )
    assert disclosure.json()["contact_phone"] == "111111111"


async def test_services_tell_what_they_ask_and_the_answers_are_checked(house):
    key = await a_key(house)
    services = (await house.get(f"{API}/services.json")).json()
    metadata = {each["service_code"]: each["metadata"] for each in services}
    assert (metadata["noise"], metadata["pothole"]) == (True, False)
    definition = (await house.get(f"{API}/services/noise.json")).json()
    [attribute] = definition["attributes"]
    assert (attribute["code"], attribute["datatype"], attribute["required"]) == (
        "SOURCE",
        "singlevaluelist",
        True,
    )
    assert {"key": "traffic", "name": "交通"} in attribute["values"]
    missing = await sent(house, {**EXAMPLE, "api_key": key, "service_code": "noise"})
    assert (missing.status_code, "SOURCE is required" in missing.text) == (400, True)
    for name, value in (
        ("attribute[SOURCE]", "dragons"),
        ("attribute[OTHER]", "x"),
        ("attribute[SOURCE][]", ["traffic", "business"]),
    ):
        wrong = await sent(house, {**EXAMPLE, "api_key": key, "service_code": "noise", name: value})
        assert wrong.status_code == 400, name
    number = await reported(house, key, service_code="noise", **{"attribute[SOURCE]": "traffic"})
    [request] = (await house.get(f"{API}/requests/{number}.json")).json()
    assert request["description"].endswith("噪声来源：交通")


async def test_lists_are_filtered_as_the_specification_says(house):
    key = await a_key(house)
    old = await reported(house, key)
    house.clock.move(timedelta(days=100))
    lamps = [await reported(house, key, service_code="street-light") for _ in range(3)]
    hole = await reported(house, key)

    async def numbers(query):
        answer = await house.get(f"{API}/requests.json?{query}")
        assert answer.status_code == 200, answer.text
        return {each["service_request_id"] for each in answer.json()}

    assert await numbers("") == {*lamps, hole}
    assert await numbers(f"service_request_id={old},{hole}&status=closed") == {old, hole}
    assert await numbers("service_code=street-light&status=open,closed") == set(lamps)
    assert await numbers("status=closed") == set()
    assert await numbers(
        "start_date=2026-03-01T00:00:00Z&end_date=2026-03-05T00:00:00%2B08:00"
    ) == {old}
    assert await numbers("start_date=2026-03-01T00:00:00Z") == {old}
    assert await numbers("updated_after=2026-06-01T00:00:00Z") == {*lamps, hole}
    assert await numbers("updated_after=2026-07-01T00:00:00Z") == set()
    pages = [await numbers(f"page={page}&page_size=3") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert pages[0] | pages[1] == {*lamps, hole}
    assert await numbers("q=whatever&unknown=1&status=") == {*lamps, hole}


async def test_nothing_is_shown_but_what_came_in_here_and_is_not_confidential(house):
    key = await a_key(house)
    phone_call = await a_hotline_order(house)
    hidden = await reported(house, key)
    await house.sql("UPDATE work_orders SET is_confidential = true WHERE number = $1", hidden)
    assert (await house.get(f"{API}/requests.json")).json() == []
    for number in (phone_call["number"], hidden, "RX-000000", "x" * 500, "%27"):
        assert (await house.get(f"{API}/requests/{number}.json")).status_code == 404
    assert (await house.get(f"{API}/tokens/{phone_call['id']}.json")).status_code == 404


async def test_errors_come_in_the_specifications_format(house):
    key = await a_key(house)
    for form, status, words in (
        ({}, 403, "api_key was not provided"),
        ({**EXAMPLE, "api_key": "no"}, 403, "api_key is not valid"),
        ({**EXAMPLE, "api_key": key, "jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ({**EXAMPLE, "api_key": key, "service_code": "none"}, 404, "service_code"),
        ({**EXAMPLE, "api_key": key, "service_code": ""}, 400, "service_code was not provided"),
        ({**EXAMPLE, "api_key": key, "lat": "", "long": "", "address_string": ""}, 400, "required"),
        ({**EXAMPLE, "api_key": key, "lat": "91"}, 400, "lat"),
        ({**EXAMPLE, "api_key": key, "lat": "NaN"}, 400, "lat"),
        ({**EXAMPLE, "api_key": key, "long": ""}, 400, "go together"),
        ({**EXAMPLE, "api_key": key, "media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({**EXAMPLE, "api_key": key, "description": ""}, 400, "description"),
        ({**EXAMPLE, "api_key": key, "description": "长" * 4_001}, 400, "description"),
    ):  # fmt: skip
        answer = await sent(house, form)
        assert answer.status_code == status, answer.text
        [error] = told(ElementTree.fromstring(answer.content))
        assert error["code"] == str(status)
        assert words in error["description"]
        [error] = (await sent(house, form, path="requests.json")).json()
        assert (error["code"], words in error["description"]) == (status, True)
    for query in (
        "start_date=2026-01-01T00:00:00Z&end_date=2026-12-31T00:00:00Z",
        "start_date=yesterday",
        "start_date=2026-03-02",
        "start_date=2026-13-02T00:00:00Z",
        "start_date=9999-12-31T23:59:59Z",
        "start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z",
        "status=lost",
        "page=-1",
        "page_size=abc",
        "service_request_id=" + ",".join("x" for _ in range(501)),
    ):
        answer = await house.get(f"{API}/requests.xml?{query}")
        assert (answer.status_code, answer.text.count("<error>")) == (400, 1), query
    assert await house.sql("SELECT 1 FROM work_orders") == []


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (DEEP, "text/xml"),
        (REACHING_OUT, "application/xml"),
        ("{}", "application/json"),
        ("a=%FF%FE", "application/x-www-form-urlencoded"),
        ("a=%00", "application/x-www-form-urlencoded"),
        ("&".join("a=1" for _ in range(300)), "application/x-www-form-urlencoded"),
        ("a=" + "b" * 70_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_a_hostile_body_is_never_read_as_what_it_is_not(house, content, media_type):
    headers = {**house.headers(None), "content-type": media_type}
    answer = await house.client.post(f"{API}/requests.xml", content=content, headers=headers)
    assert answer.status_code in {400, 413}
    assert "root:" not in answer.text
    [error] = told(ElementTree.fromstring(answer.content))
    assert error["code"] == str(answer.status_code)


async def test_somebody_signed_in_needs_no_key_and_follows_their_report_as_their_own(house):
    citizen = house.person("citizen", division="445102")
    answer = await sent(house, EXAMPLE, path="requests.json", as_=citizen)
    assert answer.status_code == 201
    own = (await house.get("/workorder/v1/work-orders", as_=citizen)).json()["results"]
    assert [each["number"] for each in own] == [answer.json()[0]["service_request_id"]]


async def test_fields_may_stand_in_the_query_as_some_applications_send_them(house):
    query = urlencode({**EXAMPLE, "api_key": await a_key(house)})
    answer = await house.client.post(f"{API}/requests.json?{query}", headers=house.headers(None))
    assert answer.status_code == 201, answer.text


async def test_a_key_that_is_shut_out_writes_no_more_and_may_be_let_in_again(house):
    key, admin = await a_key(house), house.staff("system_admin")
    [client] = (await house.get(CLIENTS, as_=admin)).json()["results"]
    assert "api_key" not in client
    for is_enabled, status in ((False, 403), (True, 201)):
        change = {"is_enabled": is_enabled, "reason": "滥用调查"}
        headers = house.headers(admin)
        answer = await house.client.put(f"{CLIENTS}/{client['id']}", json=change, headers=headers)
        assert answer.status_code == 200, answer.text
        assert (await sent(house, {**EXAMPLE, "api_key": key})).status_code == status


async def test_services_are_rows_that_an_administrator_changes(house):
    headers = house.headers(house.staff("system_admin"))
    service = {
        "name": "共享单车",
        "group": "交通秩序",
        "type": "complaint",
        "category": "traffic.bikes",
        "reason": "新增",
    }
    put = await house.client.put(f"{SERVICES}/bikes", json=service, headers=headers)
    assert (put.status_code, put.json()["version"]) == (200, 1)
    assert (await house.get(f"{API}/services/bikes.json")).status_code == 200
    gone = await house.client.put(
        f"{SERVICES}/bikes",
        json={**service, "is_offered": False, "reason": "停止受理"},
        headers=headers,
    )
    assert gone.json()["version"] == 2
    assert (await house.get(f"{API}/services/bikes.json")).status_code == 404
    listed = (await house.get(f"{SERVICES}?limit=100", as_=house.staff("auditor"))).json()[
        "results"
    ]
    assert "bikes" in {each["code"] for each in listed}
    steps = await house.sql("SELECT step FROM open311_steps WHERE of_id = 'bikes' ORDER BY id")
    assert [each["step"] for each in steps] == ["added", "changed"]


async def test_the_same_key_of_a_try_makes_one_report(house):
    key = await a_key(house)
    headers = {**house.headers(None), **FORM, "Idempotency-Key": "try-1"}
    form = urlencode({**EXAMPLE, "api_key": key})
    answers = [
        await house.client.post(f"{API}/requests.json", content=form, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len(await house.sql("SELECT 1 FROM work_orders")) == 1
