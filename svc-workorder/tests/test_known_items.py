import asyncio

from workorder_stories import a_guide

from chassis.ids import new_id
from contracts.events.catalog import ItemVersionPublished


def published(house, item_id, version: int) -> ItemVersionPublished:
    return ItemVersionPublished(
        item_id=item_id,
        item_version_id=new_id(),
        version=version,
        guide=a_guide(item_code=f"L-{item_id}", name=f"第 {version} 版"),
        published_at=house.clock.now(),
    )


async def told_together(house, facts) -> None:
    """As a list of a thousand items tells them: faster than they are handled one by one."""
    consuming = house.consuming()
    await asyncio.gather(*(consuming.handle(*house.wire(fact), {}) for fact in facts))


async def test_a_list_of_guides_is_known_together_and_an_older_version_changes_nothing(house):
    ids = [new_id() for _ in range(60)]
    await told_together(house, [published(house, each, 1) for each in ids])
    await told_together(house, [published(house, each, 3) for each in ids[:20]])
    await told_together(house, [published(house, each, 2) for each in ids[:40]])
    rows = await house.sql("SELECT item_id, version, guide->>'name' AS name FROM known_items")
    found = {row["item_id"]: (row["version"], row["name"]) for row in rows}
    wanted = [3] * 20 + [2] * 20 + [1] * 20
    assert [found[each] for each in ids] == [(n, f"第 {n} 版") for n in wanted]


async def test_a_repeat_among_many_is_handled_once(house):
    facts = [published(house, new_id(), 1) for _ in range(20)]
    consuming = house.consuming()
    wires = [house.wire(fact) for fact in facts]
    for many in (wires[:10], wires):
        await asyncio.gather(*(consuming.handle(*wire, {}) for wire in many))
    assert len(await house.sql("SELECT item_id FROM known_items")) == 20
    assert len(await house.sql("SELECT event_id FROM inbox WHERE handler = 'know_item'")) == 20
