"""A taking back (收回) from some of the receivers: theirs ends, the giver exercises it again, the others keep it."""

from powers_examples import (
    GIVER,
    OTHER_RECEIVER,
    RECEIVER,
    ROOT,
    admin,
    county,
    effective,
    giver,
    in_force,
    item_of,
    moved_to_two,
    other_county,
    passed,
    powers,
    proposed,
    published,
    terms,
)

from contracts.events.catalog import PowerMoveAnnounced, PowerMoved


async def taken_back(house, power_id, adjustment, *receivers) -> str:
    back = await proposed(
        house,
        power_id,
        kind="take-back",
        receivers=list(receivers),
        terms={"takes_back": adjustment},
    )
    await published(house, back)
    await in_force(house, back)
    return back


async def received_items(house, item) -> dict[str, str]:
    """Receiving department to the item that it received from this one."""
    moves = (await house.get(f"{ROOT}/items/{item}/moves")).json()["results"]
    ids = [move["to_item_id"] for move in moves if move["from_item_id"] == item]
    return {(await item_of(house, one))["department"]: one for one in ids}


async def standing(house) -> dict[str, str]:
    return {row["department"]: row["standing"] for row in await powers(house)}


async def test_one_receiver_loses_it_the_giver_has_it_again_and_the_other_keeps_it(house):
    item, power_id, adjustment = await moved_to_two(house)
    back = await taken_back(house, power_id, adjustment, county())
    new = await received_items(house, item)
    states = {name: (await item_of(house, one))["state"] for name, one in new.items()}
    assert states == {RECEIVER: "withdrawn", OTHER_RECEIVER: "published"}
    assert (await item_of(house, item))["state"] == "published"
    assert await standing(house) == {GIVER: "in-force", OTHER_RECEIVER: "in-force"}
    shown = (await house.get(f"{ROOT}/power-adjustments/{adjustment}", as_=admin(house))).json()
    assert (shown["state"], shown["superseded_by"]) == ("in-force", None)
    taken = {party["department"]: party["taken_back_by"] for party in shown["parties"]}
    assert taken == {GIVER: None, RECEIVER: back, OTHER_RECEIVER: None}
    for fact in ((await house.told(PowerMoved))[-1], (await house.told(PowerMoveAnnounced))[-1]):
        [move] = fact.items
        assert (str(move.from_item_id), str(move.to_item_id)) == (new[RECEIVER], item)
        assert fact.kind == "take-back"


async def test_taken_back_from_the_last_the_move_is_superseded(house):
    item, power_id, adjustment = await moved_to_two(house)
    await taken_back(house, power_id, adjustment, county())
    page = await house.get(f"{ROOT}/items/{item}")
    version, etag = page.json()["version"], page.headers["etag"]
    assert [place["department"] for place in page.json()["moved_to"]] == [OTHER_RECEIVER]
    last = await taken_back(house, power_id, adjustment)
    assert await standing(house) == {GIVER: "in-force"}
    shown = (await house.get(f"{ROOT}/power-adjustments/{adjustment}", as_=admin(house))).json()
    assert (shown["state"], shown["superseded_by"]) == ("superseded", last)
    # The giver's item was open already: its guide stays as it is.
    page = await house.get(f"{ROOT}/items/{item}", headers={"If-None-Match": etag})
    assert (page.status_code, page.json()["version"], page.json()["moved_to"]) == (200, version, [])
    [move] = (await house.told(PowerMoved))[-1].items
    assert move.to_department == GIVER


async def test_who_received_nothing_or_has_lost_it_already_is_named(house):
    _, power_id, adjustment = await moved_to_two(house)
    await taken_back(house, power_id, adjustment, county())
    body = {
        "kind": "take-back",
        "power_id": power_id,
        "receivers": [county(), other_county()],
        "terms": terms(house, takes_back=adjustment),
        "effective_at": effective(house),
    }
    again = await house.post(f"{ROOT}/power-adjustments", body, as_=giver(house))
    assert again.status_code == 422, again.text
    [fault] = again.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/receivers/0", "not-a-holder")


async def test_of_two_takings_back_from_the_same_receiver_the_second_says_why_it_cannot(house):
    _, power_id, adjustment = await moved_to_two(house)
    first, second = [
        await proposed(
            house,
            power_id,
            kind="take-back",
            receivers=receivers,
            terms={"takes_back": adjustment},
        )
        for receivers in ([county()], [county(), other_county()])
    ]
    for one in (first, second):
        await published(house, one)
    await in_force(house, first)
    shown = (await house.get(f"{ROOT}/power-adjustments/{second}", as_=admin(house))).json()
    assert shown["state"] == "published"
    assert "已被收回" in shown["fault"]
    assert await standing(house) == {GIVER: "in-force", OTHER_RECEIVER: "in-force"}


async def test_what_was_taken_back_can_be_moved_down_again(house):
    item, power_id, adjustment = await moved_to_two(house)
    await taken_back(house, power_id, adjustment, county())
    again = await proposed(house, power_id, receivers=[county()])
    await passed(house, again)
    await published(house, again)
    await in_force(house, again)
    assert await standing(house) == {
        GIVER: "delegated-out",
        RECEIVER: "in-force",
        OTHER_RECEIVER: "in-force",
    }
    new = await received_items(house, item)
    assert {(await item_of(house, one))["state"] for one in new.values()} == {"published"}
    assert (await item_of(house, item))["state"] == "withdrawn"
