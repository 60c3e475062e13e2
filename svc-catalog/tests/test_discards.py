"""Drafts that nobody will publish are ended with a reason: of items, of bundles, of policies for enterprises."""

import json

import asyncpg
from bundle_examples import BUNDLES, two_items
from catalog_examples import DEPARTMENT, guide, publish, published, publisher
from test_enterprise_policies import POLICIES, policy

from contracts.events.catalog import DraftDiscarded

ROOT = "/catalog/v1"
WHY = {"reason": "机构改革，不再办理"}
OTHER = "11445103MB2X00020M"


async def drafted(house, **changes) -> str:
    answer = await house.post(f"{ROOT}/items", {"guide": guide(**changes)}, as_=publisher(house))
    assert answer.status_code == 201, answer.text
    return answer.json()["item_id"]


async def discard(house, path: str, *, by: int = 1, **options):
    return await house.post(f"{path}/discards", WHY, as_=publisher(house, by), **options)


async def waiting(house, query: str = "") -> list[str]:
    listed = await house.get(f"{ROOT}/drafts{query}", as_=publisher(house))
    return [row["item_id"] for row in listed.json()["results"]]


async def counted(house, department: str, tables: tuple[str, ...]) -> list[int]:
    """How many rows of these tables are within a department's reach."""
    connection = await asyncpg.connect(house.database_url)
    try:
        await connection.execute("SELECT set_config('yiwang.department', $1, false)", department)
        return [await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables]
    finally:
        await connection.close()


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


async def test_a_dead_draft_is_ended_leaves_the_list_and_stays_in_the_history(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts/1"
    answer = await discard(house, path, by=2)
    assert (answer.status_code, answer.json()["state"]) == (201, "discarded")
    assert await waiting(house) == []
    assert await waiting(house, "?state=discarded") == [item_id]
    of_item = await house.get(f"{ROOT}/items/{item_id}/drafts", as_=publisher(house))
    assert of_item.json()["results"] == []
    kept = await house.get(path, as_=publisher(house))
    assert (kept.json()["state"], kept.json()["guide"]["name"]) == ("discarded", "食品经营许可")
    [row] = await house.sql(
        "SELECT reason, actor_id, number FROM item_steps WHERE step = 'draft-discarded'"
    )
    assert (row["reason"], row["number"]) == (WHY["reason"], 1)
    [fact] = await house.told(DraftDiscarded)
    assert (str(fact.item_id), fact.number) == (item_id, 1)


async def test_nothing_more_becomes_of_a_discarded_draft(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts/1"
    await discard(house, path)
    assert problem(await discard(house, path)) == (409, "draft-discarded")
    for noun, body in (
        ("submissions", {}),
        ("checks", {"outcome": "passed", **WHY}),
        ("recalls", WHY),
    ):
        refused = await house.post(f"{path}/{noun}", body, as_=publisher(house, 2))
        assert problem(refused) == (409, "draft-discarded"), noun
    refused = await publish(house, item_id, 1)
    assert problem(refused) == (409, "draft-discarded")
    assert "新建草稿" in refused.json()["detail"]


async def test_what_is_published_or_scheduled_is_not_discarded_and_the_refusal_says_what_to_do(
    house,
):
    item_id = await published(house)
    path = f"{ROOT}/items/{item_id}/drafts"
    assert problem(await discard(house, f"{path}/1")) == (409, "draft-published")
    later = {"guide": guide(effective_from="2026-03-10")}
    await house.post(path, later, as_=publisher(house))
    assert (await publish(house, item_id, 2)).status_code == 202
    refused = await discard(house, f"{path}/2")
    assert problem(refused) == (409, "draft-scheduled")
    assert "请先撤回" in refused.json()["detail"]
    await house.post(f"{path}/2/recalls", WHY, as_=publisher(house))
    assert (await discard(house, f"{path}/2")).status_code == 201
    assert (await house.get(f"{ROOT}/items/{item_id}")).json()["state"] == "published"


async def test_a_checked_draft_can_be_discarded_by_a_colleague_but_not_by_another_department(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts/1"
    await house.post(f"{path}/submissions", {}, as_=publisher(house))
    await house.post(f"{path}/checks", {"outcome": "passed", **WHY}, as_=publisher(house, 2))
    stranger = await house.post(f"{path}/discards", WHY, as_=publisher(house, 9, department=OTHER))
    assert stranger.status_code == 404
    assert (await discard(house, path, by=3)).status_code == 201


async def test_a_discard_without_reason_or_of_what_somebody_changed_meanwhile_is_refused(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts/1"
    empty = await house.post(f"{path}/discards", {"reason": "  "}, as_=publisher(house))
    assert empty.status_code == 422
    stale = await discard(house, path, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    twice = [await discard(house, path, key="once") for _ in range(2)]
    assert [one.status_code for one in twice] == [201, 201]
    assert len(await house.told(DraftDiscarded)) == 1


async def test_a_new_draft_may_be_begun_under_the_same_code_and_another_original_code(house):
    item_id = await drafted(house, original_code="OLD-1")
    await discard(house, f"{ROOT}/items/{item_id}/drafts/1")
    # The original code is free again: the item itself was mistyped.
    other = await drafted(house, item_code="YW-right", original_code="OLD-1")
    assert other != item_id
    again = {"guide": guide(original_code="OLD-2")}
    answer = await house.post(f"{ROOT}/items", again, as_=publisher(house))
    assert (answer.status_code, answer.json()["item_id"]) == (201, item_id)
    assert answer.json()["number"] == 2
    assert (await publish(house, item_id, 2)).status_code == 201
    shown = (await house.get(f"{ROOT}/items/{item_id}")).json()
    assert (shown["version"], shown["original_code"]) == (2, "OLD-2")


async def test_with_another_draft_waiting_the_item_is_not_given_up(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts"
    second = await house.post(path, {"guide": guide(promised_days=1)}, as_=publisher(house))
    assert second.status_code == 201
    await discard(house, f"{path}/1")
    assert await waiting(house) == [item_id]
    taken = await house.post(f"{ROOT}/items", {"guide": guide()}, as_=publisher(house))
    assert taken.status_code == 409
    assert (await publish(house, item_id, 2)).status_code == 201


async def test_a_list_takes_over_an_item_whose_drafts_were_all_discarded(house):
    item_id = await drafted(house)
    await discard(house, f"{ROOT}/items/{item_id}/drafts/1")
    line = json.dumps(guide(original_code="OLD-1"), ensure_ascii=False).encode()
    files = {"file": ("items.jsonl", line)}
    job = await house.post(f"{ROOT}/imports", files=files, as_=house.staff("system_admin"))
    assert job.status_code == 202, job.text
    await house.run_jobs()
    shown = (await house.get(f"{ROOT}/items/{item_id}")).json()
    assert (shown["state"], shown["original_code"], shown["version"]) == ("published", "OLD-1", 2)


async def test_a_dead_draft_of_a_bundle_is_ended_and_the_bundle_can_be_begun_anew(house):
    first = await published(house)
    second = await published(house, item_code="YW-SECOND", name="烟草零售许可")
    body = {"bundle": two_items(first, second)}
    draft = (await house.post(BUNDLES, body, as_=publisher(house))).json()
    path = f"{BUNDLES}/{draft['bundle_id']}"
    stranger = publisher(house, 9, department=OTHER)
    assert (await house.get(f"{path}/drafts/1", as_=stranger)).status_code == 404
    refused = await house.post(f"{path}/drafts/1/discards", WHY, as_=stranger)
    assert refused.status_code == 404
    ended = await discard(house, f"{path}/drafts/1", by=2)
    assert (ended.status_code, ended.json()["state"]) == (201, "discarded")
    listed = await house.get(f"{ROOT}/bundle-drafts", as_=publisher(house))
    assert listed.json()["results"] == []
    kept = await house.get(f"{path}/drafts/1", as_=publisher(house))
    assert kept.json()["state"] == "discarded"
    refused = await house.post(f"{path}/publications", {"number": 1}, as_=publisher(house, 2))
    assert problem(refused) == (409, "draft-discarded")
    assert problem(await discard(house, f"{path}/drafts/1")) == (409, "draft-discarded")
    again = await house.post(BUNDLES, body, as_=publisher(house))
    assert (again.status_code, again.json()["bundle_id"]) == (201, draft["bundle_id"])
    done = await house.post(f"{path}/publications", {"number": 2}, as_=publisher(house, 2))
    assert done.status_code == 201, done.text
    assert problem(await discard(house, f"{path}/drafts/2")) == (409, "draft-published")
    steps = (await house.get(f"{path}/steps")).json()["results"]
    assert [one["step"] for one in steps] == ["created", "draft-discarded", "created", "published"]


async def test_a_dead_draft_of_a_policy_is_ended_and_the_policy_can_be_begun_anew(house):
    body = {"policy": policy()}
    draft = (await house.post(POLICIES, body, as_=publisher(house))).json()
    path = f"{POLICIES}/{draft['policy_id']}"
    ended = await discard(house, f"{path}/drafts/1", by=2)
    assert (ended.status_code, ended.json()["state"]) == (201, "discarded")
    for listed in (f"{POLICIES}/own", f"{path}/drafts"):
        assert (await house.get(listed, as_=publisher(house))).json()["results"] == []
    assert problem(await discard(house, f"{path}/drafts/1")) == (409, "draft-discarded")
    refused = await house.post(f"{path}/publications", {"number": 1}, as_=publisher(house, 2))
    assert problem(refused) == (409, "draft-discarded")
    again = await house.post(POLICIES, body, as_=publisher(house))
    assert (again.json()["policy_id"], again.json()["number"]) == (draft["policy_id"], 2)
    done = await house.post(f"{path}/publications", {"number": 2}, as_=publisher(house, 2))
    assert done.status_code == 201, done.text
    steps = (await house.get(f"{path}/steps")).json()["results"]
    assert WHY["reason"] in steps[1]["reason"]


async def test_a_published_policy_stays_when_its_next_draft_is_discarded(house):
    draft = (await house.post(POLICIES, {"policy": policy()}, as_=publisher(house))).json()
    path = f"{POLICIES}/{draft['policy_id']}"
    await house.post(f"{path}/publications", {"number": 1}, as_=publisher(house, 2))
    await house.post(f"{path}/drafts", {"policy": policy(title="改")}, as_=publisher(house))
    assert (await discard(house, f"{path}/drafts/2")).status_code == 201
    [own] = (await house.get(f"{POLICIES}/own", as_=publisher(house))).json()["results"]
    assert (own["number"], own["state"]) == (1, "published")
    assert (await house.get(path)).json()["department"] == DEPARTMENT


async def test_row_level_security_hides_a_bundle_in_draft_and_never_a_published_guide(house):
    first = await published(house)
    second = await published(house, item_code="YW-SECOND", name="烟草零售许可")
    await drafted(house, item_code="YW-THIRD")
    body = {"bundle": two_items(first, second)}
    assert (await house.post(BUNDLES, body, as_=publisher(house))).status_code == 201
    tables = ("bundles", "bundle_versions", "bundle_steps", "item_versions")
    assert await counted(house, DEPARTMENT, tables) == [1, 1, 1, 3]
    assert await counted(house, OTHER, tables) == [0, 0, 0, 2]
