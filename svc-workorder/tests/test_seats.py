"""Agents' seats, calls that come in, and live chats that become orders."""

import asyncio
from datetime import timedelta

import pytest
from hotline_stories import a_lead, seen
from workorder_stories import ORDERS

from workorder.workers.seats import sweep

V1 = "/workorder/v1"


def an_agent(house, number):
    return house.staff(
        "hotline_agent", subject=f"00000000-0000-7000-8000-{number:012}", division="445100"
    )


async def sits(house, agent, state="ready", place="hall", skills=("mandarin",), status=200):
    body = {"place": place, "state": state, "skills": list(skills)}
    answer = await house.client.put(f"{V1}/seats/me", json=body, headers=house.headers(agent))
    assert answer.status_code == status, answer.text
    return answer.json()


def telephony(house):
    return house.person("partner", kind="partner", scope="telephony")


async def rings(house, number, skill="mandarin"):
    answer = await house.post(
        f"{V1}/calls", {"call_id": f"C{number}", "skill": skill}, as_=telephony(house)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def goes_on(house, number, what, status=201, **more):
    answer = await house.post(
        f"{V1}/calls/C{number}/progress", {"what": what, **more}, as_=telephony(house)
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def writes(house, citizen, text="想咨询社保", skill="mandarin"):
    answer = await house.post(f"{V1}/chats", {"skill": skill, "text": text}, as_=citizen)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def said(house, chat, as_, **params):
    answer = await house.get(f"{V1}/chats/{chat['id']}/messages", as_=as_, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def board(house):
    return (await house.get(f"{V1}/seats/board", as_=a_lead(house))).json()


async def test_a_call_goes_to_the_ready_seat_that_has_waited_longest(house):
    first, second = an_agent(house, 1), an_agent(house, 2)
    await sits(house, second)
    house.clock.move(timedelta(seconds=10))
    await sits(house, first, place="home")
    assert (await rings(house, 1))["agent"] == second["sub"]
    assert (await rings(house, 2))["agent"] == first["sub"]
    waiting = await rings(house, 3)
    assert (waiting["state"], waiting["agent"]) == ("queued", None)
    shown = await board(house)
    assert (shown["seats"]["busy"], shown["waiting_calls"], shown["by_place"]) == (
        2,
        1,
        {"hall": 1, "home": 1},
    )


async def test_of_those_who_wait_alike_the_one_who_served_least_today_is_next(house):
    first, second = an_agent(house, 1), an_agent(house, 2)
    await sits(house, first)
    await rings(house, 1)
    await goes_on(house, 1, "answered", ring_seconds=4)
    await goes_on(house, 1, "ended")
    await sits(house, second)
    assert (await rings(house, 2))["agent"] == second["sub"]


async def test_a_call_goes_to_who_has_the_skill(house):
    await sits(house, an_agent(house, 1))
    teochew = an_agent(house, 2)
    house.clock.move(timedelta(seconds=5))
    await sits(house, teochew, skills=("mandarin", "teochew"))
    assert (await rings(house, 1, "teochew"))["agent"] == teochew["sub"]
    assert (await rings(house, 2, "english"))["state"] == "queued"


async def test_nobody_gets_two_however_many_ring_at_once(house):
    for number in range(1, 5):
        await sits(house, an_agent(house, number))
    answers = await asyncio.gather(*(rings(house, number) for number in range(10)))
    given = [each["agent"] for each in answers if each["agent"]]
    assert len(given) == len(set(given)) == 4


async def test_a_caller_who_hung_up_leaves_the_agent_where_they_were_in_the_row(house):
    first, second = an_agent(house, 1), an_agent(house, 2)
    await sits(house, first)
    house.clock.move(timedelta(seconds=5))
    await sits(house, second)
    await rings(house, 1)
    await goes_on(house, 1, "abandoned", ring_seconds=30)
    assert (await rings(house, 2))["agent"] == first["sub"]
    await goes_on(house, 1, "answered", ring_seconds=1, status=409)


async def test_calls_are_kept_with_the_seconds_they_rang_and_without_a_number(house):
    await sits(house, an_agent(house, 1))
    await rings(house, 1)
    await goes_on(house, 1, "answered", ring_seconds=7)
    await goes_on(house, 1, "ended", recording_ref="rec/2026/1")
    listed = (await house.get(f"{V1}/calls", as_=a_lead(house))).json()["results"]
    assert [(each["state"], each["ring_seconds"]) for each in listed] == [("ended", 7)]
    body = {"call_id": "C9", "caller": "13800138000"}
    refused = await house.post(f"{V1}/calls", body, as_=telephony(house))
    assert refused.status_code == 422
    assert "13800138000" not in refused.text


async def test_a_call_that_waited_is_put_through_when_somebody_is_free(house):
    await rings(house, 1)
    assert (await goes_on(house, 1, "offered"))["agent"] is None
    agent = an_agent(house, 1)
    await sits(house, agent)
    assert (await goes_on(house, 1, "offered"))["agent"] == agent["sub"]


async def test_a_call_that_is_told_twice_is_one_call_at_one_seat(house):
    for number in (1, 2):
        await sits(house, an_agent(house, number))
    first, again = await rings(house, 1), await rings(house, 1)
    assert first == again
    assert (await board(house))["seats"]["busy"] == 1


async def test_only_the_telephone_system_tells_of_calls(house):
    other = house.person("partner", kind="partner", scope="channel:i-chaozhou")
    answer = await house.post(f"{V1}/calls", {"call_id": "C1"}, as_=other)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-telephony")


async def test_opening_a_recording_leaves_a_row(house):
    await sits(house, an_agent(house, 1))
    await rings(house, 1)
    await goes_on(house, 1, "answered", ring_seconds=2)
    await goes_on(house, 1, "ended", recording_ref="rec/1")
    path = f"{V1}/calls/C1/recording-openings"
    opened = await house.post(path, {"purpose": "核查服务态度"}, as_=a_lead(house))
    assert opened.json() == {"recording_ref": "rec/1"}
    rows = await house.sql("SELECT purpose FROM recording_accesses")
    assert [row["purpose"] for row in rows] == ["核查服务态度"]


async def test_presence_has_a_history(house):
    agent = an_agent(house, 1)
    seat = await sits(house, agent)
    await sits(house, agent, state="break")
    await sits(house, agent, state="off")
    steps = await house.get(f"{V1}/seats/{seat['id']}/steps", as_=a_lead(house))
    assert [each["step"] for each in steps.json()["results"]] == ["ready", "break", "off"]


async def test_a_chat_is_taken_spoken_in_and_becomes_an_order_with_its_transcript(house):
    wang, agent = house.person("citizen"), an_agent(house, 1)
    await sits(house, agent)
    chat = await writes(house, wang, "枫春路口的灯不亮，电话13800138000")
    assert (chat["state"], chat["position"]) == ("talking", None)
    path = f"{V1}/chats/{chat['id']}"
    await house.post(f"{path}/messages", {"text": "请问具体位置？"}, as_=agent)
    await house.post(f"{path}/messages", {"text": "银行门口"}, as_=wang)
    texts = [each["text"] for each in (await said(house, chat, agent))["results"]]
    assert texts[0] == "枫春路口的灯不亮，电话13800138000"
    body = {"type": "complaint", "title": "路灯不亮"}
    order = (await house.post(f"{path}/orders", body, as_=agent)).json()
    assert (order["source"], order["state"]) == ("web-chat", "opened")
    assert "银行门口" in order["content"]
    assert "13800138000" not in order["content"]
    assert (await seen(house, order, wang))["id"] == order["id"]
    again = await house.post(f"{path}/orders", body, as_=agent)
    assert again.json()["type"] == "/problems/chat-has-order"
    await house.post(f"{path}/ends", as_=agent)
    ended = (await house.get(path, as_=wang)).json()
    assert (ended["state"], ended["ended_by"], ended["work_order_id"]) == (
        "ended",
        "agent",
        order["id"],
    )


async def test_what_is_written_is_encrypted_and_masked_to_others(house):
    wang, agent = house.person("citizen"), an_agent(house, 1)
    await sits(house, agent)
    chat = await writes(house, wang, "电话13800138000")
    shown = await said(house, chat, a_lead(house))
    assert "13800138000" not in str(shown)
    rows = await house.sql("SELECT text_encrypted FROM chat_messages")
    assert not any("13800138000" in row["text_encrypted"] for row in rows)
    stranger = await house.get(f"{V1}/chats/{chat['id']}", as_=house.person("citizen"))
    assert stranger.status_code == 404
    other = await house.post(
        f"{V1}/chats/{chat['id']}/messages", {"text": "我来"}, as_=an_agent(house, 2)
    )
    assert other.json()["type"] == "/problems/not-your-chat"


async def test_who_waits_sees_their_place_in_the_row(house):
    first, second = house.person("citizen"), house.person("citizen")
    one, two = await writes(house, first), await writes(house, second)
    assert (one["position"], two["position"]) == (0, 1)
    agent = an_agent(house, 1)
    await sits(house, agent)
    assert (await said(house, one, first))["state"] == "talking"
    assert (await said(house, two, second))["position"] == 0
    await house.post(f"{V1}/chats/{one['id']}/ends", as_=first)
    assert (await said(house, two, second))["state"] == "talking"


async def test_a_chat_is_handed_over_to_the_next_and_the_citizen_is_told(house):
    wang, first, second = house.person("citizen"), an_agent(house, 1), an_agent(house, 2)
    await sits(house, first)
    chat = await writes(house, wang)
    await sits(house, second, skills=("mandarin", "enterprise"))
    body = {"skill": "enterprise", "reason": "企业诉求"}
    handed = await house.post(f"{V1}/chats/{chat['id']}/hand-overs", body, as_=first)
    assert (handed.json()["state"], handed.json()["skill"]) == ("talking", "enterprise")
    await house.post(f"{V1}/chats/{chat['id']}/messages", {"text": "您好"}, as_=second)
    texts = [each["text"] for each in (await said(house, chat, wang))["results"]]
    assert any("转交" in text for text in texts)
    assert texts[-1] == "您好"
    assert (await board(house))["seats"] == {"ready": 1, "busy": 1, "break": 0, "off": 0}


async def test_a_seat_that_vanishes_is_taken_off_and_its_chat_goes_to_the_next(house):
    wang, first, second = house.person("citizen"), an_agent(house, 1), an_agent(house, 2)
    await sits(house, first)
    chat = await writes(house, wang)
    house.clock.move(timedelta(seconds=50))
    await sits(house, second)
    assert await sweep(house.runtime) == 0
    house.clock.move(timedelta(seconds=20))
    assert await sweep(house.runtime) == 1
    assert (await board(house))["seats"] == {"ready": 0, "busy": 1, "break": 0, "off": 1}
    answer = await house.post(
        f"{V1}/chats/{chat['id']}/messages", {"text": "我继续为您服务"}, as_=second
    )
    assert answer.status_code == 201
    beat = await house.post(f"{V1}/seats/me/heartbeats", as_=first)
    assert beat.json()["type"] == "/problems/no-seat"


async def test_a_heartbeat_keeps_a_seat(house):
    agent = an_agent(house, 1)
    await sits(house, agent)
    for _ in range(3):
        house.clock.move(timedelta(seconds=50))
        assert (await house.post(f"{V1}/seats/me/heartbeats", as_=agent)).status_code == 204
    assert await sweep(house.runtime) == 0


async def test_a_chat_in_which_nobody_writes_ends_with_a_word(house):
    wang, agent = house.person("citizen"), an_agent(house, 1)
    await sits(house, agent)
    chat = await writes(house, wang)
    for _ in range(11):
        house.clock.move(timedelta(seconds=58))
        await house.post(f"{V1}/seats/me/heartbeats", as_=agent)
    assert await sweep(house.runtime) == 1
    found = await said(house, chat, wang)
    assert (found["state"], "本次会话已结束" in found["results"][-1]["text"]) == ("ended", True)
    late = await house.post(f"{V1}/chats/{chat['id']}/messages", {"text": "在吗"}, as_=wang)
    assert late.json()["type"] == "/problems/chat-ended"
    assert (await board(house))["seats"]["ready"] == 1


async def test_one_citizen_has_one_chat_at_a_time(house):
    wang = house.person("citizen")
    await writes(house, wang)
    body = {"skill": "mandarin", "text": "还有一件"}
    second = await house.post(f"{V1}/chats", body, as_=wang)
    assert second.json()["type"] == "/problems/chat-open"


async def test_waiting_for_a_word_ends_when_it_is_said(house):
    wang, agent = house.person("citizen"), an_agent(house, 1)
    await sits(house, agent)
    chat = await writes(house, wang)
    last = (await said(house, chat, wang))["results"][-1]["id"]
    listening = asyncio.create_task(said(house, chat, wang, after=last, wait=20))
    await house.post(f"{V1}/chats/{chat['id']}/messages", {"text": "您好"}, as_=agent)
    heard = await asyncio.wait_for(listening, 15)
    assert [each["text"] for each in heard["results"]] == ["您好"]


async def test_an_agent_who_serves_somebody_is_not_ready_for_another(house):
    agent = an_agent(house, 1)
    await sits(house, agent)
    await writes(house, house.person("citizen"))
    await sits(house, agent, state="ready", status=409)
    await sits(house, agent, state="off")
    assert (await board(house))["waiting_chats"] == 1


async def test_a_lead_signs_a_seat_off(house):
    agent = an_agent(house, 1)
    seat = await sits(house, agent)
    path = f"{V1}/seats/{seat['id']}/offs"
    off = await house.post(path, {"reason": "设备故障"}, as_=a_lead(house))
    assert off.json()["state"] == "off"
    assert (await rings(house, 1))["state"] == "queued"


PNG = (
    b"\x89PNG\r\n\x1a\n"
    b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
)


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("lamp.png", PNG, 201), ("lamp.png", b"MZ\x90\x00 not a picture", 415)],
)
async def test_a_photograph_goes_with_an_order_and_what_lies_about_its_type_is_refused(
    house, name, content, status
):
    from workorder_stories import a_hotline_order  # noqa: PLC0415

    wang = house.person("citizen")
    order = await a_hotline_order(house, wang)
    path = f"{ORDERS}/{order['id']}/attachments"
    files = {"file": (name, content, "image/png")}
    kept = await house.client.post(path, files=files, headers=house.headers(wang))
    assert kept.status_code == status, kept.text
    if status != 201:
        return
    listed = (await house.get(path, as_=wang)).json()["results"]
    assert [each["media_type"] for each in listed] == ["image/png"]
    stranger = house.person("citizen")
    one = f"{path}/{listed[0]['sha256']}"
    assert (await house.get(one, as_=wang)).content == content
    assert (await house.get(one, as_=stranger)).status_code == 404
    again = await house.client.post(path, files=files, headers=house.headers(stranger))
    assert again.status_code == 404
