"""Bundles (一件事): 企业开办 as one form, materials asked once, order without circles, members that change."""

from datetime import timedelta

import pytest
from catalog_examples import DEPARTMENT, DIVISION, guide, publish, published, publisher, put
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.bundles import find_circle
from catalog.domain.merging import longest_path, order_of
from contracts.events.catalog import BundlePublished

BUNDLES = "/catalog/v1/bundles"
PREMISES = {
    "code": "premises",
    "text": "经营场所是否为自有房产？",
    "options": [{"code": "own", "text": "自有"}, {"code": "rented", "text": "租用"}],
}
IDENTITY = {
    "code": "id",
    "name": "居民身份证",
    "certificate_type": "resident-id",
    "exemption_ground": "电子证照免交",
}


async def company_items(house) -> dict[str, str]:
    """Registering a company, its seals and its tax account."""
    lease = {
        "code": "lease",
        "name": "房屋租赁合同",
        "copies": 1,
        "applies_when": {"premises": ["rented"]},
    }
    registering = await published(
        house,
        item_code="SET-UP-1",
        name="企业设立登记",
        promised_days=1,
        visits=0,
        situations=[PREMISES],
        materials=[IDENTITY, lease, {"code": "form", "name": "登记申请书", "kind": "form"}],
    )
    seals = await published(
        house,
        item_code="SET-UP-2",
        name="公章刻制备案",
        promised_days=2,
        visits=1,
        situations=[],
        materials=[
            {
                "code": "card",
                "name": "身份证原件",
                "certificate_type": "resident-id",
                "exemption_ground": "电子证照免交",
            },
            {"code": "form", "name": "登记申请书", "kind": "form"},
        ],
    )
    question = {
        "code": "place",
        "text": "经营场所是否为自有房产",
        "options": [{"code": "b", "text": "租用"}, {"code": "a", "text": "自有"}],
    }
    tax = await published(
        house,
        item_code="SET-UP-3",
        name="税务登记",
        statutory_days=20,
        promised_days=3,
        visits=0,
        situations=[question],
        materials=[
            {"code": "id", "name": "居民身份证", "copies": 1},
            {"code": "lease", "name": "房屋租赁合同（复印件）", "copies": 2,
             "applies_when": {"place": ["b"]}},
        ],
    )  # fmt: skip
    return {"registration": registering, "seals": seals, "tax": tax}


def bundle(items: dict[str, str], **changes) -> dict:
    return {
        "code": "set-up-a-company",
        "name": "企业开办",
        "life_event": "start-business",
        "audience": ["enterprise"],
        "division": DIVISION,
        "department": DEPARTMENT,
        "department_name": "湘桥区市场监督管理局",
        "members": [
            {"key": "registration", "item_id": items["registration"]},
            {"key": "seals", "item_id": items["seals"], "after": ["registration"]},
            {"key": "tax", "item_id": items["tax"], "after": ["registration"]},
        ],
        "form": {"type": "object", "properties": {"company_name": {"type": "string"}}},
        "fields": [
            {
                "name": "company_name",
                "targets": [
                    {"member": "registration", "material": "form", "field": "企业名称"},
                    {"member": "seals", "material": "form", "field": "单位名称"},
                ],
            }
        ],
        **changes,
    }


async def drafted(house, content, *, by=1):
    return await house.post(BUNDLES, {"bundle": content}, as_=publisher(house, by))


async def opened(house, content) -> str:
    draft = await drafted(house, content)
    assert draft.status_code == 201, draft.text
    bundle_id = draft.json()["bundle_id"]
    assert (await publication(house, bundle_id)).status_code == 201
    return bundle_id


async def publication(house, bundle_id, number=1, *, by=2):
    path = f"{BUNDLES}/{bundle_id}/publications"
    return await house.post(path, {"number": number}, as_=publisher(house, by))


async def materials(house, bundle_id, **body) -> dict:
    answer = await house.post(f"{BUNDLES}/{bundle_id}/material-lists", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(house, **params) -> list[str]:
    answer = await house.get(BUNDLES, params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["results"]]


def faults(answer) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [fault["code"] for fault in answer.json()["errors"]]


async def test_setting_up_a_company_asks_each_material_and_each_question_once(house):
    items = await company_items(house)
    bundle_id = await opened(house, bundle(items))
    [place] = (await house.get(f"{BUNDLES}/{bundle_id}")).json()["places"]
    assert [(q["code"], q["asked_by"]) for q in place["questions"]] == [
        ("premises", ["registration", "tax"])
    ]
    rented = await materials(house, bundle_id, answers={"premises": "rented"})
    by_name = {one["name"]: one for one in rented["materials"]}
    identity, lease = by_name["居民身份证"], by_name["房屋租赁合同"]
    assert [need["member"] for need in identity["needed_by"]] == ["registration", "seals", "tax"]
    assert identity["to_bring"]  # the tax office does not take the electronic one
    assert [need["to_bring"] for need in identity["needed_by"]] == [False, False, True]
    assert (lease["copies"], len(lease["needed_by"])) == (2, 2)
    # The two forms share a name and are two forms.
    assert [one["name"] for one in rented["materials"]].count("登记申请书") == 2
    assert (len(rented["materials"]), rented["asked_one_by_one"]) == (4, 7)
    own = await materials(house, bundle_id, answers={"premises": "own"})
    assert "房屋租赁合同" not in [one["name"] for one in own["materials"]]
    assert (await materials(house, bundle_id))["unanswered"] == ["premises"]


async def test_the_time_of_a_bundle_is_its_longest_path_and_visits_add_up(house):
    bundle_id = await opened(house, bundle(await company_items(house)))
    [place] = (await house.get(f"{BUNDLES}/{bundle_id}")).json()["places"]
    assert (place["working_days"], place["working_days_one_by_one"]) == (4, 6)
    assert place["longest_path"] == ["registration", "tax"]
    assert place["order"] == [["registration"], ["seals", "tax"]]
    assert place["visits"] == 1


async def test_a_circular_bundle_is_refused_and_the_circle_named(house):
    content = bundle(await company_items(house))
    content["members"][0]["after"] = ["tax"]
    answer = await drafted(house, content)
    assert answer.status_code == 422
    assert answer.json()["type"].rsplit("/", 1)[-1] == "bundle-circular"
    assert "registration → tax → registration" in answer.json()["detail"]
    assert await house.sql("SELECT 1 FROM bundles") == []


async def test_a_member_twice_unknown_or_withdrawn_is_refused(house):
    items = await company_items(house)
    twice = bundle(items)
    twice["members"][1]["item_id"] = items["registration"]
    assert faults(await drafted(house, twice)) == ["item-twice"]
    nobody = bundle(items)
    nobody["members"][1]["item_id"] = "019a0000-0000-7000-8000-00000000dead"
    assert faults(await drafted(house, nobody)) == ["item-not-in-force"]
    lost = bundle(items)
    lost["members"][1]["after"] = ["nowhere"]
    assert faults(await drafted(house, lost)) == ["member-unknown"]
    await withdraw(house, items["tax"])
    assert faults(await drafted(house, bundle(items))) == ["item-not-in-force"]


async def test_a_field_goes_to_a_material_that_there_is(house):
    content = bundle(await company_items(house))
    content["fields"][0]["targets"][0]["material"] = "nothing"
    assert faults(await drafted(house, content)) == ["target-unknown"]
    content["fields"] = [{**content["fields"][0], "name": "missing"}]
    assert "field-unknown" in faults(await drafted(house, content))


async def test_publishing_a_bundle_needs_a_second_person_of_the_lead_department(house):
    items = await company_items(house)
    bundle_id = (await drafted(house, bundle(items))).json()["bundle_id"]
    assert await listed(house) == []
    assert (await publication(house, bundle_id, by=1)).status_code == 403
    stranger = publisher(house, 9, department="11445102OTHER0001X")
    path = f"{BUNDLES}/{bundle_id}/publications"
    assert (await house.post(path, {"number": 1}, as_=stranger)).status_code == 404
    foreign = await house.post(BUNDLES, {"bundle": bundle(items, code="x")}, as_=stranger)
    assert foreign.status_code == 403
    assert (await publication(house, bundle_id)).status_code == 201
    assert (await publication(house, bundle_id, by=3)).status_code == 409
    [fact] = await house.told(BundlePublished)
    assert (fact.bundle_code, fact.version) == ("set-up-a-company", 1)
    assert {str(each) for each in fact.item_ids} == set(items.values())
    steps = (await house.get(f"{BUNDLES}/{bundle_id}/steps")).json()["results"]
    assert [step["step"] for step in steps] == ["created", "published"]


async def test_two_editors_at_once_one_is_told_and_nothing_is_lost(house):
    items = await company_items(house)
    bundle_id = (await drafted(house, bundle(items))).json()["bundle_id"]
    path = f"{BUNDLES}/{bundle_id}/drafts/1"
    first = {"bundle": bundle(items, name="企业开办一件事")}
    second = {"bundle": bundle(items, name="开办企业")}
    answer = await put(house, path, first, as_=publisher(house, 3), if_match='"1"')
    assert answer.status_code == 200, answer.text
    lost = await put(house, path, second, as_=publisher(house, 4), if_match='"1"')
    assert lost.status_code == 412
    blind = await put(house, path, second, as_=publisher(house, 4), if_match=None)
    assert blind.status_code == 428
    drafts = (await house.get("/catalog/v1/bundle-drafts", as_=publisher(house, 4))).json()
    assert [one["bundle"]["name"] for one in drafts["results"]] == ["企业开办一件事"]
    assert (await publication(house, bundle_id, by=3)).status_code == 403
    assert (await publication(house, bundle_id, by=4)).status_code == 201


async def test_a_member_that_changes_is_on_the_owners_list_until_the_next_version(house):
    items = await company_items(house)
    bundle_id = await opened(house, bundle(items))
    assert await listed(house, needs_review="true") == []
    path = f"/catalog/v1/items/{items['tax']}/drafts"
    body = {
        "guide": guide(item_code="SET-UP-3", name="税务登记", promised_days=9, statutory_days=20)
    }
    draft = await house.post(path, body, as_=publisher(house, 1))
    assert (await publish(house, items["tax"], draft.json()["number"])).status_code == 201
    assert await listed(house, needs_review="true", department=DEPARTMENT) == [bundle_id]
    reviews = (await house.get(f"{BUNDLES}/{bundle_id}/reviews")).json()["results"]
    assert [(one["kind"], one["item_name"]) for one in reviews] == [("changed", "税务登记")]
    path = f"{BUNDLES}/{bundle_id}/drafts"
    answer = await house.post(path, {"bundle": bundle(items)}, as_=publisher(house, 1))
    assert answer.status_code == 201, answer.text
    now = (await publication(house, bundle_id, 2)).json()
    assert now["places"][0]["working_days"] == 10
    assert await listed(house, needs_review="true") == []
    before = (await house.get(f"{BUNDLES}/{bundle_id}", params={"version": 1})).json()
    assert before["places"][0]["working_days"] == 4


async def test_a_withdrawn_member_takes_the_bundle_out_of_use(house):
    items = await company_items(house)
    bundle_id = await opened(house, bundle(items))
    await withdraw(house, items["seals"])
    seen = (await house.get(f"{BUNDLES}/{bundle_id}")).json()
    assert (seen["needs_review"], seen["withdrawn_members"]) == (True, [items["seals"]])
    answer = await house.post(f"{BUNDLES}/{bundle_id}/material-lists", {})
    assert answer.status_code == 409
    assert answer.json()["type"].rsplit("/", 1)[-1] == "bundle-out-of-use"


async def test_a_bundle_withdrawn_and_taken_up_again_stands_in_the_figure_of_its_days(house):
    items = await company_items(house)
    bundle_id = await opened(house, bundle(items))
    house.clock.move(timedelta(days=1))
    path = f"{BUNDLES}/{bundle_id}"
    answer = await house.post(f"{path}/withdrawals", {"reason": "调整"}, as_=publisher(house))
    assert answer.status_code == 201, answer.text
    assert await listed(house) == []
    again = await house.post(f"{path}/withdrawals", {"reason": "调整"}, as_=publisher(house))
    assert again.status_code == 409
    house.clock.move(timedelta(days=1))
    await house.post(f"{path}/drafts", {"bundle": bundle(items)}, as_=publisher(house))
    assert (await publication(house, bundle_id, 2)).status_code == 201
    values = []
    for day in ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"):
        one = (
            await house.get("/catalog/v1/indicators/bundles_published", params={"to": day})
        ).json()
        assert one["value"] == len((await house.get(one["records_url"])).json()["results"])
        values.append(one["value"])
    assert values == [0, 1, 0, 1]


async def test_a_member_may_be_another_item_in_each_division(house):
    items = await company_items(house)
    other = await published(house, item_code="SET-UP-4", name="税务登记（城区）", promised_days=1)
    content = bundle(items)
    content["members"][2] = {
        "key": "tax",
        "by_division": {"445102": items["tax"], "445103": other},
        "after": ["registration"],
    }
    bundle_id = await opened(house, content)
    places = (await house.get(f"{BUNDLES}/{bundle_id}")).json()["places"]
    assert [(place["division"], place["working_days"]) for place in places] == [
        ("445102", 4),
        ("445103", 3),
    ]
    answer = await house.post(f"{BUNDLES}/{bundle_id}/material-lists", {})
    assert answer.json()["type"].rsplit("/", 1)[-1] == "division-needed"
    assert (await materials(house, bundle_id, division="445103"))["division"] == "445103"


async def test_bundles_are_found_by_audience_life_event_and_member(house):
    items = await company_items(house)
    bundle_id = await opened(house, bundle(items))
    assert await listed(house, audience="enterprise", life_event="start-business") == [bundle_id]
    assert await listed(house, audience="person") == []
    assert await listed(house, item=items["tax"], q="企业") == [bundle_id]
    csv = (await house.get(f"{BUNDLES}/export")).content.decode("utf-8-sig")
    assert "企业开办" in csv


async def test_an_answer_that_there_is_not_is_refused_by_name(house):
    bundle_id = await opened(house, bundle(await company_items(house)))
    path = f"{BUNDLES}/{bundle_id}/material-lists"
    answer = await house.post(path, {"answers": {"premises": "castle"}})
    assert faults(answer) == ["unknown-option"]


async def withdraw(house, item_id) -> None:
    path = f"/catalog/v1/items/{item_id}/withdrawals"
    answer = await house.post(path, {"reason": "职能调整"}, as_=publisher(house, 2))
    assert answer.status_code == 201, answer.text


def test_a_circle_is_found_wherever_it_begins():
    assert find_circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ("b", "c", "b")
    assert find_circle({"a": ["a"]}) == ("a", "a")
    assert find_circle({"a": [], "b": ["a"], "c": ["a", "b"]}) == ()


@given(
    st.integers(1, 8).flatmap(
        lambda size: st.tuples(
            st.lists(st.integers(0, 30), min_size=size, max_size=size),
            st.lists(st.sets(st.integers(0, size - 1)), min_size=size, max_size=size),
        )
    )
)
def test_the_longest_path_is_never_shorter_than_a_member_nor_longer_than_all(drawn):
    days_of, before = drawn
    after = {
        str(place): [str(each) for each in needed if each < place]
        for place, needed in enumerate(before)
    }
    days = {str(place): count for place, count in enumerate(days_of)}
    total = sum(days[key] for key in longest_path(after, days))
    assert max(days_of) <= total <= sum(days_of)
    seen: set[str] = set()
    for step in order_of(after):
        assert all(set(after[key]) <= seen for key in step)
        seen.update(step)
    assert seen == set(days)


@pytest.mark.parametrize("body", [{"members": []}, {"form": []}, {"members": [{"key": "a"}] * 2}])
async def test_a_bundle_that_is_none_is_refused(house, body):
    items = {"registration": "019a0000-0000-7000-8000-000000000001"}
    content = bundle({**items, "seals": items["registration"], "tax": items["registration"]})
    assert (await drafted(house, {**content, **body})).status_code == 422
