"""Handling elsewhere (跨域通办): declared modes, who takes in, decides and delivers, and agreements between cities."""

from datetime import date, timedelta

import pytest
from catalog_examples import guide, publish, published, publisher

from catalog.domain.cross_region import faults, path_in_words
from catalog.repository.cross_region import cross_region_faults
from contracts.guide import Guide

ROOT = "/catalog/v1"
TODAY = date(2026, 3, 2)
OWN = "湘桥区市场监督管理局"


def mode(**changes) -> dict:
    return {
        "scope": "same-city",
        "mode": "separate-intake",
        "divisions": ["445103"],
        "taken_in_by": "潮安区政务服务中心",
        "decided_by": OWN,
        "delivered_by": "潮安区政务服务中心",
        "materials_travel": "courier",
        **changes,
    }


SHENZHEN = mode(
    scope="cross-city",
    divisions=["440300"],
    taken_in_by="深圳市政务服务中心",
    delivered_by="深圳市政务服务中心",
    agreement="SZ-CZ-2026",
)


def faults_of(*modes: dict, **changes) -> list[tuple[str, str]]:
    found = faults(Guide.model_validate(guide(cross_region_modes=list(modes), **changes)))
    return [(f.code, f.pointer.removeprefix("/guide/cross_region_modes/")) for f in found]


def agreement(**changes) -> dict:
    return {
        "code": "SZ-CZ-2026",
        "title": "深圳市 潮州市政务服务跨城通办合作协议",
        "partner_city": "深圳市",
        "partner_division": "440300",
        "document": "深潮通办〔2026〕1号",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "reason": "两市签订",
        **changes,
    }


async def signed(house, **changes) -> dict:
    answer = await house.post(
        f"{ROOT}/agreements", agreement(**changes), as_=house.staff("system_admin")
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def results(house, path: str, **params) -> list[dict]:
    answer = await house.get(f"{ROOT}{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def test_separate_intake_that_says_everything_is_right():
    assert faults_of(mode()) == []
    assert (
        faults_of(mode(scope="cross-province", divisions=["350600"]), cross_region="nation") == []
    )


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"materials_travel": "none"}, "travel-missing", "0/materials_travel"),
        ({"taken_in_by": OWN}, "taken-in-by-decider", "0/taken_in_by"),
        ({"taken_in_by": "无"}, "who-missing", "0/taken_in_by"),
        ({"delivered_by": "暂无"}, "who-missing", "0/delivered_by"),
        ({"decided_by": "潮安区市场监督管理局"}, "decided-by-another", "0/decided_by"),
        ({"divisions": ["440300"]}, "scope-and-division", "0/divisions/0"),
        ({"divisions": ["445102"]}, "own-division", "0/divisions/0"),
        ({"scope": "cross-province"}, "scope-and-division", "0/divisions/0"),
        ({"divisions": ["445103", "445103"]}, "division-twice", "0/divisions"),
        (
            {"mode": "online", "materials_travel": "courier"},
            "paper-travels-online",
            "0/materials_travel",
        ),
        ({"mode": "self-service", "materials_travel": "none"}, "self-service-closed", "0/mode"),
        (
            {"mode": "proxy-intake", "materials_travel": "none"},
            "travel-missing",
            "0/materials_travel",
        ),
        ({"mode": "joint", "materials_travel": "none"}, "travel-missing", "0/materials_travel"),
    ],
)
def test_each_mode_names_what_it_lacks(changes, code, where):
    assert (code, where) in faults_of(mode(**changes))


def test_handling_online_needs_depth_four():
    online = mode(mode="online", materials_travel="electronic")
    assert faults_of(online) == []
    assert faults_of(online, online_depth=3) == [("online-depth-too-low", "0/mode")]


def test_modes_without_a_scope_of_the_item_contradict_it():
    assert ("cross-region-undeclared", "/guide/cross_region") in faults_of(
        mode(), cross_region="none"
    )


def test_the_path_of_materials_is_told_in_words():
    words = path_in_words(
        Guide.model_validate(guide(cross_region_modes=[mode()])).cross_region_modes[0]
    )
    assert words == (
        "向潮安区政务服务中心递交，纸质材料由快递寄送至湘桥区市场监督管理局，"
        "由湘桥区市场监督管理局审批，潮安区政务服务中心送达结果（收受分离）"
    )


async def agreement_codes(house, **changes) -> list[str]:
    wanted = Guide.model_validate(guide(cross_region_modes=[SHENZHEN], **changes))
    tx = house.runtime.begin_system()
    try:
        (found,) = await cross_region_faults(tx, [wanted])
    finally:
        await tx.close()
    return [fault.code for fault in found]


async def test_a_mode_between_cities_stands_on_an_agreement_in_force(house):
    assert await agreement_codes(house) == ["agreement-unknown"]
    await signed(house)
    assert await agreement_codes(house) == []
    assert await agreement_codes(house, effective_from="2025-12-31") == ["agreement-not-in-force"]
    house.clock.move(timedelta(days=305))
    assert await agreement_codes(house) == ["agreement-not-in-force"]


async def test_an_agreement_with_another_city_does_not_carry_it(house):
    await signed(house, partner_division="440500", partner_city="汕头市")
    assert await agreement_codes(house) == ["agreement-with-another"]


async def test_agreements_are_registered_renewed_with_history_and_listed_when_ended(house):
    made = await signed(house, valid_until="2026-03-31")
    again = await house.post(f"{ROOT}/agreements", agreement(), as_=house.staff("system_admin"))
    assert again.status_code == 409
    assert [a["code"] for a in await results(house, "/agreements", in_force="true")] == [
        "SZ-CZ-2026"
    ]
    house.clock.move(timedelta(days=30))
    (ended,) = await results(house, "/agreements", in_force="false")
    assert (ended["id"], ended["is_in_force"]) == (made["id"], False)
    path = f"{ROOT}/agreements/{made['id']}"
    body = {k: v for k, v in agreement(reason="续签一年").items() if k != "code"}
    headers = house.headers(house.staff("system_admin"))
    assert (await house.client.put(path, json=body, headers=headers)).status_code == 428
    stale = await house.client.put(path, json=body, headers=headers | {"If-Match": "9"})
    assert stale.status_code == 412
    renewed = await house.client.put(path, json=body, headers=headers | {"If-Match": "1"})
    assert (renewed.status_code, renewed.json()["is_in_force"]) == (200, True)
    steps = await results(house, f"/agreements/{made['id']}/steps")
    assert [s["reason"] for s in steps] == [
        "两市签订",
        "续签一年｜valid_until: 2026-03-31 → 2026-12-31",
    ]


async def test_agreements_are_written_by_the_administrator_only(house):
    for who, status in ((None, 401), (house.person("citizen"), 403), (publisher(house), 403)):
        assert (await house.post(f"{ROOT}/agreements", agreement(), as_=who)).status_code == status
    backwards = agreement(valid_until="2025-01-01")
    answer = await house.post(f"{ROOT}/agreements", backwards, as_=house.staff("system_admin"))
    assert answer.status_code == 422


async def test_what_can_be_handed_in_here_for_elsewhere_is_listed_with_its_path(house):
    await signed(house)
    item = await published(house, cross_region_modes=[mode(), SHENZHEN])
    await published(house, item_code="A-2", name="只在本地办", cross_region="none")
    (here,) = await results(house, "/cross-region/items", from_division="445103101")
    assert here["item_id"] == item
    (one,) = here["modes"]
    assert (one["scope_words"], one["mode_words"], one["is_valid"]) == (
        "同城通办",
        "收受分离",
        True,
    )
    assert one["path"].startswith("向潮安区政务服务中心递交")
    (there,) = await results(house, "/cross-region/items", from_division="440305")
    assert [m["taken_in_by"] for m in there["modes"]] == ["深圳市政务服务中心"]
    assert await results(house, "/cross-region/items", from_division="440100") == []
    assert len(await results(house, "/cross-region/items", scope="cross-city")) == 1
    assert await results(house, "/cross-region/items", mode="online") == []
    assert [r["item_id"] for r in await results(house, "/cross-region/items")] == [item]


async def test_the_list_is_exported_with_the_path_in_words(house):
    await published(house, name="甲", cross_region_modes=[mode()])
    path = f"{ROOT}/cross-region/items/export?from_division=445103&format=csv"
    text = (await house.get(path)).text
    assert "同城通办·收受分离：向潮安区政务服务中心递交" in text


async def test_an_expired_agreement_makes_the_mode_invalid_on_that_day_and_is_listed(house):
    await signed(house, valid_until="2026-03-31")
    item = await published(house, cross_region_modes=[SHENZHEN])
    undeclared = await published(house, item_code="A-2", name="只写了范围")
    listed = await results(house, "/cross-region/faults", to="2026-03-31")
    assert [(f["item_id"], f["faults"][0]["code"]) for f in listed] == [
        (undeclared, "modes-undeclared")
    ]
    listed = {
        f["item_id"]: f for f in await results(house, "/cross-region/faults", to="2026-04-01")
    }
    assert listed[item]["faults"][0]["code"] == "agreement-not-in-force"
    assert "续签" in listed[item]["faults"][0]["detail"]
    (row,) = await results(house, "/cross-region/items", from_division="440300", to="2026-04-01")
    assert row["modes"][0]["is_valid"] is False


async def test_faults_are_paged_without_loss(house):
    ids = [await published(house, item_code=f"A-{n}", name=f"事项{n}") for n in range(3)]
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        body = (await house.get(f"{ROOT}/cross-region/faults", params=params)).json()
        seen += [row["item_id"] for row in body["results"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)


async def test_cross_region_items_are_broken_down_by_scope_and_mode_at_any_past_date(house):
    await signed(house)
    item = await published(house, cross_region_modes=[mode(), SHENZHEN])
    await published(house, item_code="A-2", name="只写了范围")
    house.clock.move(timedelta(days=2))
    path = f"{ROOT}/items/{item}/drafts"
    changed = guide(cross_region_modes=[mode()])
    draft = (await house.post(path, {"guide": changed}, as_=publisher(house, 1))).json()
    assert (await publish(house, item, draft["number"])).status_code == 201
    for to, cross_city in ((TODAY, 1), (TODAY + timedelta(days=2), 0)):
        figure = (
            await house.get(
                f"{ROOT}/indicators/cross_region_items_cross_city", params={"to": str(to)}
            )
        ).json()
        assert figure["value"] == cross_city
        assert len((await house.get(figure["records_url"])).json()["results"]) == cross_city
        summary = (await house.get(f"{ROOT}/cross-region/summary", params={"to": str(to)})).json()
        by_scope = {row["scope"]: row["items"] for row in summary["results"]}
        assert by_scope == {"same-city": 1} | ({"cross-city": 1} if cross_city else {})
        assert (summary["items"], summary["items_with_modes"], summary["items_without_modes"]) == (
            2,
            1,
            1,
        )
    all_items = (await house.get(f"{ROOT}/indicators/cross_region_items")).json()
    assert all_items["value"] == 2
