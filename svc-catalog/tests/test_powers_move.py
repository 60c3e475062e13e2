"""At the effective minute list, items and facts change together, once, and can be taken back."""

import asyncio
from datetime import timedelta

from catalog_examples import guide
from catalog_examples import published as publish_item
from powers_examples import (
    COUNTY,
    GIVER,
    OTHER_RECEIVER,
    POWER_CODE,
    RECEIVER,
    ROOT,
    WHY,
    admin,
    city_item,
    coordinator,
    giver,
    in_force,
    item_of,
    listed,
    moved_to_two,
    passed,
    power,
    powers,
    proposed,
    published,
    receiver,
    step,
)

from catalog.workers.powers import bring_due_into_force
from contracts.events.catalog import (
    ItemVersionPublished,
    ItemVersionWithdrawn,
    PowerMoveAnnounced,
    PowerMoved,
)


async def test_two_counties_take_a_city_power_over_with_guides_in_force_and_the_old_item_closed(
    house,
):
    item, _, _ = await moved_to_two(house)
    assert (await item_of(house, item))["state"] == "withdrawn"
    moves = (await house.get(f"{ROOT}/items/{item}/moves")).json()["results"]
    new = [await item_of(house, move["to_item_id"]) for move in moves]
    assert {one["department"] for one in new} == {RECEIVER, OTHER_RECEIVER}
    for one in new:
        assert one["state"] == "published"
        assert one["guide"]["item_code"] == f"{one['department']}4{POWER_CODE}"
        assert one["guide"]["use_level"] == "county"
        assert one["guide"]["power_source"] == "delegated-from-above"
        assert one["guide"]["materials"] == (await item_of(house, item))["guide"]["materials"]
    standing = {row["department"]: row["standing"] for row in await powers(house)}
    assert standing == {GIVER: "delegated-out", RECEIVER: "in-force", OTHER_RECEIVER: "in-force"}
    steps = (await house.get(f"{ROOT}/items/{item}/steps")).json()["results"]
    assert "湘桥区市场监督管理局、潮安区市场监督管理局" in steps[-1]["reason"]
    (fact,) = await house.told(PowerMoved)
    assert {move.to_item_id for move in fact.items} == {
        move.to_item_id for move in (await house.told(PowerMoveAnnounced))[0].items
    }
    assert len(await house.told(ItemVersionPublished)) == 3
    assert len(await house.told(ItemVersionWithdrawn)) == 1


async def test_the_old_items_page_names_its_successors_and_theirs_names_it(house):
    item, _, _ = await moved_to_two(house)
    old = await item_of(house, item)
    assert [place["department"] for place in old["moved_to"]] == [RECEIVER, OTHER_RECEIVER]
    assert old["moved_from"] == []
    first = old["moved_to"][0]
    new = await item_of(house, first["item_id"])
    assert (first["item_code"], first["name"]) == (new["item_code"], new["guide"]["name"])
    assert (first["division"], first["department_name"]) == (COUNTY, "湘桥区市场监督管理局")
    assert first["since"].startswith("2026-03-02T02:10:00")
    [origin] = new["moved_from"]
    assert (origin["item_id"], origin["department"]) == (item, GIVER)
    apart = await item_of(house, await publish_item(house))
    assert (new["moved_to"], apart["moved_to"], apart["moved_from"]) == ([], [], [])


async def test_after_a_taking_back_the_pages_name_the_way_back_and_their_etags_change(house):
    item, power_id, adjustment = await moved_to_two(house)
    path = f"{ROOT}/items/{item}"
    before = (await house.get(path)).headers["etag"]
    back = await proposed(
        house, power_id, kind="take-back", receivers=[], terms={"takes_back": adjustment}
    )
    await published(house, back)
    await in_force(house, back)
    answer = await house.get(path, headers={"If-None-Match": before})
    assert answer.status_code == 200
    old = answer.json()
    assert old["moved_to"] == []
    assert {place["department"] for place in old["moved_from"]} == {RECEIVER, OTHER_RECEIVER}
    county_item = await item_of(house, old["moved_from"][0]["item_id"])
    assert [place["item_id"] for place in county_item["moved_to"]] == [item]
    assert county_item["moved_from"] == []


async def test_a_minute_too_early_nothing_happens_and_after_a_stop_it_happens_once(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    await published(house, adjustment)
    house.clock.move(timedelta(minutes=9, seconds=59))
    assert await bring_due_into_force(house.runtime) == 0
    assert (await item_of(house, item))["state"] == "published"
    # Nobody was running at the minute itself; then several processes come up side by side.
    house.clock.move(timedelta(days=2))
    done = await asyncio.gather(*(bring_due_into_force(house.runtime) for _ in range(3)))
    assert sum(done) == 1
    assert len(await house.told(PowerMoved)) == 1
    assert (await item_of(house, item))["state"] == "withdrawn"


async def test_the_receivers_own_guide_is_put_in_force(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    own = guide(
        item_code=f"{RECEIVER}4{POWER_CODE}",
        department=RECEIVER,
        department_name="湘桥区市场监督管理局",
        division=COUNTY,
        phone="0768-2200000",
        materials=[],
    )
    body = {"from_item_id": item, "guide": own}
    await step(house, adjustment, "guides", body, as_=receiver(house))
    await step(house, adjustment, "guides", body, as_=giver(house), status=403)
    await passed(house, adjustment)
    await published(house, adjustment)
    await in_force(house, adjustment)
    (move,) = (await house.get(f"{ROOT}/items/{item}/moves")).json()["results"]
    assert (await item_of(house, move["to_item_id"]))["guide"]["phone"] == "0768-2200000"


async def test_a_taking_back_restores_the_city_item_and_ends_the_counties(house):
    item, power_id, adjustment = await moved_to_two(house)
    back = await proposed(
        house, power_id, kind="take-back", receivers=[], terms={"takes_back": adjustment}
    )
    await published(house, back)
    await in_force(house, back)
    assert (await item_of(house, item))["state"] == "published"
    moves = (await house.get(f"{ROOT}/items/{item}/moves")).json()["results"]
    gone = [move["to_item_id"] for move in moves if move["from_item_id"] == item]
    assert {(await item_of(house, one))["state"] for one in gone} == {"withdrawn"}
    assert {row["department"] for row in await powers(house)} == {GIVER}
    old = (await house.get(f"{ROOT}/power-adjustments/{adjustment}", as_=admin(house))).json()
    assert (old["state"], old["superseded_by"]) == ("superseded", back)


async def test_the_history_of_a_power_is_told_in_words_and_the_list_is_as_it_was(house):
    before = house.clock.now().date()
    house.clock.move(timedelta(days=1))
    await city_item(house)
    (power_id,) = await listed(house, since=before.isoformat())
    house.clock.move(timedelta(days=1))
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    await published(house, adjustment)
    await in_force(house, adjustment)
    first, second = (await house.get(f"{ROOT}/powers/{power_id}/history")).json()["results"]
    assert "列入权责清单" in first["words"]
    assert "由“在行”变为“已下放”" in second["words"]
    assert second["document_number"] == "潮府〔2026〕1号"
    assert [row["standing"] for row in await powers(house, on=before.isoformat())] == ["in-force"]
    assert len(await powers(house)) == 2
    assert await powers(house, on=(before - timedelta(days=1)).isoformat()) == []


async def test_carried_out_for_fengxi_shows_as_such_and_nothing_moves(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(
        house, power_id, kind="carry-out-for", receivers=[], terms={"managing_area": "FX"}
    )
    await published(house, adjustment)
    await in_force(house, adjustment)
    (row,) = await powers(house, managing_area="FX")
    assert (row["standing"], row["department"]) == ("in-force", GIVER)
    shown = await item_of(house, item)
    assert (shown["state"], shown["guide"]["managing_area"]) == ("published", "FX")
    history = (await house.get(f"{ROOT}/powers/{power_id}/history")).json()["results"]
    assert "代FX实施" in history[-1]["words"]
    figure = (await house.get(f"{ROOT}/indicators/powers_proxied")).json()
    assert figure["value"] == 1


async def test_a_cancelled_power_closes_its_item_and_a_new_one_is_added(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    cancel = await proposed(house, power_id, kind="cancel", receivers=[])
    add = await proposed(
        house, None, kind="add", receivers=[], terms={"content": power(code="440118009001")}
    )
    for adjustment in (cancel, add):
        await published(house, adjustment)
    house.clock.move(timedelta(minutes=10))
    assert await bring_due_into_force(house.runtime) == 2
    assert (await item_of(house, item))["state"] == "withdrawn"
    assert [row["code"] for row in await powers(house)] == ["440118009001"]
    assert len(await powers(house, standing="cancelled")) == 1


async def test_withdrawn_before_its_minute_it_is_called_off_and_never_takes_effect(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    await published(house, adjustment)
    await step(house, adjustment, "withdrawals", WHY, as_=giver(house), status=403)
    await step(house, adjustment, "withdrawals", WHY, as_=coordinator(house))
    assert [fact.is_called_off for fact in await house.told(PowerMoveAnnounced)] == [False, True]
    house.clock.move(timedelta(minutes=20))
    assert await bring_due_into_force(house.runtime) == 0
    assert (await item_of(house, item))["state"] == "published"


async def test_one_adjustment_that_cannot_take_effect_stops_no_other_and_says_why(house):
    first, second = await listed(house, power(), power(code="440118009002"))
    bad = await proposed(house, first, kind="cancel", receivers=[])
    twin = await proposed(house, first, kind="cancel", receivers=[])
    good = await proposed(house, second, kind="cancel", receivers=[])
    for adjustment in (bad, twin, good):
        await published(house, adjustment)
    house.clock.move(timedelta(minutes=10))
    assert await bring_due_into_force(house.runtime) == 2
    path = f"{ROOT}/power-adjustments/"
    shown = [(await house.get(path + one, as_=admin(house))).json() for one in (bad, twin, good)]
    assert [one["state"] for one in shown] == ["in-force", "published", "in-force"]
    assert "不能再作此项调整" in shown[1]["fault"]


async def published_again(house, item, name):
    """The giver drafts its item anew and a second person publishes it."""
    draft = {
        "guide": guide(
            item_code=f"{GIVER}3{POWER_CODE}",
            department=GIVER,
            department_name="潮州市市场监督管理局",
            division="445100",
            name=name,
        )
    }
    drafted = await house.post(f"{ROOT}/items/{item}/drafts", draft, as_=giver(house, 1))
    assert drafted.status_code == 201, drafted.text
    body = {"number": drafted.json()["number"]}
    return await house.post(f"{ROOT}/items/{item}/publications", body, as_=giver(house, 2))


async def test_an_item_whose_power_moved_down_is_not_published_again_until_it_is_taken_back(house):
    item, power_id, adjustment = await moved_to_two(house)
    refused = await published_again(house, item, "悄悄恢复")
    assert refused.status_code == 422, refused.text
    [fault] = refused.json()["errors"]
    assert (fault["code"], "收回" in fault["detail"]) == ("power-moved", True)
    assert (await item_of(house, item))["state"] == "withdrawn"
    back = await proposed(
        house, power_id, kind="take-back", receivers=[], terms={"takes_back": adjustment}
    )
    await published(house, back)
    await in_force(house, back)
    assert (await published_again(house, item, "收回后更新")).status_code == 201


async def test_taking_back_what_is_carried_out_for_fengxi_unmarks_list_and_guide(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(
        house, power_id, kind="carry-out-for", receivers=[], terms={"managing_area": "FX"}
    )
    await published(house, adjustment)
    await in_force(house, adjustment)
    back = await proposed(
        house, power_id, kind="take-back", receivers=[], terms={"takes_back": adjustment}
    )
    await published(house, back)
    await in_force(house, back)
    assert await powers(house, managing_area="FX") == []
    [row] = await powers(house)
    assert (row["standing"], row["managing_area"]) == ("in-force", None)
    shown = await item_of(house, item)
    assert (shown["state"], shown["guide"]["managing_area"]) == ("published", None)
    assert (await house.get(f"{ROOT}/indicators/powers_proxied")).json()["value"] == 0


async def test_a_power_taken_over_is_listed_with_the_item_drafted_for_it(house):
    content = power(
        code="440118009005",
        department=RECEIVER,
        department_name="湘桥区市场监督管理局",
        division=COUNTY,
        level="county",
        power_source="delegated-from-above",
        from_division="440000",
    )
    adjustment = await proposed(
        house, None, kind="take-over", receivers=[], terms={"content": content},
        as_=receiver(house),
    )  # fmt: skip
    own = guide(
        item_code=f"{RECEIVER}4440118009005",
        department=RECEIVER,
        department_name="湘桥区市场监督管理局",
        division=COUNTY,
    )
    path = f"{ROOT}/power-adjustments/{adjustment}/guides"
    assert (await house.post(path, {"guide": own}, as_=receiver(house))).status_code == 201
    await published(house, adjustment)
    await in_force(house, adjustment)
    [row] = await powers(house)
    assert (row["code"], row["department"], row["standing"]) == (
        "440118009005",
        RECEIVER,
        "in-force",
    )
    [item] = (await house.get(f"{ROOT}/items")).json()["results"]
    shown = await item_of(house, item["id"])
    assert (shown["state"], shown["department"]) == ("published", RECEIVER)


async def test_a_receiver_takes_over_no_item_that_is_not_the_powers(house):
    """At the effective minute the item that is named closes: nobody names another department's."""
    item = await city_item(house)
    stranger = await publish_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    own = guide(
        item_code=f"{RECEIVER}4{POWER_CODE}",
        department=RECEIVER,
        department_name="湘桥区市场监督管理局",
        division=COUNTY,
    )
    path = f"{ROOT}/power-adjustments/{adjustment}/guides"
    body = {"from_item_id": stranger, "guide": own}
    refused = await house.post(path, body, as_=receiver(house))
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("not-an-item-of-the-power")


async def test_a_receivers_government_and_a_receiver_decide_and_publish_nothing(house):
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id)
    await passed(house, adjustment)
    county_government = coordinator(house, COUNTY)
    for noun in ("approvals", "rejections", "withdrawals"):
        refused = await step(house, adjustment, noun, WHY, as_=county_government, status=403)
        assert refused["type"].endswith("not-your-government"), noun
    await step(house, adjustment, "approvals", WHY, as_=coordinator(house))
    for caller in (county_government, receiver(house)):
        await step(house, adjustment, "publications", WHY, as_=caller, status=403)
    await step(house, adjustment, "publications", WHY, as_=giver(house))
