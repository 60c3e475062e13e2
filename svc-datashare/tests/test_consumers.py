from datetime import timedelta

import pytest

from chassis.ids import new_id
from contracts.events.certificate import SealUsed
from contracts.events.datashare import DataRequestAnswered, RecordLookedUp
from contracts.events.workorder import NeededMaterial


async def outcomes(house):
    return [fact.outcome for fact in await house.told(DataRequestAnswered)]


async def test_a_material_is_fetched_under_a_grant_once_however_often_it_is_told(house, city):
    await city.registered()
    await city.recorded()
    grant = await city.granted()
    fact, event_id = city.submitted(), new_id()
    await city.told(fact, times=2, event_id=event_id)
    await city.told(fact, event_id=new_id())
    [answered] = await house.told(DataRequestAnswered)
    [look_up] = await house.told(RecordLookedUp)
    assert (answered.outcome, answered.material_code) == ("found", "m-household")
    assert answered.fields == ("name", "household_no", "register_kind")
    assert str(look_up.grant_id) == grant["id"]
    assert look_up.subject_id == city.citizen_id
    assert (look_up.provider_department, look_up.requester_department) == (
        city.provider,
        city.requester,
    )


async def test_no_fact_carries_a_value(house, city):
    await city.fetched()
    rows = await house.sql("SELECT message FROM outbox")
    assert rows
    for row in rows:
        text = bytes(row["message"]).decode()
        assert "林小敏" not in text
        assert "4451020012345" not in text


async def test_what_is_kept_is_unreadable_without_the_keys(house, city):
    await city.fetched()
    for table in ("records", "deliveries"):
        [row] = await house.sql(f"SELECT {table}::text AS whole FROM {table}")
        assert "林小敏" not in row["whole"]
    [record] = await house.sql("SELECT records::text AS whole FROM records")
    assert str(city.citizen_id) not in record["whole"]


async def test_each_way_to_find_nothing_is_named(house, city):
    await city.registered()
    nobody_granted = city.submitted()
    await city.told(nobody_granted)
    await city.granted()
    await city.told(city.submitted())
    await city.told(
        city.submitted(NeededMaterial(material_code="m-x", data_resource="no-such-resource"))
    )
    await city.recorded()
    await city.told(city.submitted(item_code="another-item"))
    assert await outcomes(house) == ["no-grant", "no-record", "unknown-resource", "no-grant"]
    assert await house.told(RecordLookedUp) == []


async def test_a_grant_ends_with_its_time_and_with_its_revocation(house, city):
    await city.fetched()
    house.clock.move(timedelta(days=366))
    await city.told(city.submitted())
    grant = await city.granted()
    await city.told(city.submitted())
    await city.ok(f"/grants/{grant['id']}/revocations", {"reason": "超范围使用"}, city.approver())
    await city.told(city.submitted())
    assert await outcomes(house) == ["found", "no-grant", "found", "no-grant"]


async def test_another_department_has_no_use_of_a_grant(house, city):
    await city.fetched()
    await city.told(city.submitted(), department=city.other)
    assert await outcomes(house) == ["found", "no-grant"]


async def test_a_closed_resource_answers_nothing(house, city):
    await city.fetched()
    await city.registered(state="closed")
    await city.told(city.submitted())
    assert await outcomes(house) == ["found", "unknown-resource"]


async def test_materials_that_need_no_resource_are_left_to_others(house, city):
    await city.told(
        city.submitted(NeededMaterial(material_code="m-id", certificate_type="id-card"))
    )
    assert await outcomes(house) == []


async def test_a_material_with_a_certificate_too_is_answered_all_the_same(house, city):
    both = NeededMaterial(
        material_code="m-household", certificate_type="household", data_resource=city.code
    )
    await city.registered()
    await city.recorded()
    await city.granted(item_code=None)
    await city.told(city.submitted(both))
    assert await outcomes(house) == ["found"]


@pytest.mark.parametrize("repeats", [1, 3])
async def test_every_fact_is_on_the_feed_once(house, city, repeats):
    fact = SealUsed(
        seal_id=new_id(), document_sha256="0" * 64, purpose="签发", used_at=house.clock.now()
    )
    await house.deliver(fact, times=repeats, event_id=new_id())
    [row] = await house.sql("SELECT type, division, department FROM feed_events")
    assert (row["type"], row["division"], row["department"]) == (fact.TYPE, "", "")
