from datetime import date

from catalog_examples import (
    DEPARTMENT,
    ITEM_CODE,
    drafted,
    guide,
    publish,
    published,
    publisher,
    put,
)

from contracts.events.catalog import ItemVersionPublished, ItemVersionWithdrawn

BASE = "/catalog/v1/items"


async def test_an_item_is_public_only_after_a_second_person_published_it(house):
    draft = await drafted(house)
    path = f"{BASE}/{draft['item_id']}"
    assert (await house.get(path)).status_code == 404
    assert (await house.get(f"{path}/steps")).status_code == 404
    own = await publish(house, draft["item_id"], 1, by=1)
    assert own.status_code == 403
    assert own.json()["type"] == "/problems/second-person-needed"
    assert await house.told(ItemVersionPublished) == []
    second = await publish(house, draft["item_id"], 1, by=2)
    assert second.status_code == 201, second.text
    item = (await house.get(path)).json()
    assert (item["state"], item["version"], item["guide"]["name"]) == (
        "published",
        1,
        "食品经营许可",
    )
    [fact] = await house.told(ItemVersionPublished)
    assert (fact.version, fact.guide.item_code) == (1, ITEM_CODE)
    steps = (await house.get(f"{path}/steps")).json()["results"]
    assert [step["step"] for step in steps] == ["created", "published"]
    assert "actor_id" not in steps[0]


async def test_who_changes_a_draft_becomes_its_drafter(house):
    draft = await drafted(house)
    path = f"{BASE}/{draft['item_id']}/drafts/1"
    changed = await put(
        house, path, {"guide": guide(visits=1)}, as_=publisher(house, 2), if_match='"1"'
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["is_mine"] is True
    assert (await publish(house, draft["item_id"], 1, by=2)).status_code == 403
    assert (await publish(house, draft["item_id"], 1, by=3)).status_code == 201


async def test_a_draft_is_changed_only_by_who_saw_it(house):
    draft = await drafted(house)
    path = f"{BASE}/{draft['item_id']}/drafts/1"
    body, me = {"guide": guide(visits=2)}, publisher(house, 1)
    assert (await put(house, path, body, as_=me, if_match=None)).status_code == 428
    assert (await put(house, path, body, as_=me, if_match='"7"')).status_code == 412
    assert (await put(house, path, body, as_=me, if_match='"1"')).status_code == 200
    assert (await put(house, path, body, as_=me, if_match='"1"')).status_code == 412
    assert (await house.get(path, as_=me)).headers["etag"] == '"2"'


async def test_a_publication_names_the_draft_that_was_read(house):
    draft = await drafted(house)
    path = f"{BASE}/{draft['item_id']}/publications"
    second = publisher(house, 2)
    stale = await house.post(path, {"number": 1}, as_=second, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    good = await house.post(path, {"number": 1}, as_=second, headers={"If-Match": '"1"'})
    again = await house.post(path, {"number": 1}, as_=second)
    assert (good.status_code, again.status_code) == (201, 409)
    assert again.json()["type"] == "/problems/draft-published"
    assert (await house.post(path, {"number": 5}, as_=second)).status_code == 404
    change = await put(
        house,
        f"{BASE}/{draft['item_id']}/drafts/1",
        {"guide": guide()},
        as_=second,
        if_match="*",
    )
    assert change.status_code == 409


async def test_a_new_version_leaves_the_old_one_readable(house):
    item_id = await published(house)
    path = f"{BASE}/{item_id}"
    answer = await house.post(
        f"{path}/drafts", {"guide": guide(promised_days=1)}, as_=publisher(house, 1)
    )
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert (await house.get(path)).json()["guide"]["promised_days"] == 2
    assert (await house.get(path, params={"version": 2})).status_code == 404
    assert (await publish(house, item_id, 2)).status_code == 201
    assert (await house.get(path)).json()["guide"]["promised_days"] == 1
    assert (await house.get(path, params={"version": 1})).json()["guide"]["promised_days"] == 2
    versions = (await house.get(f"{path}/versions")).json()["results"]
    assert [(one["number"], one["is_in_force"]) for one in versions] == [(2, True), (1, False)]
    [hit] = (await house.get(BASE, params={"q": "食品经营许可"})).json()["results"]
    assert (hit["version"], hit["promised_days"]) == (2, 1)


async def test_an_unchanged_guide_is_not_sent_twice(house):
    item_id = await published(house)
    first = await house.get(f"{BASE}/{item_id}")
    etag = first.headers["etag"]
    again = await house.get(f"{BASE}/{item_id}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_withdrawn_item_is_found_no_more_but_its_page_stays(house):
    item_id = await published(house)
    path = f"{BASE}/{item_id}/withdrawals"
    assert (await house.post(path, {"reason": ""}, as_=publisher(house))).status_code == 422
    first = await house.post(path, {"reason": "上级取消该许可"}, as_=publisher(house), key="w-1")
    replayed = await house.post(path, {"reason": "上级取消该许可"}, as_=publisher(house), key="w-1")
    again = await house.post(path, {"reason": "再次"}, as_=publisher(house))
    assert (first.status_code, replayed.status_code, again.status_code) == (201, 201, 409)
    assert len(await house.told(ItemVersionWithdrawn)) == 1
    assert (await house.get(BASE, params={"q": "食品"})).json()["results"] == []
    assert (await house.get(f"{BASE}/{item_id}")).json()["state"] == "withdrawn"
    drafted_again = await house.post(
        f"{BASE}/{item_id}/drafts", {"guide": guide()}, as_=publisher(house, 1)
    )
    assert (await publish(house, item_id, drafted_again.json()["number"])).status_code == 201
    assert len((await house.get(BASE, params={"q": "食品"})).json()["results"]) == 1


async def test_a_draft_that_was_never_published_cannot_be_withdrawn(house):
    draft = await drafted(house)
    answer = await house.post(
        f"{BASE}/{draft['item_id']}/withdrawals", {"reason": "不办了"}, as_=publisher(house)
    )
    assert answer.json()["type"] == "/problems/item-not-published"


async def test_an_item_keeps_its_codes_department_and_division(house):
    draft = await drafted(house)
    for change in ({"item_code": "OTHER-1"}, {"division": "445103"}, {"original_code": "X"}):
        answer = await put(
            house,
            f"{BASE}/{draft['item_id']}/drafts/1",
            {"guide": guide(**change)},
            as_=publisher(house),
            if_match="*",
        )
        assert answer.status_code == 422, change
        assert answer.json()["type"] == "/problems/item-identity-changed"


async def test_the_same_item_is_not_created_twice(house):
    await drafted(house)
    again = await house.post(BASE, {"guide": guide()}, as_=publisher(house))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-exists")


async def test_a_contradicting_guide_is_refused_with_every_fault(house):
    body = guide(promised_days=30)
    body["materials"].append({"code": "form", "name": "重复", "applies_when": {"nobody": ["x"]}})
    answer = await house.post(BASE, {"guide": body}, as_=publisher(house))
    assert answer.status_code == 422
    codes = {fault["code"] for fault in answer.json()["errors"]}
    assert codes == {"code-twice", "condition-unknown", "promised-past-statutory"}


async def test_situations_shrink_the_material_list_and_exemptions_say_why(house):
    path = f"{BASE}/{await published(house)}/material-lists"
    everything = (await house.post(path, {"answers": {}})).json()
    assert (len(everything["materials"]), everything["unanswered"]) == (4, ["premises"])
    rented = (await house.post(path, {"answers": {"premises": "rented"}})).json()
    assert [one["code"] for one in rented["materials"]] == ["form", "licence", "lease"]
    assert rented["guide_materials"] == 4
    by_code = {one["code"]: one for one in rented["materials"]}
    assert by_code["licence"]["to_bring"] is False
    assert by_code["licence"]["exemptions"][0]["why"] == "电子营业执照已归集，免于提交"
    assert [one["kind"] for one in by_code["form"]["exemptions"]] == ["prefill"]
    assert by_code["lease"]["to_bring"] is True
    own = (await house.post(path, {"answers": {"premises": "own"}})).json()
    assert own["materials"][-1]["exemptions"][0]["kind"] == "data"


async def test_an_unknown_answer_is_named(house):
    path = f"{BASE}/{await published(house)}/material-lists"
    answer = await house.post(path, {"answers": {"premises": "borrowed", "colour": "red"}})
    assert answer.status_code == 422
    assert {fault["code"] for fault in answer.json()["errors"]} == {
        "unknown-option",
        "unknown-question",
    }


async def test_figures_open_down_to_the_items_they_count(house):
    await published(house)
    await published(
        house,
        item_code="11445102MB2X00020M4442018009000",
        name="个体工商户年报",
        task_type="20",
        materials=[],
        situations=[],
        one_window=False,
    )
    base = "/catalog/v1/indicators"
    listed = (await house.get(base)).json()["results"]
    expected = {
        "items_on_application": 2,
        "permits": 1,
        "permit_time_compression": 0.9,
        "permit_fully_online_share": 1.0,
        "permit_zero_visit_share": 1.0,
        "permit_at_most_one_visit_share": 1.0,
        "one_window_departments": 1,
        "one_window_items": 1,
        "cross_region_items": 2,
        "four_exempt_items": 1,
        "show_code_items": 1,
        "channel_items": 2,
        "channel_items_yue_sheng_shi": 2,
        "channel_items_i_chaozhou": 0,
    }
    for code, value in expected.items():
        figure = (await house.get(f"{base}/{code}?division=445100")).json()
        assert figure["value"] == value, code
        records = (await house.get(figure["records_url"] + "&count=exact")).json()
        if figure["denominator"] is None and code != "one_window_departments":
            assert records["count"] == value, code
    assert set(expected) < {one["code"] for one in listed}
    elsewhere = (await house.get(f"{base}/permit_time_compression?division=440100")).json()
    assert elsewhere["value"] is None
    before = (await house.get(f"{base}/permits", params={"to": str(date(2026, 3, 1))})).json()
    assert before["value"] == 0


async def test_places_are_registered_and_corrected_by_code(house):
    admin = house.staff("system_admin")
    rows = [
        {"code": "445100", "name": "潮州市", "level": "city"},
        {"code": "445102", "name": "湘桥", "level": "county", "parent": "445100"},
        {"code": "440100", "name": "广州市", "level": "city"},
        {
            "code": "FX",
            "name": "枫溪区",
            "level": "county",
            "parent": "445100",
            "kind": "functional",
        },
    ]
    first = await house.post("/catalog/v1/divisions", {"rows": rows}, as_=admin)
    assert first.json() == {"kept": 4}
    rows[1]["name"] = "湘桥区"
    await house.post("/catalog/v1/divisions", {"rows": rows[1:2]}, as_=admin)
    found = (await house.get("/catalog/v1/divisions?division=445100")).json()["results"]
    assert sorted(one["name"] for one in found) == ["枫溪区", "湘桥区", "潮州市"]
    department = {"code": DEPARTMENT, "name": "湘桥区市场监督管理局", "division": "445102"}
    await house.post("/catalog/v1/departments", {"rows": [department]}, as_=admin)
    assert (await house.get("/catalog/v1/departments")).json()["results"] == [department]
    hall = {
        "code": "XQ-1",
        "name": "湘桥区政务服务中心",
        "division": "445102",
        "address": "潮州大道 1 号",
        "hours": "周一至周五 9:00-17:00",
        "phone": "0768-12345",
    }
    await house.post("/catalog/v1/halls", {"rows": [hall]}, as_=admin)
    assert hall.items() <= (await house.get("/catalog/v1/halls/XQ-1")).json().items()
    assert (await house.get("/catalog/v1/halls/XQ-2")).status_code == 404
    await published(house)
    [hit] = (await house.get(BASE, params={"q": "食品"})).json()["results"]
    assert hit["division_name"] == "湘桥区"
