"""Powers merge (合并) and split (拆分): the list is cut anew, the items go along, nobody else does anything."""

from powers_examples import (
    COUNTY,
    POWER_CODE,
    RECEIVER,
    ROOT,
    admin,
    city_item,
    effective,
    giver,
    in_force,
    item_of,
    listed,
    power,
    powers,
    proposed,
    published,
    terms,
)

from contracts.events.catalog import PowerMoveAnnounced, PowerMoved

OTHER, MERGED = "440118009011", "440118009010"


async def propose(house, kind, power_id, **more):
    body = {
        "kind": kind,
        "power_id": power_id,
        "receivers": [],
        "terms": terms(house, **more),
        "effective_at": effective(house),
    }
    return await house.post(f"{ROOT}/power-adjustments", body, as_=giver(house))


async def cut(house, kind, power_id, **more) -> str:
    answer = await propose(house, kind, power_id, **more)
    assert answer.status_code == 201, answer.text
    adjustment = answer.json()["id"]
    await published(house, adjustment)
    await in_force(house, adjustment)
    return adjustment


def faults(answer) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}


async def shown(house, power_id) -> dict:
    return (await house.get(f"{ROOT}/powers/{power_id}")).json()


async def words(house, power_id) -> list[str]:
    history = (await house.get(f"{ROOT}/powers/{power_id}/history")).json()["results"]
    return [one["words"] for one in history]


async def test_two_powers_become_one_with_the_items_of_both_and_the_old_lines_end(house):
    item = await city_item(house)
    first, second = await listed(
        house, power(item_ids=[item]), power(code=OTHER, name="食品生产许可")
    )
    content = power(code=MERGED, name="食品生产经营许可")
    await cut(house, "merge", first, merges=[second], content=content)
    [row] = await powers(house)
    assert (row["code"], row["standing"], row["name"]) == (MERGED, "in-force", "食品生产经营许可")
    assert (await shown(house, row["id"]))["content"]["item_ids"] == [item]
    for old in (first, second):
        assert "变为“已取消”。职权合并" in (await words(house, old))[-1]
    assert "列入权责清单" in (await words(house, row["id"]))[0]
    assert (await item_of(house, item))["state"] == "published"
    [fact] = await house.told(PowerMoved)
    assert (fact.kind, fact.items) == ("merge", ())
    assert await house.told(PowerMoveAnnounced) == []


async def test_a_merge_under_one_of_the_old_codes_goes_on_as_its_next_version(house):
    first, second = await listed(house, power(), power(code=OTHER, name="食品生产许可"))
    await cut(house, "merge", first, merges=[second], content=power(name="食品许可"))
    [row] = await powers(house)
    assert (row["id"], row["code"], row["name"]) == (first, POWER_CODE, "食品许可")
    assert (
        "职权名称" in (await words(house, first))[-1] or "合并" in (await words(house, first))[-1]
    )


async def test_one_power_becomes_two_each_with_its_items(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    parts = [power(name="食品经营许可（单位）", item_ids=[item]), power(code=OTHER, name="小餐饮")]
    await cut(house, "split", power_id, parts=parts)
    rows = {row["code"]: row for row in await powers(house)}
    assert {code: row["standing"] for code, row in rows.items()} == {
        POWER_CODE: "in-force",
        OTHER: "in-force",
    }
    assert rows[POWER_CODE]["id"] == power_id
    assert (await shown(house, power_id))["content"]["item_ids"] == [item]
    assert (await shown(house, rows[OTHER]["id"]))["content"]["item_ids"] == []
    assert (await item_of(house, item))["state"] == "published"


async def test_a_split_is_undone_by_a_merge_and_the_list_of_a_past_day_stays(house):
    (power_id,) = await listed(house)
    await cut(house, "split", power_id, parts=[power(code=OTHER), power(code=MERGED)])
    ids = {row["code"]: row["id"] for row in await powers(house)}
    assert set(ids) == {OTHER, MERGED}
    await cut(house, "merge", ids[OTHER], merges=[ids[MERGED]], content=power())
    [row] = await powers(house)
    assert (row["id"], row["code"], row["standing"]) == (power_id, POWER_CODE, "in-force")


async def test_what_is_wrong_with_a_split_is_named_part_by_part(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    one = await propose(house, "split", power_id, parts=[power(item_ids=[item])])
    assert faults(one) == {("/terms/parts", "too-few")}
    left = await propose(house, "split", power_id, parts=[power(), power(code=OTHER)])
    assert faults(left) == {("/terms/parts", "item-left-out")}
    moved = power(code=OTHER, department=RECEIVER, division=COUNTY, level="county")
    parts = [power(item_ids=[item]), power(code=POWER_CODE, item_ids=[item]), moved]
    assert faults(await propose(house, "split", power_id, parts=parts)) == {
        ("/terms/parts/0/code", "twice"),
        ("/terms/parts/1/code", "twice"),
        ("/terms/parts/0/item_ids", "not-an-item-of-the-power"),
        ("/terms/parts/1/item_ids", "not-an-item-of-the-power"),
        ("/terms/parts/2/department", "other-department"),
    }
    bare = power(code=OTHER, supervision="")
    parts = [power(item_ids=[item]), bare]
    found = faults(await propose(house, "split", power_id, parts=parts))
    assert ("/terms/parts/1/supervision", "missing") in found


async def test_a_merge_of_anothers_power_or_of_one_that_is_elsewhere_is_refused(house):
    first, second, third = await listed(
        house,
        power(),
        power(code=OTHER),
        power(code=MERGED, department=RECEIVER, division=COUNTY, level="county"),
    )
    other = await propose(house, "merge", first, merges=[third], content=power())
    assert faults(other) == {("/terms/merges", "other-department")}
    twice = await propose(house, "merge", first, merges=[first], content=power())
    assert faults(twice) == {("/terms/merges", "twice")}
    nothing = await propose(house, "merge", first, content=power())
    assert faults(nothing) == {("/terms/merges", "missing")}
    cancel = await proposed(house, second, kind="cancel", receivers=[])
    await published(house, cancel)
    await in_force(house, cancel)
    gone = await propose(house, "merge", first, merges=[second], content=power())
    assert gone.status_code == 409
    assert gone.json()["type"].endswith("power-not-in-force")


async def test_a_code_that_is_on_the_list_already_is_not_taken_by_a_part(house):
    first, _ = await listed(house, power(), power(code=OTHER))
    taken = await propose(house, "split", first, parts=[power(), power(code=OTHER)])
    assert faults(taken) == {("/terms", "power-listed")}


async def test_a_merge_whose_other_power_went_meanwhile_says_so_and_changes_nothing(house):
    first, second = await listed(house, power(), power(code=OTHER))
    cancel = await proposed(house, second, kind="cancel", receivers=[])
    answer = await propose(house, "merge", first, merges=[second], content=power(code=MERGED))
    merge = answer.json()["id"]
    for adjustment in (cancel, merge):
        await published(house, adjustment)
    await in_force(house, cancel)
    shown_now = (await house.get(f"{ROOT}/power-adjustments/{merge}", as_=admin(house))).json()
    assert shown_now["state"] == "published"
    assert "不能再作此项调整" in shown_now["fault"]
    assert [row["code"] for row in await powers(house)] == [POWER_CODE]
