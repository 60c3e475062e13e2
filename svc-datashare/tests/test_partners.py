import asyncio
import json
from datetime import timedelta

from chassis.ids import new_id
from contracts.events.evaluation import RatingChanged

ROOT = "/datashare/v1"
STREAM = {"Accept": "text/event-stream"}


def caller(house, partner):
    return house.person(
        "partner", subject=partner["id"], kind="partner", client_id=partner["client_id"]
    )


async def enter(house, city, partner, **changes):
    body = {"client_id": partner["client_id"], "client_secret": partner["client_secret"], **changes}
    return await house.post(f"{ROOT}/partner-authentications", body, as_=city.gateway())


async def test_a_secret_is_shown_once_and_kept_as_a_hash(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    [row] = await house.sql("SELECT partners::text AS whole FROM partners")
    assert partner["client_secret"] not in row["whole"]
    [listed] = (await city.see("/partners", city.admin()))["results"]
    assert "client_secret" not in listed


async def test_the_gateway_verifies_a_partner(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    good = await enter(house, city, partner)
    assert good.json() == {
        "client_id": partner["client_id"],
        "partner_id": partner["id"],
        "scopes": ["feed:read"],
    }
    wrong = await enter(house, city, partner, client_secret="wrong")
    unknown = await enter(house, city, partner, client_id="nobody")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json()["detail"] == unknown.json()["detail"]
    for who in (city.admin(), caller(house, partner)):
        body = {"client_id": "x", "client_secret": "y"}
        refused = await house.post(f"{ROOT}/partner-authentications", body, as_=who)
        assert refused.status_code == 403


async def test_a_rotated_secret_ends_the_old_one(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    path = f"/partners/{partner['id']}"
    fresh = await city.ok(f"{path}/secrets", {"reason": "定期更换"}, city.admin())
    assert (await enter(house, city, partner)).status_code == 401
    assert (await enter(house, city, fresh)).status_code == 200
    steps = await city.see(f"{path}/steps", city.admin())
    assert [step["step"] for step in steps["results"]] == ["registered", "secret-rotated"]


async def test_a_suspended_or_expired_partner_is_out(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    late = await city.ok("/partners", city.partner(), city.admin())
    await city.ok(f"/partners/{partner['id']}/suspensions", {"reason": "协议终止"}, city.admin())
    again = await house.post(
        f"{ROOT}/partners/{partner['id']}/suspensions", {"reason": "协议终止"}, as_=city.admin()
    )
    assert again.status_code == 409
    assert (await enter(house, city, partner)).status_code == 401
    assert (await house.get(f"{ROOT}/feed", as_=caller(house, partner))).status_code == 403
    house.clock.move(timedelta(days=400))
    assert (await enter(house, city, late)).status_code == 401
    assert (await house.get(f"{ROOT}/feed", as_=caller(house, late))).status_code == 403


async def test_a_partner_is_let_in_only_for_known_facts_and_a_time_that_runs_forward(house, city):
    unknown = city.partner(types=["workorder.application.vanished.v1"])
    backward = city.partner(valid_until="2020-01-01T00:00:00Z")
    none = city.partner(types=[])
    answers = [
        await house.post(f"{ROOT}/partners", body, as_=city.admin())
        for body in (unknown, backward, none)
    ]
    assert [answer.json()["type"] for answer in answers] == [
        "/problems/fact-type-unknown",
        "/problems/partner-period",
        "/problems/invalid",
    ]


async def test_the_feed_holds_what_is_granted_in_order_and_goes_on(house, city):
    partner = await city.ok("/partners", city.partner(divisions=["445102"]), city.admin())
    who = caller(house, partner)
    facts = [await city.told(city.submitted()) for _ in range(3)]
    await city.told(city.submitted(), division="445103")
    changed = RatingChanged(rating_id=new_id(), state="rectified", changed_at=house.clock.now())
    await city.told(changed)
    first = await city.see("/feed?limit=2", who)
    second = await city.see(f"/feed?limit=2&after={first['next_cursor']}", who)
    third = await city.see(f"/feed?after={second['next_cursor']}", who)
    numbers = [event["data"]["application_id"] for event in first["results"] + second["results"]]
    assert numbers == [str(fact.application_id) for fact in facts]
    assert third["results"] == []
    event = first["results"][0]
    assert (event["specversion"], event["division"]) == ("1.0", "445102")
    assert "traceparent" not in event


async def test_departments_narrow_a_grant(house, city):
    partner = await city.ok("/partners", city.partner(departments=[city.other]), city.admin())
    await city.told(city.submitted())
    mine = await city.told(city.submitted(), department=city.other)
    [event] = (await city.see("/feed", caller(house, partner)))["results"]
    assert event["data"]["application_id"] == str(mine.application_id)


async def test_what_is_not_granted_cannot_be_asked_for(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    who = caller(house, partner)
    other = await house.get(f"{ROOT}/feed?types=evaluation.rating.given.v1", as_=who)
    stream = await house.get(
        f"{ROOT}/feed?types=evaluation.rating.given.v1", as_=who, headers=STREAM
    )
    nobody = await house.get(f"{ROOT}/feed", as_=house.person("partner", kind="partner"))
    assert [one.status_code for one in (other, stream, nobody)] == [403] * 3


async def test_types_may_be_named_together_or_one_by_one(house, city):
    both = ["workorder.application.submitted.v1", "evaluation.rating.changed.v1"]
    partner = await city.ok("/partners", city.partner(types=both), city.admin())
    who = caller(house, partner)
    await city.told(city.submitted())
    await city.told(
        RatingChanged(rating_id=new_id(), state="rectified", changed_at=house.clock.now())
    )
    for query in (f"types={both[0]},{both[1]}", f"types={both[0]}&types={both[1]}", "limit=9"):
        feed = await city.see(f"/feed?{query}", who)
        assert [event["type"] for event in feed["results"]] == both
    [one] = (await city.see(f"/feed?types={both[1]}", who))["results"]
    assert one["type"] == both[1]


async def test_a_cursor_is_its_partner_s_own(house, city):
    one = await city.ok("/partners", city.partner(), city.admin())
    two = await city.ok("/partners", city.partner(), city.admin())
    cursor = (await city.see("/feed", caller(house, one)))["next_cursor"]
    for path in (f"/feed?after={cursor}", "/feed?after=made-up"):
        answer = await house.get(f"{ROOT}{path}", as_=caller(house, two))
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-cursor")


async def test_a_waiting_reader_is_answered_when_something_comes(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    reading = asyncio.create_task(city.see("/feed?wait=20", caller(house, partner)))
    fact = await city.told(city.submitted())
    feed = await asyncio.wait_for(reading, 5)
    assert [event["data"]["application_id"] for event in feed["results"]] == [
        str(fact.application_id)
    ]


async def test_a_wait_ends_with_its_time(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    feed = await asyncio.wait_for(city.see("/feed?wait=1", caller(house, partner)), 5)
    assert feed["results"] == []


def stream_events(text):
    blocks = [block for block in text.split("\n\n") if block.startswith("id: ")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]


async def streamed(house, who, **headers):
    """What a stream says before it ends; the house is about to close, so it ends after one look."""
    house.runtime.draining.set()
    answer = await house.get(f"{ROOT}/feed", as_=who, headers={**STREAM, **headers})
    house.runtime.draining.clear()
    assert answer.headers["content-type"].startswith("text/event-stream")
    return stream_events(answer.text)


async def test_a_stream_gives_each_event_its_cursor_and_goes_on_behind_it(house, city):
    partner = await city.ok("/partners", city.partner(), city.admin())
    who = caller(house, partner)
    facts = [await city.told(city.submitted()) for _ in range(3)]
    events = await streamed(house, who)
    assert [event["event"] for event in events] == ["workorder.application.submitted.v1"] * 3
    rest = await streamed(house, who, **{"Last-Event-ID": events[0]["id"]})
    numbers = [json.loads(event["data"])["data"]["application_id"] for event in rest]
    assert numbers == [str(fact.application_id) for fact in facts[1:]]
    page = await city.see(f"/feed?after={events[1]['id']}", who)
    assert [event["data"]["application_id"] for event in page["results"]] == numbers[1:]
