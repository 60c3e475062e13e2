"""Powers move down: the old item closes to the second, those in flight finish, and the words say where to go."""

from datetime import timedelta

from workorder_stories import (
    ANSWERS,
    APPLICATIONS,
    CODE,
    a_clerk,
    a_guide,
    a_reviewer,
    publish,
    step,
    submitted,
)

from chassis.ids import new_id
from contracts.events.catalog import (
    ItemVersionPublished,
    ItemVersionWithdrawn,
    MovedItem,
    PowerMoveAnnounced,
    PowerMoved,
)

NEW_CODE = "11445102MB2X00099M4440118009000"
MINUTE = timedelta(minutes=1)


def moved(from_item, to_item, code=NEW_CODE):
    return MovedItem(
        from_item_id=from_item,
        to_item_id=to_item,
        to_division="445102",
        to_department="11445102MB2X00099M",
        to_item_code=code,
        to_department_name="湘桥区农业农村局",
    )


def announced(house, adjustment, *items, called_off=False):
    return PowerMoveAnnounced(
        adjustment_id=adjustment,
        power_code="440118009000",
        items=items,
        effective_at=house.clock.now() + MINUTE,
        is_called_off=called_off,
    )


def in_force(house, adjustment, *items, kind="move-down"):
    return PowerMoved(
        adjustment_id=adjustment,
        power_id=new_id(),
        power_code="440118009000",
        kind=kind,
        from_division="445100",
        from_department="11445100MB2X00012X",
        items=items,
        effective_at=house.clock.now(),
    )


async def asked(house, item_id, citizen=None):
    body = {"item_id": str(item_id), "answers": ANSWERS}
    return await house.post(APPLICATIONS, body, as_=citizen or house.person("citizen"))


async def test_one_second_before_it_is_accepted_and_at_the_instant_refused_however_late_the_news(
    house,
):
    old, new = await publish(house), new_id()
    await house.deliver(announced(house, new_id(), moved(old, new)))
    house.clock.move(MINUTE - timedelta(seconds=1))
    assert (await asked(house, old)).status_code == 201
    house.clock.move(timedelta(seconds=1))
    answer = await asked(house, old)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("item-moved")
    assert "湘桥区农业农村局" in problem["detail"]
    assert NEW_CODE in problem["detail"]
    assert problem["errors"][0]["detail"] == f"/catalog/v1/items/{new}"


async def test_two_receivers_are_both_named(house):
    old = await publish(house)
    items = (moved(old, new_id()), moved(old, new_id(), code="OTHER-1"))
    await house.deliver(in_force(house, new_id(), *items), times=2)
    problem = (await asked(house, old)).json()
    assert NEW_CODE in problem["detail"]
    assert "OTHER-1" in problem["detail"]
    assert len(problem["errors"]) == 2


async def test_what_is_in_flight_finishes_where_it_began_on_its_version(house):
    old = await publish(house, a_guide(materials=()))
    citizen = house.person("citizen")
    application = await submitted(house, citizen, item_id=str(old), item_code=None)
    new = await publish(house, a_guide(item_code=NEW_CODE, department="11445102MB2X00099M"))
    await house.deliver(in_force(house, new_id(), moved(old, new)))
    await house.deliver(
        ItemVersionWithdrawn(
            item_id=old, item_version_id=new_id(), version=1, withdrawn_at=house.clock.now()
        )
    )
    accepted = await step(house, application, "acceptances", {}, as_=a_clerk(house))
    assert accepted["department"] == application["department"]
    assert accepted["item"]["code"] == CODE
    decided = await step(
        house,
        application,
        "decisions",
        {"outcome": "approved", "reason": "符合条件"},
        as_=a_reviewer(house),
    )
    assert decided["item"] == application["item"]
    assert (await asked(house, new)).status_code == 201


async def test_an_announcement_that_is_called_off_closes_nothing(house):
    old, adjustment = await publish(house), new_id()
    await house.deliver(announced(house, adjustment, moved(old, new_id())))
    await house.deliver(announced(house, adjustment, moved(old, new_id()), called_off=True))
    house.clock.move(MINUTE)
    assert (await asked(house, old)).status_code == 201


async def test_taken_back_the_first_item_takes_applications_again(house):
    old = await publish(house)
    new = await publish(house, a_guide(item_code=NEW_CODE))
    await house.deliver(in_force(house, new_id(), moved(old, new)))
    assert (await asked(house, old)).status_code == 409
    house.clock.move(MINUTE)
    back = in_force(house, new_id(), moved(new, old, code=CODE), kind="take-back")
    await house.deliver(back)
    await house.deliver(
        ItemVersionPublished(
            item_id=old,
            item_version_id=new_id(),
            version=2,
            guide=a_guide(),
            published_at=house.clock.now(),
        )
    )
    assert (await asked(house, old)).status_code == 201
    assert (await asked(house, new)).status_code == 409


async def test_an_announcement_of_a_taking_back_opens_nothing_early(house):
    old = await publish(house)
    new = await publish(house, a_guide(item_code=NEW_CODE))
    await house.deliver(in_force(house, new_id(), moved(old, new)))
    house.clock.move(MINUTE)
    await house.deliver(announced(house, new_id(), moved(new, old, code=CODE)))
    assert (await asked(house, old)).status_code == 409
    assert (await asked(house, new)).status_code == 201


async def test_a_cancelled_power_closes_its_item_without_another_place(house):
    old = await publish(house)
    nowhere = MovedItem(from_item_id=old, to_item_id=None, to_division="", to_department="")
    await house.deliver(in_force(house, new_id(), nowhere, kind="cancel"))
    answer = await asked(house, old)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("item-withdrawn")


async def test_an_announcement_before_the_item_is_known_counts_when_it_is(house):
    old = new_id()
    await house.deliver(announced(house, new_id(), moved(old, new_id())))
    await publish(house, item_id=old)
    assert (await asked(house, old)).status_code == 201
    house.clock.move(MINUTE)
    assert (await asked(house, old)).status_code == 409
