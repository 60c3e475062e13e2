"""Callers who hide, two persons before anybody sees them, and matters that go to an emergency line."""

from datetime import timedelta

import pytest
from hotline_stories import (
    DONE,
    WHY,
    a_lead,
    an_agent,
    an_officer,
    history,
    seen,
    sent,
    steps_of,
    take,
)
from workorder_stories import DEPARTMENT, ORDERS, a_hotline_order

from workorder.domain.confidential import masked
from workorder.domain.work_order import Confidentiality

PHONE = "13800138000"
SAID = "我叫王小敏，住在枫春小区三栋二楼，我是该厂的职工，厂里夜里偷排污水"
V1 = "/workorder/v1"


async def a_report(house, caller=None):
    body = {"type": "report", "title": "偷排污水", "content": SAID, "contact_phone": PHONE}
    return await a_hotline_order(house, caller or an_agent(house), **body)


async def test_a_report_hides_its_caller_altogether_from_every_screen_and_file(house):
    order = await sent(house, await a_report(house))
    assert order["confidentiality"] == "full-hidden"
    for who in (an_officer(house), an_agent(house)):
        shown = await seen(house, order, who)
        assert "王小敏" not in str(shown)
        assert "枫春小区" not in str(shown)
        assert "偷排污水" in shown["content"]
    found = await house.get(f"{ORDERS}?q=王小敏", as_=an_agent(house))
    assert found.json()["results"] == []
    messages = await house.sql("SELECT message FROM outbox")
    assert not any("王小敏".encode() in row["message"] for row in messages)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("本人李强，厂里排污", "本人**，厂里排污"),
        ("举报人：陈某某，反映超载", "举报人：**，反映超载"),
        ("我家住绿榕路8号，楼下烧烤", "我家住**，楼下烧烤"),
        ("我是实验小学的家长，食堂有问题", "我是**的家长，食堂有问题"),
        ("本人反映路灯不亮", "本人反映路灯不亮"),
        ("请到绿榕路8号查看", "请到绿榕路8号查看"),
    ],
)
def test_who_somebody_says_they_are_is_hidden_and_what_they_report_is_not(said, shown):
    assert masked(said, Confidentiality.FULL_HIDDEN) == shown
    assert masked(said, Confidentiality.NORMAL) == said


async def test_a_hidden_caller_is_seen_only_after_another_person_granted_it(house):
    wang = house.person("citizen")
    order = await a_report(house, wang)
    agent, lead = an_agent(house), a_lead(house)
    purpose = {"purpose": "核实线索"}
    problem = await take(house, order, "contact-disclosures", purpose, as_=agent, status=409)
    assert problem["type"] == "/problems/disclosure-approval-needed"
    asked = await take(house, order, "disclosure-requests", purpose, as_=agent)
    assert asked["state"] == "asked"
    path = f"{V1}/disclosure-requests/{asked['id']}/rulings"
    body = {"granted": True, "reason": "确需核实"}
    assert (await house.post(path, body, as_=agent)).status_code == 403
    assert (await house.post(path, body, as_=lead)).json()["state"] == "granted"
    assert (await house.post(path, body, as_=lead)).status_code == 409
    await take(house, order, "contact-disclosures", purpose, as_=an_agent(house), status=409)
    shown = await take(house, order, "contact-disclosures", purpose, as_=agent)
    assert shown == {"contact_phone": PHONE}
    await take(house, order, "contact-disclosures", purpose, as_=agent, status=409)
    assert steps_of(await history(house, order, wang)) == [
        "opened",
        "disclosure-requested",
        "disclosure-granted",
        "contact-disclosed",
    ]


async def test_nobody_rules_on_their_own_request(house):
    order, lead = await a_report(house), a_lead(house)
    asked = await take(house, order, "disclosure-requests", {"purpose": "回访"}, as_=lead)
    path = f"{V1}/disclosure-requests/{asked['id']}/rulings"
    answer = await house.post(path, {"granted": True, **WHY}, as_=lead)
    assert answer.json()["type"] == "/problems/own-request"


async def test_a_grant_is_over_after_its_hours(house):
    order, agent = await a_report(house), an_agent(house)
    asked = await take(house, order, "disclosure-requests", {"purpose": "回访"}, as_=agent)
    path = f"{V1}/disclosure-requests/{asked['id']}/rulings"
    await house.post(path, {"granted": True, **WHY}, as_=a_lead(house))
    house.clock.move(timedelta(hours=25))
    await take(house, order, "contact-disclosures", {"purpose": "回访"}, as_=agent, status=409)
    listed = await house.get(f"{V1}/disclosure-requests?state=granted", as_=a_lead(house))
    assert [each["number"] for each in listed.json()["results"]] == [order["number"]]


async def test_who_asks_for_secrecy_has_at_least_the_telephone_hidden(house):
    order = await a_hotline_order(house, is_confidential=True)
    assert (order["is_confidential"], order["confidentiality"]) == (True, "contact-hidden")


async def test_what_went_to_an_emergency_line_is_closed_by_each_side_for_itself(house):
    order, agent = await sent(house), an_agent(house)
    body = {"to_line": "110", "reason": "打架"}
    gone = await take(house, order, "transfers", body, as_=agent)
    path = f"{V1}/transfers/{gone['id']}"
    early = await house.post(f"{path}/closures", {"words": "已处置"}, as_=agent)
    assert early.json()["type"] == "/problems/transfer-not-accepted"
    body = {"accepted": True, "case_no": "J20260302001"}
    taken = await house.post(f"{path}/answers", body, as_=agent)
    assert (taken.json()["is_accepted"], taken.json()["case_no"]) == (True, "J20260302001")
    await house.post(f"{path}/closures", {"words": "已处置"}, as_=agent)
    assert (await seen(house, order))["state"] == "dispatched"
    await take(house, order, "replies", DONE, as_=an_officer(house, DEPARTMENT))
    assert [step for step in steps_of(await history(house, order)) if "transfer" in step] == [
        "transferred-out",
        "transfer-accepted",
        "transfer-closed-there",
    ]


async def test_closing_our_own_leaves_the_other_lines_case_open(house):
    order, agent = await a_hotline_order(house, source="110"), an_agent(house)
    body = {"from_line": "110", "to_line": "12345", "case_no": "J1", "reason": "非警务"}
    came = await take(house, order, "transfers", body, as_=agent)
    assert came["is_accepted"] is True
    await take(house, order, "answers", {"outcome": "explained", "text": "已答复"}, as_=agent)
    still = (await house.get(f"{V1}/transfers?open=true", as_=agent)).json()["results"]
    assert [each["case_no"] for each in still] == ["J1"]


async def test_a_transfer_that_is_sent_back_says_why(house):
    order, agent = await a_hotline_order(house), an_agent(house)
    gone = await take(house, order, "transfers", {"to_line": "110", **WHY}, as_=agent)
    body = {"accepted": False, "returned_reason": "不属警务"}
    path = f"{V1}/transfers/{gone['id']}/answers"
    back = await house.post(path, body, as_=agent)
    assert back.json()["returned_reason"] == "不属警务"
    assert (await house.post(path, body, as_=agent)).status_code == 409
    assert ("transfer-returned", "110  不属警务") in await history(house, order)
    problem = await take(
        house,
        order,
        "transfers",
        {"from_line": "110", "to_line": "119", **WHY},
        as_=agent,
        status=422,
    )
    assert problem["type"] == "/problems/transfer-lines"
