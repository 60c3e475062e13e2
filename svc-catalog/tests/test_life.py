"""The life of a version: submitted, checked by a second person, published for today or a later day, and called back."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

from catalog_examples import guide, publisher

from catalog.workers.life import begin_due_versions
from chassis.testing import START
from contracts.events.catalog import (
    DraftChecked,
    DraftReturned,
    DraftSubmitted,
    ItemVersionPublished,
)

ROOT = "/catalog/v1"


async def drafted(house, **changes) -> str:
    answer = await house.post(f"{ROOT}/items", {"guide": guide(**changes)}, as_=publisher(house))
    assert answer.status_code == 201, answer.text
    return answer.json()["item_id"]


async def step(house, item_id: str, noun: str, body=None, *, by: int = 1, number: int = 1):
    path = f"{ROOT}/items/{item_id}/drafts/{number}/{noun}"
    return await house.post(path, body or {}, as_=publisher(house, by))


async def publish(house, item_id: str, *, by: int = 2, number: int = 1):
    path = f"{ROOT}/items/{item_id}/publications"
    return await house.post(path, {"number": number}, as_=publisher(house, by))


async def states(house, item_id: str) -> list[str]:
    rows = await house.sql("SELECT step FROM item_steps WHERE item_id = $1 ORDER BY id", item_id)
    return [row["step"] for row in rows]


async def test_a_draft_is_submitted_checked_and_published(house):
    item_id = await drafted(house)
    submitted = await step(house, item_id, "submissions")
    assert (submitted.status_code, submitted.json()["state"]) == (201, "submitted")
    own = await step(house, item_id, "checks", {"outcome": "passed", "reason": "自查"})
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    checked = await step(house, item_id, "checks", {"outcome": "passed", "reason": "无误"}, by=2)
    assert (checked.json()["state"], checked.json()["is_checked"]) == ("checked", True)
    assert (await publish(house, item_id, by=1)).status_code == 403
    assert (await publish(house, item_id)).status_code == 201
    assert await states(house, item_id) == [
        "created",
        "draft-submitted",
        "draft-checked",
        "published",
    ]
    assert len(await house.told(DraftSubmitted)) == 1


async def test_a_passed_check_is_told_and_so_is_one_that_was_not(house):
    item_id = await drafted(house)
    await step(house, item_id, "submissions")
    await step(house, item_id, "checks", {"outcome": "returned", "reason": "缺依据"}, by=2)
    assert await house.told(DraftChecked) == []
    await step(house, item_id, "submissions")
    checked = await step(house, item_id, "checks", {"outcome": "passed", "reason": "无误"}, by=2)
    [fact] = await house.told(DraftChecked)
    assert (str(fact.item_id), fact.number) == (item_id, 1)
    assert str(fact.item_version_id) == checked.json()["item_version_id"]
    assert len(await house.told(DraftReturned)) == 1


async def test_a_returned_draft_tells_its_reason_and_can_be_mended(house):
    item_id = await drafted(house)
    await step(house, item_id, "submissions")
    returned = await step(
        house, item_id, "checks", {"outcome": "returned", "reason": "缺少收费依据"}, by=2
    )
    assert returned.json()["state"] == "draft"
    assert len(await house.told(DraftReturned)) == 1
    [row] = await house.sql("SELECT reason FROM item_steps WHERE step = 'draft-returned'")
    assert row["reason"] == "缺少收费依据"
    mended = await house.client.put(
        f"{ROOT}/items/{item_id}/drafts/1",
        json={"guide": guide(promised_days=1)},
        headers={**house.headers(publisher(house)), "If-Match": returned.headers["etag"]},
    )
    assert mended.status_code == 200
    assert (await step(house, item_id, "submissions")).status_code == 201


async def test_what_was_submitted_stays_as_it_is_until_it_is_recalled(house):
    item_id = await drafted(house)
    await step(house, item_id, "submissions")
    again = await step(house, item_id, "submissions")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/draft-state")
    recalled = await step(house, item_id, "recalls", {"reason": "还要改"})
    assert recalled.json()["state"] == "draft"
    assert (await step(house, item_id, "submissions")).status_code == 201


async def test_a_later_day_is_waited_for_and_then_comes_once(house):
    item_id = await drafted(house, effective_from="2026-03-10")
    scheduled = await publish(house, item_id)
    assert (scheduled.status_code, scheduled.json()["state"]) == (202, "scheduled")
    assert (await house.get(f"{ROOT}/items/{item_id}")).status_code == 404
    house.clock.set(datetime(2026, 3, 9, 15, 59, tzinfo=UTC))
    assert await begin_due_versions(house.runtime) == 0
    house.clock.set(datetime(2026, 3, 9, 16, 0, tzinfo=UTC))
    assert await begin_due_versions(house.runtime) == 1
    assert await begin_due_versions(house.runtime) == 0
    assert (await house.get(f"{ROOT}/items/{item_id}")).json()["version"] == 1
    assert len(await house.told(ItemVersionPublished)) == 1
    assert (await states(house, item_id))[-2:] == ["scheduled", "published"]


async def test_a_scheduled_version_can_be_called_back_until_its_day(house):
    item_id = await drafted(house, effective_from="2026-03-10")
    await publish(house, item_id)
    assert (await step(house, item_id, "recalls", {"reason": "推迟"})).json()["state"] == "draft"
    house.clock.set(START + timedelta(days=20))
    assert await begin_due_versions(house.runtime) == 0
    assert (await house.get(f"{ROOT}/items/{item_id}")).status_code == 404


async def test_two_versions_never_wait_for_their_days_at_once(house):
    item_id = await drafted(house, effective_from="2026-03-10")
    await publish(house, item_id)
    second = {"guide": guide(promised_days=1)}
    await house.post(f"{ROOT}/items/{item_id}/drafts", second, as_=publisher(house))
    refused = await publish(house, item_id, number=2)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/version-scheduled")


async def test_an_effective_day_in_the_past_is_refused(house):
    item_id = await drafted(house, effective_from="2026-03-01")
    refused = await publish(house, item_id)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/effective-date-past")
    today = await drafted(house, item_code="YW-today", effective_from="2026-03-02")
    assert (await publish(house, today)).status_code == 201


async def test_the_department_sees_who_waits_for_what(house):
    first, second = await drafted(house), await drafted(house, item_code="YW-second")
    await step(house, second, "submissions")
    listed = await house.get(f"{ROOT}/drafts", as_=publisher(house))
    assert {row["item_id"] for row in listed.json()["results"]} == {first, second}
    to_check = await house.get(f"{ROOT}/drafts?to_check=true", as_=publisher(house, 2))
    assert [row["item_id"] for row in to_check.json()["results"]] == [second]
    own = await house.get(f"{ROOT}/drafts?to_check=true", as_=publisher(house))
    assert own.json()["results"] == []
    mine = await house.get(f"{ROOT}/drafts?mine=true&state=draft", as_=publisher(house))
    assert [row["item_id"] for row in mine.json()["results"]] == [first]
    other = await house.get(f"{ROOT}/drafts", as_=publisher(house, department="11445100MB2X00012X"))
    assert other.json()["results"] == []


async def test_an_older_version_stays_readable_after_the_item_is_withdrawn(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    reason = {"reason": "机构调整"}
    await house.post(f"{ROOT}/items/{item_id}/withdrawals", reason, as_=publisher(house))
    old = await house.get(f"{ROOT}/items/{item_id}?version=1")
    assert (old.status_code, old.json()["state"]) == (200, "withdrawn")


async def test_what_a_draft_would_change_is_for_its_department_and_later_for_anyone(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    second = {"guide": guide(promised_days=1)}
    await house.post(f"{ROOT}/items/{item_id}/drafts", second, as_=publisher(house))
    path = f"{ROOT}/items/{item_id}/drafts/2/differences"
    found = await house.get(path, as_=publisher(house))
    pointers = [one["pointer"] for one in found.json()["results"]]
    assert pointers == ["/promised_days", "/steps/1/working_days"]
    assert (await house.get(path)).status_code in {401, 403}
    public = f"{ROOT}/items/{item_id}/differences?from=1&to=2"
    assert (await house.get(public)).status_code == 404
    await publish(house, item_id, number=2)
    told = (await house.get(public)).json()
    assert (told["from_version"], told["to_version"]) == (1, 2)
    assert told["results"][0]["words"] == "承诺时限（工作日）由“2”改为“1”"


async def test_two_editors_who_both_began_from_one_version_lose_nothing_of_each_other(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    path = f"{ROOT}/items/{item_id}"
    for changes in ({"promised_days": 1}, {"phone": "0768-2888888"}):
        body = {"guide": guide(**changes)}
        assert (await house.post(f"{path}/drafts", body, as_=publisher(house))).status_code == 201
    assert (await publish(house, item_id, number=2)).status_code == 201
    refused = await publish(house, item_id, number=3)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/draft-outdated")
    found = await house.get(f"{path}/drafts/3/differences", as_=publisher(house))
    assert "/promised_days" in {one["pointer"] for one in found.json()["results"]}
    merged = await house.client.put(
        f"{path}/drafts/3",
        json={"guide": guide(promised_days=1, phone="0768-2888888")},
        headers={**house.headers(publisher(house)), "If-Match": '"1"'},
    )
    assert (merged.status_code, merged.json()["base_number"]) == (200, 2)
    assert (await publish(house, item_id, number=3)).status_code == 201
    in_force = (await house.get(path)).json()["guide"]
    assert (in_force["promised_days"], in_force["phone"]) == (1, "0768-2888888")


async def test_a_lower_number_never_follows_a_higher_one(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    for _ in range(2):
        body = {"guide": guide(promised_days=1)}
        await house.post(f"{ROOT}/items/{item_id}/drafts", body, as_=publisher(house))
    assert (await publish(house, item_id, number=3)).status_code == 201
    refused = await publish(house, item_id, number=2)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/draft-outdated")
    assert "新建草稿" in refused.json()["detail"]


async def test_a_withdrawal_overtakes_a_version_that_waits_for_its_day(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    later = {"guide": guide(promised_days=1, effective_from="2026-03-10")}
    await house.post(f"{ROOT}/items/{item_id}/drafts", later, as_=publisher(house))
    assert (await publish(house, item_id, number=2)).status_code == 202
    path = f"{ROOT}/items/{item_id}"
    await house.post(f"{path}/withdrawals", {"reason": "停办"}, as_=publisher(house))
    house.clock.set(datetime(2026, 3, 10, 1, 0, tzinfo=UTC))
    assert await begin_due_versions(house.runtime) == 0
    assert (await house.get(path)).json()["state"] == "withdrawn"
    draft = (await house.get(f"{path}/drafts/2", as_=publisher(house))).json()
    assert (draft["state"], draft["is_checked"]) == ("draft", False)
    assert (await states(house, item_id))[-2:] == ["draft-recalled", "withdrawn"]


async def test_a_list_taken_over_meanwhile_overtakes_what_waited_for_its_day(house):
    item_id = await drafted(house)
    await publish(house, item_id)
    later = {"guide": guide(promised_days=1, effective_from="2026-03-10")}
    await house.post(f"{ROOT}/items/{item_id}/drafts", later, as_=publisher(house))
    await publish(house, item_id, number=2)
    line = json.dumps(guide(phone="0768-2999999"), ensure_ascii=False).encode()
    admin = house.staff("system_admin")
    files = {"file": ("items.jsonl", line)}
    job = await house.post(f"{ROOT}/imports", files=files, as_=admin)
    assert job.status_code == 202, job.text
    await house.run_jobs()
    house.clock.set(datetime(2026, 3, 10, 1, 0, tzinfo=UTC))
    assert await begin_due_versions(house.runtime) == 0
    item = (await house.get(f"{ROOT}/items/{item_id}")).json()
    assert (item["version"], item["guide"]["phone"]) == (3, "0768-2999999")


async def test_processes_side_by_side_put_each_version_in_force_once(house):
    items = [
        await drafted(house, item_code=f"YW-{number}", effective_from="2026-03-10")
        for number in range(4)
    ]
    for item_id in items:
        assert (await publish(house, item_id)).status_code == 202
    house.clock.set(datetime(2026, 3, 9, 16, 0, tzinfo=UTC))
    counts = await asyncio.gather(*(begin_due_versions(house.runtime) for _ in range(3)))
    assert sum(counts) == len(items)
    assert len(await house.told(ItemVersionPublished)) == len(items)


async def test_a_version_that_cannot_begin_holds_no_other_up(house):
    broken = await drafted(house, item_code="YW-broken", effective_from="2026-03-09")
    sound = await drafted(house, item_code="YW-sound", effective_from="2026-03-10")
    for item_id in (broken, sound):
        assert (await publish(house, item_id)).status_code == 202
    await house.sql(
        "UPDATE item_versions SET guide = jsonb_set(guide, '{visits}', '99') WHERE item_id = $1",
        broken,
    )
    house.clock.set(datetime(2026, 3, 10, 1, 0, tzinfo=UTC))
    failed: set = set()
    assert await begin_due_versions(house.runtime, failed) == 1
    assert {str(item_id) for item_id, _ in failed} == {broken}
    assert await begin_due_versions(house.runtime, failed) == 0


async def test_who_wrote_a_draft_is_told_by_subject_and_a_list_narrows_to_one_item(house):
    first, second = await drafted(house), await drafted(house, item_code="YW-second")
    listed = await house.get(f"{ROOT}/drafts?item={second}", as_=publisher(house))
    [row] = listed.json()["results"]
    assert (row["item_id"], row["drafters"]) == (second, [publisher(house)["sub"]])
    assert first != second


async def test_a_step_on_a_draft_that_somebody_changed_meanwhile_is_a_lost_race(house):
    item_id = await drafted(house)
    path = f"{ROOT}/items/{item_id}/drafts/1/submissions"
    stale = await house.post(path, {}, as_=publisher(house), headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    repeated = [await house.post(path, {}, as_=publisher(house), key="once") for _ in range(2)]
    assert [one.status_code for one in repeated] == [201, 201]
    assert len(await house.told(DraftSubmitted)) == 1


async def test_lists_narrow_to_basic_code_level_and_form(house):
    code = "440118009000"
    row = {
        "code": code,
        "name": "食品经营许可",
        "task_type": "01",
        "use_levels": ["county"],
        "in_force_from": "2026-01-01",
    }
    body = {"rows": [row], "reason": "登记"}
    await house.post(f"{ROOT}/basic-items", body, as_=house.staff("system_admin"))
    wanted = await drafted(
        house, basic_code=code, use_level="county", handling_forms=["window", "online"]
    )
    assert (await publish(house, wanted)).status_code == 201
    other = await drafted(house, item_code="YW-other", handling_forms=["online"])
    assert (await publish(house, other)).status_code == 201
    for query in (f"basic_code={code}", "use_level=county", "handling_form=window"):
        for day in ("", "&to=2026-03-02"):
            found = (await house.get(f"{ROOT}/items?{query}{day}")).json()["results"]
            assert [one["id"] for one in found] == [wanted], query + day
