"""Channels say which version of a guide they show: an older one is found at the owner until the new one is shown."""

from datetime import timedelta

from catalog_examples import DEPARTMENT, guide, publish, published, publisher

from contracts.events.catalog import FindingClosed, FindingOpened

BASE = "/catalog/v1"
CODE = "i-chaozhou"


def admin(house) -> dict:
    return house.staff("system_admin")


def partner(house, code: str = CODE) -> dict:
    return house.person("partner", kind="partner", scope=f"channel:{code}")


async def audit(house) -> None:
    answer = await house.post(f"{BASE}/audits", as_=admin(house))
    assert answer.status_code == 202, answer.text
    await house.run_jobs()


async def findings(house) -> list[dict]:
    path = f"{BASE}/findings?rule=same-on-channels"
    return (await house.get(path, as_=admin(house))).json()["results"]


async def changed(house, item_id: str, **changes) -> int:
    draft = await house.post(
        f"{BASE}/items/{item_id}/drafts", {"guide": guide(**changes)}, as_=publisher(house)
    )
    number = draft.json()["number"]
    assert (await publish(house, item_id, number)).status_code == 201
    return number


async def live(house, *rows: dict) -> object:
    path = f"{BASE}/channels/{CODE}/live-items"
    return await house.post(path, {"rows": list(rows)}, as_=partner(house))


async def standing(house, item_id: str) -> dict:
    told = (await house.get(f"{BASE}/items/{item_id}/consistency")).json()
    return {each["channel"]: each for each in told["channels"]}


async def test_a_channel_that_shows_an_old_guide_is_found_at_the_owner_until_it_shows_the_new_one(
    house,
):
    item_id = await published(house)
    row = {"item_id": item_id, "version": 1}
    assert (await live(house, row)).json()["begun"] == 1
    await audit(house)
    assert await findings(house) == []
    assert (await standing(house, item_id))[CODE]["standing"] == "consistent"
    await changed(house, item_id, conditions=["有固定的经营场所"])
    await audit(house)
    [found] = await findings(house)
    assert (found["department"], found["place"], found["state"]) == (DEPARTMENT, CODE, "open")
    assert "渠道展示的是第 1 版指南，在用的是第 2 版" in found["what"]
    assert "缺少受理条件“有固定的经营场所”" in found["what"]
    [told] = [each for each in await house.told(FindingOpened) if each.rule == "same-on-channels"]
    assert told.department == DEPARTMENT
    assert (await standing(house, item_id))[CODE]["shown_version"] == 1
    assert (await live(house, {"item_id": item_id, "version": 2})).status_code == 200
    [closed] = await findings(house)
    assert closed["outcome"] == "mended"
    assert [each.outcome for each in await house.told(FindingClosed)] == ["mended"]
    await audit(house)
    assert len(await findings(house)) == 1


async def test_an_old_version_is_a_difference_even_when_materials_and_conditions_are_the_same(
    house,
):
    item_id = await published(house)
    await live(house, {"item_id": item_id, "version": 1})
    await changed(house, item_id, phone="0768-2999999")
    await audit(house)
    [found] = await findings(house)
    assert [each["pointer"] for each in found["differences"]] == ["/version"]


async def test_a_copy_names_a_version_or_says_what_it_shows_and_not_both(house):
    item_id = await published(house)
    row = {"item_id": item_id, "channel": CODE}
    content = {"materials": guide()["materials"], "conditions": guide()["conditions"]}
    for said, status in (
        ({}, 422),
        ({"version": 1, **content}, 422),
        ({"materials": []}, 422),
        ({"version": 1}, 200),
        (content, 200),
    ):
        body = {"rows": [{**row, **said}]}
        answer = await house.post(f"{BASE}/channel-copies", body, as_=partner(house))
        assert answer.status_code == status, said
        if status == 200:
            assert answer.json() == {"kept": 1, "differing": 0}
    await changed(house, item_id, phone="0768-2999999")
    answer = await house.post(
        f"{BASE}/channel-copies", {"rows": [{**row, "version": 1}]}, as_=partner(house)
    )
    assert answer.json() == {"kept": 1, "differing": 1}


async def test_a_version_that_was_never_published_is_refused_and_nothing_is_taken(house):
    item_id = await published(house)
    await house.post(
        f"{BASE}/items/{item_id}/drafts", {"guide": guide(phone="0768-1")}, as_=publisher(house)
    )
    refused = await live(house, {"item_id": item_id, "version": 2})
    assert [each["code"] for each in refused.json()["errors"]] == ["version-unknown"]
    body = {"rows": [{"item_id": item_id, "channel": CODE, "version": 9}]}
    refused = await house.post(f"{BASE}/channel-copies", body, as_=partner(house))
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/rows/0/version"]
    assert await house.sql("SELECT 1 FROM channel_copies") == []
    assert await house.sql("SELECT 1 FROM live_items") == []


async def test_the_citys_own_channel_must_report_what_it_shows_to_count_as_consistent(house):
    told = await house.get(f"{BASE}/rules/consistency-channels", as_=admin(house))
    rule, *_ = told.json()["results"]
    assert (rule["value"], rule["verified"]) == ([CODE], False)
    item_id = await published(house, channels=[CODE])
    await published(house, item_code="YW-2", name="个体户年报", task_type="20", channels=["web"])
    await audit(house)
    path = f"{BASE}/indicators/items_consistent_share"
    unknown = f"{BASE}/channels/{CODE}/differences?kind=shown-unknown"
    found = (await house.get(path)).json()
    assert (found["numerator"], found["denominator"]) == (1, 2)
    listed = (await house.get(unknown)).json()["results"]
    assert [(each["item_id"], each["kind"]) for each in listed] == [(item_id, "shown-unknown")]
    house.clock.move(timedelta(days=1))
    await live(house, {"item_id": item_id, "version": 1})
    assert (await house.get(path)).json()["value"] == 1
    assert (await house.get(unknown)).json()["results"] == []
    past = (await house.get(f"{path}?to=2026-03-02")).json()
    assert past["value"] == 0.5


async def test_several_channels_that_must_report_count_an_item_once(house):
    both = await published(house, channels=[CODE, "web"])
    await published(house, item_code="YW-2", name="年报", task_type="20", channels=["web"])
    body = {
        "value": [CODE, "web"],
        "reason": "政务服务网已接通",
        "source": "市局",
        "verified": True,
    }
    headers = house.headers(admin(house)) | {"If-Match": '"2"'}
    rule = f"{BASE}/rules/consistency-channels"
    assert (await house.client.put(rule, json=body, headers=headers)).status_code == 200
    await audit(house)
    path = f"{BASE}/indicators/items_consistent_share"
    assert (await house.get(path)).json()["numerator"] == 0
    await live(house, {"item_id": both, "version": 1})
    assert (await house.get(path)).json()["numerator"] == 0
    rows = [{"item_id": both, "channel": "web", "version": 1}]
    await house.post(f"{BASE}/channel-copies", {"rows": rows}, as_=partner(house, "web"))
    assert (await house.get(path)).json()["numerator"] == 1
