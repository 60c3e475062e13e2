"""Repeats are found, merging loses no voice, and what was merged can be taken apart again."""

import asyncio
from datetime import timedelta
from uuid import UUID

from hotline_stories import (
    DONE,
    WHY,
    a_lead,
    an_agent,
    an_officer,
    closed,
    history,
    seen,
    sent,
    steps_of,
    take,
)
from sqlalchemy import text
from workorder_stories import DEPARTMENT, ORDERS, a_hotline_order

from contracts.events.workorder import WorkOrderClosed, WorkOrderMerged, WorkOrderReplied
from workorder.queries.similar_orders import BY_INDEX, CANDIDATES, candidates

LAMP = {"title": "路灯不亮", "content": "枫春路口的灯坏了，晚上看不见路", "place": "枫春路口"}
LAMP_AGAIN = {
    "title": "枫春路口路灯坏了",
    "content": "好几天没亮，晚上看不见路",
    "place": "枫春路口",
}
NOISE = {"title": "深夜施工噪音", "content": "工地凌晨还在打桩", "place": "绿榕路"}


async def merged(house, order, into, status=201):
    return await take(
        house, order, "merges", {"into": into["id"], **WHY}, as_=an_agent(house), status=status
    )


async def similar(house, order):
    answer = await house.get(f"{ORDERS}/{order['id']}/similar", as_=an_agent(house))
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def test_the_same_matter_in_other_words_is_named_when_the_call_is_taken(house):
    first = await a_hotline_order(house, **LAMP)
    await a_hotline_order(house, **NOISE)
    body = {"type": "complaint", **LAMP_AGAIN}
    answer = await house.post(
        "/workorder/v1/hotline-orders?similar=true", body, as_=an_agent(house)
    )
    [found] = answer.json()["similar"]
    assert (found["id"], found["number"], found["state"]) == (
        first["id"],
        first["number"],
        "opened",
    )
    assert set(found["why"]) == {"similar-words", "same-place"}
    again = await similar(house, answer.json())
    assert [each["id"] for each in again] == [first["id"]]


async def test_who_calls_again_is_known_by_a_telephone_that_nobody_sees(house):
    first = await a_hotline_order(
        house, title="水费账单不对", content="上月用水量多算", contact_phone="13800138000"
    )
    again = await a_hotline_order(
        house, title="自来水多收钱", content="上月用水量还是没有改", contact_phone="138 0013 8000"
    )
    [found] = await similar(house, again)
    assert found["id"] == first["id"]
    assert "same-caller" in found["why"]
    rows = await house.sql("SELECT contact_index, contact_encrypted FROM work_order_callers")
    assert "13800138000" not in str([dict(row) for row in rows])


async def test_near_by_coordinates_is_the_same_place(house):
    here = {"longitude": 116.6200, "latitude": 23.6600}
    near = {"longitude": 116.6210, "latitude": 23.6605}
    far = {"longitude": 116.7000, "latitude": 23.7000}
    first = await a_hotline_order(house, title="井盖破损", content="人行道井盖松动", **here)
    await a_hotline_order(house, title="井盖破损", content="车道缺盖", **far)
    again = await a_hotline_order(house, title="井盖松了", content="人行道井盖破损绊人", **near)
    best = (await similar(house, again))[0]
    assert (best["id"], "same-place" in best["why"]) == (first["id"], True)


async def test_what_was_said_long_ago_is_not_the_same_matter(house):
    await a_hotline_order(house, **LAMP)
    house.clock.move(timedelta(days=40))
    assert await similar(house, await a_hotline_order(house, **LAMP_AGAIN)) == []


async def test_a_citizen_is_shown_their_own_orders_only(house):
    wang, li = house.person("citizen"), house.person("citizen")
    mine = await a_hotline_order(house, wang, **LAMP)
    await a_hotline_order(house, li, **LAMP)
    body = {"type": "complaint", **LAMP_AGAIN}
    answer = await house.post("/workorder/v1/hotline-orders?similar=true", body, as_=wang)
    assert [each["id"] for each in answer.json()["similar"]] == [mine["id"]]


async def test_looking_for_the_same_is_served_by_the_index_however_many_stand_there(house):
    await house.sql(
        "INSERT INTO work_order_words SELECT gen_random_uuid(), ARRAY['@26w' || lpad((n % 52 + 1)::text, 2, '0'), "
        "'a' || n % 997, 'b' || n % 499, 'c' || n % 251] FROM generate_series(1, 60000) n"
    )
    await house.sql("ANALYZE work_order_words")
    tx = house.runtime.begin_system()
    try:
        await tx.execute(BY_INDEX)
        wanted = candidates([["a5", "b7"], ["a5", "c9"]], ["@26w09", "@26w10"])
        plan = await tx.all(
            text(f"EXPLAIN {CANDIDATES.text}").bindparams(**wanted.compile().params)
        )
    finally:
        await tx.close()
    words = "\n".join(row[0] for row in plan)
    assert "Bitmap Index Scan on work_order_words_words" in words
    assert "Seq Scan" not in words


async def test_a_merge_counts_the_voice_and_every_caller_hears_of_the_end(house):
    wang, li = house.person("citizen"), house.person("citizen")
    lead = await sent(house, await a_hotline_order(house, wang, **LAMP))
    other = await a_hotline_order(house, li, **LAMP_AGAIN)
    gone = await merged(house, other, lead)
    assert (gone["state"], gone["merged_into"], gone["closed_at"]) == ("merged", lead["id"], None)
    assert (await seen(house, lead))["voices"] == 2
    assert len(await house.told(WorkOrderMerged)) == 1
    await take(house, lead, "replies", DONE, as_=an_officer(house))
    await take(house, lead, "visits", {"satisfied": True}, as_=wang)
    told = await seen(house, other, li)
    assert (told["state"], told["reply"], told["department"]) == (
        "reviewed",
        DONE["text"],
        DEPARTMENT,
    )
    ended = await take(house, other, "visits", {"satisfied": True, "satisfaction": 5}, as_=li)
    assert (ended["state"], ended["satisfaction"]) == ("closed", 5)
    facts = await house.told(WorkOrderClosed)
    assert {str(fact.work_order_id) for fact in facts} == {lead["id"], other["id"]}
    assert len(await house.told(WorkOrderReplied)) == 2
    assert "lead-ended" in steps_of(await history(house, other, li))


async def test_a_merged_caller_who_is_not_satisfied_goes_round_again_alone(house):
    li = house.person("citizen")
    lead = await sent(house, await a_hotline_order(house, **LAMP))
    other = await a_hotline_order(house, li, **LAMP_AGAIN)
    await merged(house, other, lead)
    await take(house, lead, "replies", DONE, as_=an_officer(house))
    await take(house, lead, "visits", {"satisfied": True}, as_=an_agent(house))
    again = await take(house, other, "visits", {"satisfied": False}, as_=li)
    assert (again["state"], again["department"], again["waits_for"]) == (
        "reopened",
        DEPARTMENT,
        "department",
    )
    assert (await seen(house, lead))["state"] == "closed"


async def test_when_the_order_merged_into_is_taken_back_the_others_are_dispatched_again(house):
    wang = house.person("citizen")
    lead = await sent(house, await a_hotline_order(house, wang, **LAMP))
    other = await a_hotline_order(house, **LAMP_AGAIN)
    await merged(house, other, lead)
    await take(house, lead, "cancellations", WHY, as_=wang)
    free = await seen(house, other)
    assert (free["state"], free["merged_into"], free["waits_for"]) == ("opened", None, "hotline")


async def test_a_merge_is_taken_back_and_the_voice_with_it(house):
    lead = await sent(house, await a_hotline_order(house, **LAMP))
    other = await sent(house, await a_hotline_order(house, **NOISE))
    await merged(house, other, lead)
    back = await take(house, other, "merge-reversals", WHY, as_=a_lead(house))
    assert (back["state"], back["merged_into"], back["department"]) == ("opened", None, "")
    assert (await seen(house, lead))["voices"] == 1
    assert steps_of(await history(house, lead))[-2:] == ["voice-joined", "voice-left"]


async def test_no_circle_can_come_about(house):
    one, two, three = [await a_hotline_order(house, **LAMP) for _ in range(3)]
    assert (await merged(house, one, one, status=409))["type"] == "/problems/merge-target"
    await merged(house, one, two)
    assert "已并入" in (await merged(house, two, one, status=409))["detail"]
    await merged(house, two, three)
    assert (await seen(house, three))["voices"] == 3
    await merged(house, three, one, status=409)


async def test_two_that_are_merged_into_each_other_at_once_end_as_one(house):
    one, two = [await a_hotline_order(house, **LAMP) for _ in range(2)]

    async def ask(order, into):
        body = {"into": into["id"], **WHY}
        answer = await house.post(f"{ORDERS}/{order['id']}/merges", body, as_=an_agent(house))
        return answer.status_code

    statuses = await asyncio.gather(ask(one, two), ask(two, one))
    assert statuses.count(201) <= 1
    assert set(statuses) <= {201, 409}
    rows = await house.sql("SELECT count(*) AS n FROM work_orders WHERE merged_into IS NOT NULL")
    assert rows[0]["n"] == statuses.count(201)


async def test_only_what_is_open_and_there_is_merged_into(house):
    ended = await closed(house)
    other = await a_hotline_order(house)
    assert "已办结" in (await merged(house, other, ended, status=409))["detail"]
    nowhere = {"id": str(UUID(int=9))}
    assert (await merged(house, other, nowhere, status=422))["type"] == (
        "/problems/other-order-unknown"
    )


async def test_a_chain_of_merges_tells_everybody_in_turn(house):
    one, two, three = [await a_hotline_order(house, **LAMP) for _ in range(3)]
    await merged(house, one, two)
    await merged(house, two, three)
    answer = {"outcome": "explained", "text": "明日更换"}
    await take(house, three, "answers", answer, as_=an_agent(house))
    assert (await seen(house, two))["state"] == "reviewed"
    assert (await seen(house, one))["state"] == "merged"
    await take(house, two, "visits", {"satisfied": True}, as_=an_agent(house))
    assert (await seen(house, one))["reply"] == "明日更换"


async def test_a_repeat_is_marked_and_unmarked(house):
    first, again = await closed(house), await a_hotline_order(house)
    body = {"of": first["id"], **WHY}
    marked = await take(house, again, "repeat-marks", body, as_=an_agent(house))
    assert marked["repeat_of"] == first["id"]
    back = await take(house, again, "repeat-mark-reversals", WHY, as_=an_agent(house))
    assert back["repeat_of"] is None
    body["of"] = again["id"]
    await take(house, again, "repeat-marks", body, as_=an_agent(house), status=409)
