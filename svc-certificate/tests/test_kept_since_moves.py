"""After a power has moved (职权调整), what is in force is kept by who received it; who gave it goes on reading."""

import asyncio
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
    moved,
    received,
)

from certificate.workers import take_over_due
from chassis.ids import new_id
from contracts.events.catalog import MovedItem
from contracts.events.certificate import CertificateRevoked

BASE = "/certificate/v1"
PERMIT = "food-business-permit"
GIVER_NAME = "湘桥区市场监督管理局"


@pytest.fixture(autouse=True)
async def _permits_are_results_of_the_power(city, house):
    kind = {"code": PERMIT, "name": "食品经营许可证", "department_name": GIVER_NAME}
    body = {"certificate_types": [{**kind, "validity_years": 5, "item_codes": [city.item]}]}
    answer = await house.post(f"{BASE}/certificate-types", body, as_=city.issuer())
    assert answer.status_code == 200, answer.text


def at(department):
    return {"department": department, "division": "445103"}


async def a_permit(city, **more):
    return await city.import_certificate(type_code=PERMIT, **more)


async def carried_out(city, house, fact, **more):
    await city.deliver(fact, **more)
    house.clock.move(timedelta(minutes=1))
    return await take_over_due(house.runtime)


async def kept_by(house, certificate):
    [row] = await house.sql(
        "SELECT keeper, keeper_name, keepers, department FROM certificates WHERE id = $1",
        certificate["id"],
    )
    return row


async def steps(house, certificate, as_):
    path = f"{BASE}/certificates/{certificate['id']}/steps"
    answer = await house.get(path, as_=as_)
    assert answer.status_code == 200, answer.text
    return [(each["step"], each["reason"]) for each in answer.json()["results"]]


async def test_the_receiver_ends_what_the_giver_had_issued_and_the_giver_no_more(city, house):
    permit = await a_permit(city)
    assert (permit["kept_by"], permit["kept_by_name"]) == (city.department, GIVER_NAME)
    assert await carried_out(city, house, moved(city)) == 1
    refused = await city.propose(permit)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/kept-by-other")
    assert COUNTY_NAME in refused.json()["detail"]
    proposal = await city.propose(permit, as_=city.issuer(**at(COUNTY)))
    assert proposal.status_code == 202, proposal.text
    path = f"{BASE}/certificates/{permit['id']}/revocations/{proposal.json()['id']}/approvals"
    assert (await house.post(path, as_=city.keeper())).status_code == 403
    assert (await house.post(path, as_=city.keeper(**at(COUNTY)))).status_code == 200
    assert len(await house.told(CertificateRevoked)) == 1
    ended = await city.certificate(permit["id"])
    assert (ended["status"], ended["issuing_department_name"]) == ("revoked", GIVER_NAME)


async def test_in_whose_name_it_stands_never_changes_and_it_stays_valid(city, house):
    permit = await a_permit(city)
    pdf = await city.pdf(permit)
    await carried_out(city, house, moved(city))
    after = await city.certificate(permit["id"])
    assert (after["kept_by"], after["issuing_department"]) == (COUNTY, city.department)
    assert issuer(after) == city.department
    assert (await city.verify_file(pdf))["verdict"] == "valid"
    assert (await city.verify(await city.signed_code(after)))["verdict"] == "valid"


async def test_the_givers_history_stays_readable_and_says_who_took_it_over(city, house):
    permit = await a_permit(city)
    await house.get(f"{BASE}/certificates/{permit['id']}/file?purpose=核对", as_=city.issuer())
    await carried_out(city, house, moved(city))
    for who in (city.issuer(), city.issuer(**at(COUNTY)), city.citizen()):
        last = (await steps(house, permit, who))[-1]
        assert last == ("taken-over", f"职权已调整，由{GIVER_NAME}移交{COUNTY_NAME}管理")
        uses = await house.get(f"{BASE}/certificates/{permit['id']}/uses", as_=who)
        assert len(uses.json()["results"]) == 1


async def test_before_the_minute_nobody_outside_sees_it_and_after_it_only_who_received_it(
    city, house
):
    permit = await a_permit(city)
    minute = house.clock.now() + timedelta(hours=1)
    fact = moved(city, effective_at=minute)
    await city.deliver(announced(fact))
    path = f"{BASE}/certificates/{permit['id']}"
    receiver, other = city.issuer(**at(COUNTY)), city.issuer(**at(TOWN))
    assert await take_over_due(house.runtime) == 0
    assert (await house.get(path, as_=receiver)).status_code == 404
    house.clock.set(minute)
    assert await take_over_due(house.runtime) == 1
    for tail in ("", "/steps", "/uses", "/revocations", "/file?purpose=核对"):
        assert (await house.get(path + tail, as_=receiver)).status_code == 200, tail
        assert (await house.get(path + tail, as_=other)).status_code == 404, tail
    listed = await house.get(f"{BASE}/certificates?kept_by={COUNTY}", as_=receiver)
    assert [each["id"] for each in listed.json()["results"]] == [permit["id"]]
    none = await house.get(f"{BASE}/certificates?kept_by={city.department}", as_=receiver)
    assert none.json()["results"] == []
    assert (await city.propose(permit, as_=other)).status_code == 404


async def test_a_move_that_is_called_off_passes_nothing(city, house):
    permit = await a_permit(city)
    fact = moved(city)
    await city.deliver(announced(fact))
    await city.deliver(announced(fact, is_called_off=True))
    assert await take_over_due(house.runtime) == 0
    assert (await kept_by(house, permit))["keeper"] == city.department


@pytest.mark.parametrize("kind", ["entrust", "carry-out-for"])
async def test_what_is_done_in_anothers_name_passes_nothing(city, house, kind):
    permit = await a_permit(city)
    assert await carried_out(city, house, moved(city, kind=kind)) == 0
    assert (await kept_by(house, permit))["keeper"] == city.department


async def test_what_is_not_in_force_or_of_another_power_stays_where_it_is(city, house):
    ended, card = await a_permit(city), await city.import_certificate()
    await city.revoke(ended)
    await carried_out(city, house, moved(city))
    for each in (ended, card):
        row = await kept_by(house, each)
        assert (row["keeper"], row["keepers"]) == (city.department, [])


async def test_what_was_in_flight_is_issued_where_it_began_and_passes_with_that(city, house):
    await city.import_certificate()
    await carried_out(city, house, moved(city))
    old = await decided_by(city, city.department)
    assert (issuer(old), old["kept_by"]) == (city.department, COUNTY)
    names = [step for step, _ in await steps(house, old, city.issuer())]
    assert names == ["drafted", "issued", "taken-over"]


async def test_what_waits_for_its_holder_is_still_the_givers_to_complete(city, house):
    fact = city.decided(applicant_id=new_id())
    await city.deliver(fact)
    await carried_out(city, house, moved(city))
    query = {"status": "needs-holder"}
    [waiting] = (await house.get(f"{BASE}/certificates", as_=city.issuer(), params=query)).json()[
        "results"
    ]
    path = f"{BASE}/certificates/{waiting['id']}/holders"
    holder = {"holder_name": "李四", "holder_number": "445102199001011234"}
    assert (await house.post(path, holder, as_=city.issuer(**at(COUNTY)))).status_code == 404
    assert (await house.post(path, holder, as_=city.issuer())).status_code == 201
    await city.make()
    assert (await kept_by(house, waiting))["keeper"] == COUNTY


async def test_a_power_that_moved_twice_passes_on_and_each_keeper_goes_on_reading(city, house):
    permit = await a_permit(city)
    await carried_out(city, house, moved(city))
    await carried_out(city, house, moved(city, giver=COUNTY, to=TOWN, name=TOWN_NAME))
    row = await kept_by(house, permit)
    assert (row["keeper"], row["keepers"]) == (TOWN, [COUNTY, TOWN])
    for who in (city.department, COUNTY, TOWN):
        assert (await steps(house, permit, city.issuer(department=who)))[-1][0] == "taken-over"
    assert (await city.propose(permit, as_=city.issuer(**at(COUNTY)))).status_code == 403
    assert (await city.propose(permit, as_=city.issuer(**at(TOWN)))).status_code == 202


async def test_two_moves_that_were_told_late_are_followed_to_who_has_it_now(city, house):
    permit = await a_permit(city)
    first = moved(city)
    house.clock.move(timedelta(days=1))
    await city.deliver(moved(city, giver=COUNTY, to=TOWN, name=TOWN_NAME))
    assert await take_over_due(house.runtime) == 1
    await city.deliver(first)
    assert await take_over_due(house.runtime) == 1
    assert (await kept_by(house, permit))["keeper"] == TOWN


async def test_after_a_taking_back_the_giver_keeps_again_what_it_had_and_what_came_since(
    city, house
):
    permit = await a_permit(city)
    down = moved(city)
    await carried_out(city, house, down)
    await city.import_certificate()
    new = await decided_by(city, COUNTY)
    back = MovedItem(
        from_item_id=down.items[0].to_item_id,
        to_item_id=down.items[0].from_item_id,
        to_division=city.division,
        to_department=city.department,
        to_item_code=city.item,
        to_department_name=GIVER_NAME,
    )
    await carried_out(city, house, moved(city, kind="take-back", items=(back,)))
    for each in (permit, new):
        row = await kept_by(house, each)
        assert (row["keeper"], row["keeper_name"]) == (city.department, GIVER_NAME)
    assert issuer(await city.certificate(new["id"])) == COUNTY
    assert await take_over_due(house.runtime) == 0
    assert (await city.propose(permit)).status_code == 202
    refused = await city.propose(new, as_=city.issuer(**at(COUNTY)))
    assert refused.status_code == 403


async def test_of_several_receivers_each_takes_what_lies_within_its_division(city, house):
    """What lies in none of them stays, until who keeps it hands it over; nobody is guessed."""
    permit = await a_permit(city)  # of 445102
    here, there = received(COUNTY, COUNTY_NAME), received(TOWN, TOWN_NAME)
    near = there[0].model_copy(update={"to_division": "445102001000"})
    await carried_out(city, house, moved(city, items=(here[0], near)))
    assert (await kept_by(house, permit))["keeper"] == city.department
    path = f"{BASE}/certificates/{permit['id']}/hand-overs"
    body = {"department": TOWN, "reason": "经营场所在庵埠镇"}
    wrong = {**body, "department": "11445122MB2X00030H"}
    refused = await house.post(path, wrong, as_=city.issuer())
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/not-a-receiver")
    assert (await house.post(path, body, as_=city.issuer(**at(TOWN)))).status_code == 404
    done = await house.post(path, body, as_=city.issuer())
    assert (done.status_code, done.json()["kept_by"]) == (201, TOWN)
    step, reason = (await steps(house, permit, city.issuer()))[-1]
    assert (step, "经营场所在庵埠镇" in reason) == ("handed-over", True)
    again = await house.post(path, body, as_=city.issuer())
    assert again.status_code == 403
    back = {"department": city.department, "reason": "移交有误"}
    undone = await house.post(path, back, as_=city.issuer(**at(TOWN)))
    assert (undone.status_code, undone.json()["kept_by"]) == (201, city.department)


async def test_of_several_receivers_the_one_of_its_division_takes_it_by_itself(city, house):
    permit = await a_permit(city)
    here = received(COUNTY, COUNTY_NAME)
    same = received(TOWN, TOWN_NAME)[0].model_copy(update={"to_division": "445102"})
    await carried_out(city, house, moved(city, items=(here[0], same)))
    assert (await kept_by(house, permit))["keeper"] == TOWN


async def test_a_hand_over_is_refused_to_whoever_may_not_and_while_an_end_is_proposed(city, house):
    permit = await a_permit(city)
    await carried_out(city, house, moved(city))
    path = f"{BASE}/certificates/{permit['id']}/hand-overs"
    body = {"department": city.department, "reason": "退回"}
    for who, status in (
        (None, 401),
        (city.citizen(), 403),
        (city.keeper(**at(COUNTY)), 403),
        (house.staff("system_admin"), 403),
        (city.issuer(**at(TOWN)), 404),
        (city.issuer(), 403),
    ):
        assert (await house.post(path, body, as_=who)).status_code == status
    assert (await city.propose(permit, as_=city.issuer(**at(COUNTY)))).status_code == 202
    answer = await house.post(path, body, as_=city.issuer(**at(COUNTY)))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/revocation-undecided")


async def test_the_receiver_takes_in_existing_ones_of_the_type_in_its_own_name(city, house):
    body = {
        "type_code": PERMIT,
        "holder_id": str(city.holder),
        "holder_name": "王小敏",
        "holder_number": "44510219900307002X",
    }
    path, receiver = f"{BASE}/certificates", city.issuer(**at(COUNTY))
    assert (await house.post(path, body, as_=receiver)).status_code == 403
    await carried_out(city, house, moved(city))
    answer = await house.post(path, body, as_=receiver)
    assert answer.status_code == 201, answer.text
    await city.make()
    taken = await city.certificate(answer.json()["id"])
    assert (taken["issuing_department"], taken["kept_by"], taken["status"]) == (
        COUNTY,
        COUNTY,
        "valid",
    )
    card = {**body, "type_code": "resident-id"}
    assert (await house.post(path, card, as_=receiver)).status_code == 403
    assert (await house.post(path, body, as_=city.issuer(**at(TOWN)))).status_code == 403
    await carried_out(city, house, moved(city, giver=COUNTY, to=TOWN, name=TOWN_NAME))
    assert (await house.post(path, body, as_=receiver)).status_code == 403
    assert (await house.post(path, body, as_=city.issuer(**at(TOWN)))).status_code == 201


async def test_a_type_that_names_the_power_later_passes_then(city, house):
    card = await city.import_certificate()
    await carried_out(city, house, moved(city))
    kind = {"code": "resident-id", "name": "居民身份证", "department_name": "潮州市公安局"}
    body = {"certificate_types": [{**kind, "item_codes": [city.item]}]}
    answer = await house.post(f"{BASE}/certificate-types", body, as_=city.issuer())
    assert answer.status_code == 200, answer.text
    assert await take_over_due(house.runtime) == 1
    assert (await kept_by(house, card))["keeper"] == COUNTY


async def test_many_pass_in_pieces_each_once_however_many_processes_take_them(city, house):
    permits = [await a_permit(city, holder_id=new_id()) for _ in range(3)]
    await city.deliver(moved(city))
    await asyncio.gather(*(take_over_due(house.runtime) for _ in range(3)))
    rows = await house.sql("SELECT step FROM certificate_steps WHERE step = 'taken-over'")
    assert len(rows) == len(permits)
    assert await take_over_due(house.runtime) == 0


async def test_a_change_of_somebody_who_saw_an_older_version_is_refused(city, house):
    permit = await a_permit(city)
    await carried_out(city, house, moved(city))
    path = f"{BASE}/certificates/{permit['id']}/hand-overs"
    headers = {
        **house.headers(city.issuer(**at(COUNTY))),
        "If-Match": f'"{permit["version"]}"',
    }
    body = {"department": city.department, "reason": "退回"}
    assert (await house.client.post(path, json=body, headers=headers)).status_code == 412
