"""A power moves (职权调整): the receiver issues what it decides from then on, and nobody else's name is used."""

from datetime import timedelta

import pytest
from moves_stories import (
    COUNTY,
    COUNTY_NAME,
    TOWN,
    TOWN_NAME,
    announced,
    decided_by,
    issuer,
    item_of,
    moved,
    received,
)

from chassis.ids import new_id
from contracts.events.certificate import CertificateIssued, SealUsed


@pytest.fixture(autouse=True)
async def _known_holder(city):
    await city.import_certificate()


async def test_the_receiver_issues_what_it_decides_and_the_giver_what_was_in_flight(city, house):
    await city.deliver(moved(city))
    house.clock.move(timedelta(minutes=1))
    new = await decided_by(city, COUNTY)
    assert (new["status"], new["issuing_department_name"], issuer(new)) == (
        "valid",
        COUNTY_NAME,
        COUNTY,
    )
    old = await decided_by(city, city.department)
    assert (old["issuing_department_name"], issuer(old)) == (
        "湘桥区市场监督管理局",
        city.department,
    )
    seals = await house.sql("SELECT department, name FROM seals")
    assert {row["department"] for row in seals} == {city.department, COUNTY}
    assert len(await house.told(SealUsed)) == 3
    steps = await house.sql("SELECT reason FROM certificate_steps WHERE step = 'drafted'")
    assert any(f"由{COUNTY_NAME}签发" in row["reason"] for row in steps)


async def test_what_the_receiver_issued_is_within_its_own_reach_and_not_the_givers(city, house):
    await city.deliver(moved(city))
    new = await decided_by(city, COUNTY)
    path = f"/certificate/v1/certificates/{new['id']}"
    own = city.issuer(department=COUNTY, division="445103")
    assert (await house.get(path, as_=own)).status_code == 200
    assert (await house.get(path, as_=city.issuer())).status_code == 404
    verdict = await city.verify(await city.signed_code(new))
    assert verdict["verdict"] == "valid"


async def test_a_decision_before_the_minute_is_still_the_givers_type_and_after_it_the_receivers(
    city, house
):
    minute = house.clock.now() + timedelta(hours=1)
    fact = moved(city, effective_at=minute)
    await city.deliver(announced(fact))
    early = await decided_by(city, COUNTY)
    assert issuer(early) == city.department
    late = await decided_by(city, COUNTY, decided_at=minute)
    assert issuer(late) == COUNTY


async def test_an_announcement_that_is_called_off_gives_nobody_the_right(city):
    fact = moved(city)
    await city.deliver(announced(fact))
    await city.deliver(announced(fact, is_called_off=True))
    assert issuer(await decided_by(city, COUNTY)) == city.department


async def test_an_announcement_without_a_kind_waits_for_the_move_itself(city):
    fact = moved(city)
    await city.deliver(announced(fact, kind=""))
    assert issuer(await decided_by(city, COUNTY)) == city.department
    await city.deliver(fact, times=2, event_id=new_id())
    assert issuer(await decided_by(city, COUNTY)) == COUNTY


@pytest.mark.parametrize("kind", ["entrust", "carry-out-for"])
async def test_who_acts_in_the_principals_name_does_not_issue_in_its_own(city, kind):
    await city.deliver(moved(city, kind=kind))
    assert issuer(await decided_by(city, COUNTY)) == city.department


async def test_a_power_that_moved_twice_is_issued_by_who_has_it_now(city, house):
    await city.deliver(moved(city))
    house.clock.move(timedelta(days=1))
    await city.deliver(moved(city, giver=COUNTY, to=TOWN, name=TOWN_NAME))
    new = await decided_by(city, TOWN)
    assert (new["issuing_department_name"], issuer(new)) == (TOWN_NAME, TOWN)
    assert issuer(await decided_by(city, COUNTY)) == COUNTY


async def test_after_a_taking_back_the_giver_issues_again_and_the_rest_in_flight_stays(city, house):
    await city.deliver(moved(city))
    house.clock.move(timedelta(days=1))
    back = moved(city, kind="take-back", items=received(city.department, "湘桥区市场监督管理局"))
    await city.deliver(back)
    assert issuer(await decided_by(city, city.department)) == city.department
    assert issuer(await decided_by(city, COUNTY)) == COUNTY


async def test_a_move_of_somebody_elses_power_changes_no_issuer(city):
    await city.deliver(moved(city, giver=city.other_department))
    assert issuer(await decided_by(city, COUNTY)) == city.department


async def test_it_is_issued_once_however_often_move_and_decision_are_told(city, house):
    fact = moved(city)
    await city.deliver(fact)
    await city.deliver(fact, event_id=new_id())
    decision = city.decided(item_code=item_of(COUNTY))
    for _ in range(2):
        await city.deliver(decision, division="445103", department=COUNTY, event_id=new_id())
    await city.make()
    issued = [
        told
        for told in await house.told(CertificateIssued)
        if told.application_id == decision.application_id
    ]
    assert len(issued) == 1
