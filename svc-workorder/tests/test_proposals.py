"""Proposals beside a call: category, department, place, by which words; silence; what people decided beside it."""

import json

from triage_stories import (
    OIL,
    ROOT,
    a_coordinator,
    a_duty,
    a_lead,
    asked_anew,
    hand_in_rows,
    listed,
    model_in_force,
    posted,
)
from workorder_stories import DEPARTMENT, DIVISION, a_hotline_order, order_step, said_by

from workorder.domain.places import Gazetteer

PLACES = [
    ("445102", "湘桥区"),
    ("445103", "潮安区"),
    ("445102007", "桥东街道"),
    ("445103100", "古巷镇"),
    ("445102007003", "东湖社区居民委员会"),
    ("445103100201", "东湖村民委员会"),
]


async def places_known(house):
    await hand_in_rows(
        house,
        f"{ROOT}/triage/places/imports",
        ["code", "name"],
        PLACES,
        as_=house.staff("system_admin"),
    )


async def test_with_nothing_in_force_a_call_is_taken_and_nothing_is_proposed(house):
    order = await a_hotline_order(house, content=OIL)
    assert order["proposed"] is None
    path = f"/work-orders/{order['id']}/proposals"
    assert await listed(house, path, as_=house.staff("hotline_agent")) == []
    refused = await posted(house, path, None, as_=house.staff("hotline_agent"), status=409)
    assert refused["type"].endswith("nothing-in-force")


async def test_a_call_comes_back_with_category_department_place_and_their_reasons(house, tmp_path):
    await model_in_force(house, tmp_path)
    await places_known(house)
    order = await a_hotline_order(
        house, title="油烟扰民", content=f"潮安区古巷镇{OIL}", division="445100"
    )
    proposed = order["proposed"]
    assert proposed["label"] == "环境保护"
    assert 0.5 <= proposed["confidence"] <= 1
    assert {"油烟", "废气", "噪声"} & set(proposed["reasons"])
    assert proposed["department"] == "市生态环境局"
    assert proposed["department_from"] == "model"
    assert (proposed["place"], proposed["place_name"]) == ("445103100", "古巷镇")
    assert "古巷镇" in proposed["place_reasons"]
    [kept] = await listed(
        house, f"/work-orders/{order['id']}/proposals", as_=house.staff("hotline_agent")
    )
    assert kept == proposed


async def test_what_it_is_not_sure_of_it_does_not_say(house, tmp_path):
    await model_in_force(house, tmp_path)
    order = await a_hotline_order(house, title="请问", content="您好，请问这个怎么弄？谢谢")
    assert order["proposed"]["label"] is None
    assert order["proposed"]["confidence"] is None
    assert order["proposed"]["department"] is None
    assert order["proposed"]["place"] is None


async def test_a_call_with_a_proposal_is_still_one_statement(house, tmp_path):
    await model_in_force(house, tmp_path)
    await a_hotline_order(house, content=OIL)
    said = await said_by(house, a_hotline_order(house, content=OIL))
    assert [line.split()[0] for line in said] == ["WITH"]


async def test_the_list_goes_before_the_model_and_the_category_of_people_before_a_guess(
    house, tmp_path
):
    await model_in_force(house, tmp_path)
    duty = await posted(house, "/responsibilities", a_duty(), as_=a_coordinator(house))
    order = await a_hotline_order(house, content=OIL, division=DIVISION)
    proposed = await asked_anew(house, order)
    assert proposed["department"] == duty["department"]
    assert (proposed["department_from"], proposed["responsibility_id"]) == ("list", duty["id"])
    assert proposed["department_reasons"] == [duty["basis"]]
    other = a_duty(category="夜间施工", department="11445102CG000001X")
    await posted(house, "/responsibilities", other, as_=a_coordinator(house))
    given = await a_hotline_order(house, content=OIL, division=DIVISION, category="夜间施工")
    assert (await asked_anew(house, given))["department"] == other["department"]
    elsewhere = await a_hotline_order(house, content=OIL, division="445103")
    assert (await asked_anew(house, elsewhere))["department_from"] == "model"


async def dispatched_as(house, order, **changes):
    body = {"department": DEPARTMENT, "division": DIVISION, "reason": "属地管理", **changes}
    return await order_step(house, order, "dispatches", body, as_=house.staff("hotline_agent"))


async def test_what_people_decide_is_kept_beside_what_was_proposed(house, tmp_path):
    model = await model_in_force(house, tmp_path)
    followed = await a_hotline_order(house, content=OIL)
    order = await dispatched_as(house, followed, category="环境保护")
    assert order["category"] == "环境保护"
    changed = await a_hotline_order(house, content=OIL)
    await dispatched_as(house, changed, category="城乡建设")
    silent = await a_hotline_order(house, title="请问", content="请问这个怎么弄")
    await dispatched_as(house, silent, category="其他")
    lead = a_lead(house)
    last, second, first = await listed(house, "/triage/decisions", as_=lead)
    assert (first["label"], first["proposed_label"]) == ("环境保护", "环境保护")
    assert (first["label_accepted"], first["department_accepted"]) == (True, False)
    assert first["model_id"] == model["id"]
    assert (second["label_accepted"], second["number"]) == (False, changed["number"])
    assert (last["proposed_label"], last["label_accepted"]) == (None, None)
    assert [
        one["id"] for one in await listed(house, "/triage/decisions", as_=lead, silent=True)
    ] == [last["id"]]
    value = (await house.get(f"{ROOT}/indicators/triage_accepted_share")).json()
    assert (value["numerator"], value["denominator"]) == (1, 2)
    value = (await house.get(f"{ROOT}/indicators/triage_silent_share")).json()
    assert (value["numerator"], value["denominator"]) == (1, 3)
    [month] = (await house.get(f"{ROOT}/triage/scores", as_=lead)).json()["scores"]
    assert (month["month"], month["decisions"], month["silent"]) == ("2026-03", 3, 1)
    assert month["accepted_share"] == 0.5
    assert month["drift"] == round(month["held_out_accuracy"] - 0.5, 4)
    by_label = (await house.get(f"{ROOT}/triage/scores?by=label", as_=lead)).json()["scores"]
    assert {one["label"]: one["accepted"] for one in by_label} == {
        "其他": 0,
        "城乡建设": 0,
        "环境保护": 1,
    }


async def test_a_corrected_category_is_a_step_on_record_and_a_decision(house, tmp_path):
    await model_in_force(house, tmp_path)
    order = await a_hotline_order(house, content=OIL)
    body = {"step": "change-category", "form": {"category": "环境保护", "reason": "核对内容"}}
    changed = await order_step(house, order, "steps", body, as_=house.staff("hotline_agent"))
    assert changed["category"] == "环境保护"
    [decision] = await listed(house, "/triage/decisions", as_=a_lead(house))
    assert (decision["step"], decision["label_accepted"]) == ("category-changed", True)
    assert decision["department_accepted"] is None


async def test_decisions_are_rows_to_train_by_with_masked_text_and_without_hidden_callers(house):
    seen = await a_hotline_order(house, content=f"{OIL}，电话13800138000")
    await dispatched_as(house, seen, category="环境保护")
    hidden = await a_hotline_order(house, type="report", content="举报某某排污")
    await dispatched_as(house, hidden, category="环境保护")
    answer = await house.get(f"{ROOT}/triage/decisions/export?format=jsonl", as_=a_lead(house))
    [row] = [json.loads(line) for line in answer.text.splitlines()]
    assert (row["label"], row["department"]) == ("环境保护", DEPARTMENT)
    assert "138********" in row["text"]
    assert "13800138000" not in row["text"]
    answer = await house.get(f"{ROOT}/triage/decisions/export", as_=a_lead(house))
    assert answer.content.decode("utf-8-sig").startswith("诉求内容,分类,承办单位")


def test_places_are_told_apart_by_what_stands_around_them():
    gazetteer = Gazetteer(PLACES)

    def code(text, within=""):
        found = gazetteer.find(text, within=within)
        return found and found.code

    assert code("湘桥区桥东街道的灯") == "445102007"
    assert code("桥东的东湖社区") == "445102007003"
    assert code("古巷镇东湖村") == "445103100201"
    assert code("去东湖玩") is None
    assert code("哪里都没有说") is None
    assert code("湘桥区和潮安区之间") is None
    assert code("湘桥区和潮安区之间", within="445103") == "445103"
    assert gazetteer.find("古巷镇东湖村").reasons == ("古巷镇", "东湖村")
    assert Gazetteer([]).find("湘桥区") is None
