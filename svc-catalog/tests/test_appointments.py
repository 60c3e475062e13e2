"""Appointments: never overbooked, one a person, item and day; moved, cancelled, kept or missed."""

import asyncio
from datetime import timedelta

from catalog_examples import published, put
from hall_examples import HALL, ROOT, a_hall, admin, clerk, figure, manager, results

from catalog.workers.halls import count_missed
from contracts.events.catalog import AppointmentBooked, AppointmentCancelled

TEN = "2026-03-03T10:00:00+08:00"
ELEVEN = "2026-03-03T11:00:00+08:00"
PATH = f"{ROOT}/appointments"


def citizen(house, number: int = 1, **claims) -> dict:
    subject = f"019a0000-0000-7000-8000-{number:012d}"
    return house.person("citizen", subject=subject, **claims)


async def a_plan(house, *, capacity: int = 20, **changes) -> str:
    body = {"name": "综合业务", "minutes": 60, "capacity": capacity, "reason": "开放", **changes}
    answer = await house.post(f"{ROOT}/halls/{HALL}/appointment-plans", body, as_=manager(house))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def book(house, plan: str, at: str = TEN, *, as_=None, key=None, **body):
    said = {"plan_id": plan, "starts_at": at, "name": "王小敏", "phone": "13800138000", **body}
    return await house.post(PATH, said, as_=as_ or citizen(house), key=key)


async def slot(house, plan: str, at: str = TEN) -> dict:
    path = f"{ROOT}/halls/{HALL}/appointment-plans/{plan}/slots"
    rows = (await house.get(path, params={"day": at[:10]})).json()["results"]
    hour = f"{int(at[11:13]) - 8:02d}:00:00"
    return next(row for row in rows if row["starts_at"][11:19] == hour)


async def test_two_hundred_at_once_for_twenty_places_take_exactly_twenty(house):
    await a_hall(house)
    plan = await a_plan(house, capacity=20)
    answers = await asyncio.gather(
        *(book(house, plan, as_=citizen(house, number)) for number in range(200))
    )
    codes = [one.status_code for one in answers]
    assert (codes.count(201), codes.count(409)) == (20, 180)
    refused = {one.json()["type"] for one in answers if one.status_code == 409}
    assert refused == {"/problems/slot-full"}
    assert (await slot(house, plan))["free"] == 0
    [row] = await house.sql("SELECT count(*) FROM appointments WHERE state = 'booked'")
    assert row["count"] == 20
    assert len(await house.told(AppointmentBooked)) == 20


async def test_name_and_phone_are_encrypted_and_shown_masked(house):
    await a_hall(house)
    plan = await a_plan(house)
    answer = await book(house, plan)
    assert (answer.json()["name"], answer.json()["phone"]) == ("王**", "138****8000")
    [row] = await house.sql("SELECT name, phone FROM appointments")
    assert "王" not in row["name"]
    assert "138" not in row["phone"].split(".")[0]
    [seen] = await results(house, f"/halls/{HALL}/appointments", as_=clerk(house), day="2026-03-03")
    assert seen["name"] == "王**"
    elsewhere = await results(
        house, f"/halls/{HALL}/appointments", as_=clerk(house, "CZ-1"), day="2026-03-03"
    )
    assert elsewhere == []


async def test_the_same_request_twice_books_once(house):
    await a_hall(house)
    plan = await a_plan(house)
    first = await book(house, plan, key="k-1")
    again = await book(house, plan, key="k-1")
    assert (first.json(), first.status_code) == (again.json(), again.status_code)
    assert (await slot(house, plan))["free"] == 19


async def test_one_open_appointment_a_person_item_and_day(house):
    await a_hall(house)
    item = await published(house)
    plan = await a_plan(house)
    assert (await book(house, plan, item_id=item)).status_code == 201
    second = await book(house, plan, ELEVEN, item_id=item)
    assert second.json()["type"] == "/problems/appointment-open-already"
    assert (await book(house, plan, "2026-03-04T10:00:00+08:00", item_id=item)).status_code == 201
    both = await asyncio.gather(
        *(book(house, plan, at, as_=citizen(house, 7), item_id=item) for at in (TEN, ELEVEN))
    )
    assert sorted(one.status_code for one in both) == [201, 409]


async def test_a_closed_day_is_refused_and_the_next_open_one_named(house):
    await a_hall(house)
    plan = await a_plan(house)
    saturday = await book(house, plan, "2026-03-07T10:00:00+08:00")
    assert saturday.json()["type"] == "/problems/hall-closed-that-day"
    assert "2026-03-09" in saturday.json()["detail"]
    path = f"{ROOT}/halls/{HALL}/appointment-plans/{plan}/slots"
    listed = (await house.get(path, params={"day": "2026-03-07"})).json()
    assert (listed["results"], listed["next_open_day"]) == ([], "2026-03-09")


async def test_too_soon_too_far_and_between_the_slots_are_refused(house):
    await a_hall(house)
    plan = await a_plan(house)
    said = {
        at: (await book(house, plan, at)).json()["type"]
        for at in (
            "2026-03-02T10:00:00+08:00",
            "2026-04-01T10:00:00+08:00",
            "2026-03-03T10:10:00+08:00",
        )
    }
    assert list(said.values()) == [
        "/problems/slot-too-soon",
        "/problems/slot-too-far",
        "/problems/no-such-slot",
    ]


async def test_an_offer_for_certain_items_takes_no_others(house):
    await a_hall(house)
    item = await published(house)
    plan = await a_plan(house, item_ids=[item])
    assert (await book(house, plan)).json()["type"] == "/problems/item-not-offered"
    assert (await book(house, plan, item_id=item)).status_code == 201


async def test_cancelling_in_time_frees_the_place_and_too_late_does_not(house):
    await a_hall(house)
    plan = await a_plan(house, capacity=1)
    made = (await book(house, plan)).json()
    path = f"{PATH}/{made['id']}/cancellations"
    body = {"reason": "临时有事 13800138000"}
    assert (await house.post(path, body, as_=citizen(house, 2))).status_code == 404
    done = await house.post(path, body, as_=citizen(house))
    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert done.json()["reason"] == "临时有事 138********"
    [fact] = await house.told(AppointmentCancelled)
    assert (fact.by, fact.reason) == ("owner", "")
    assert (await book(house, plan, as_=citizen(house, 2))).status_code == 201
    mine = await results(house, "/appointments", as_=citizen(house, 2))
    house.clock.move(timedelta(hours=23, minutes=30))
    late = await house.post(f"{PATH}/{mine[0]['id']}/cancellations", body, as_=citizen(house, 2))
    assert late.json()["type"] == "/problems/too-late-to-change"


async def test_moving_takes_the_new_place_and_frees_the_old_or_does_neither(house):
    await a_hall(house)
    plan = await a_plan(house, capacity=1)
    mine = (await book(house, plan)).json()
    await book(house, plan, ELEVEN, as_=citizen(house, 2))
    path = f"{PATH}/{mine['id']}/moves"
    full = await house.post(path, {"starts_at": ELEVEN}, as_=citizen(house))
    assert full.json()["type"] == "/problems/slot-full"
    assert (await slot(house, plan))["free"] == 0
    nine = "2026-03-03T09:00:00+08:00"
    moved = await house.post(path, {"starts_at": nine}, as_=citizen(house))
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    assert ((await slot(house, plan))["free"], (await slot(house, plan, nine))["free"]) == (1, 0)
    steps = await results(house, f"/appointments/{mine['id']}/steps", as_=citizen(house))
    assert [step["step"] for step in steps] == ["booked", "moved"]


async def test_a_hall_that_closes_a_day_cancels_and_tells_every_appointment_of_it(house):
    await a_hall(house)
    plan = await a_plan(house)
    morning = (await book(house, plan)).json()
    afternoon = (await book(house, plan, "2026-03-03T15:00:00+08:00", as_=citizen(house, 2))).json()
    body = {"hours": [["14:00", "17:00"]], "reason": "上午停电"}
    path = f"{ROOT}/halls/{HALL}/days/2026-03-03"
    answer = await put(house, path, body, as_=manager(house), if_match=None)
    assert answer.json()["cancelled_appointments"] == 1
    [fact] = await house.told(AppointmentCancelled)
    assert (str(fact.appointment_id), fact.by, fact.reason) == (morning["id"], "hall", "上午停电")
    found = (await house.get(f"{PATH}/{morning['id']}", as_=citizen(house))).json()
    assert (found["state"], found["reason"]) == ("cancelled", "上午停电")
    assert found["rebook_at"].endswith("/slots")
    kept = (await house.get(f"{PATH}/{afternoon['id']}", as_=citizen(house, 2))).json()
    assert kept["state"] == "booked"
    listed = await results(
        house,
        f"/halls/{HALL}/appointments",
        as_=manager(house),
        day="2026-03-03",
        state="cancelled",
    )
    assert [row["id"] for row in listed] == [morning["id"]]


async def test_the_halls_clerk_checks_in_whoever_comes_in_time(house):
    await a_hall(house)
    plan = await a_plan(house)
    made = (await book(house, plan)).json()
    path = f"{ROOT}/halls/{HALL}/appointments/{made['id']}/check-ins"
    early = await house.post(path, as_=clerk(house))
    assert early.json()["type"] == "/problems/not-time-to-check-in"
    house.clock.move(timedelta(hours=24))
    assert (await house.post(path, as_=clerk(house, "CZ-1"))).status_code == 404
    assert (await house.post(path, as_=citizen(house))).status_code == 403
    assert (await house.post(path, as_=clerk(house))).json()["state"] == "checked-in"
    assert (await house.post(path, as_=clerk(house))).status_code == 409


async def test_after_three_missed_appointments_booking_is_closed_for_a_while(house):
    await a_hall(house)
    plan = await a_plan(house)
    for day in (3, 4, 5):
        assert (await book(house, plan, f"2026-03-0{day}T10:00:00+08:00")).status_code == 201
    kept = (await book(house, plan, as_=citizen(house, 2))).json()
    house.clock.move(timedelta(hours=24))
    path = f"{ROOT}/halls/{HALL}/appointments/{kept['id']}/check-ins"
    assert (await house.post(path, as_=clerk(house))).status_code == 200
    house.clock.move(timedelta(days=3))
    assert await count_missed(house.runtime) == 3
    assert await count_missed(house.runtime) == 0
    refused = await book(house, plan, "2026-03-09T10:00:00+08:00")
    assert refused.json()["type"] == "/problems/booking-blocked"
    share = await figure(house, "appointments_kept_share")
    assert (share["numerator"], share["denominator"], share["value"]) == (1, 4, 0.25)
    before = await figure(house, "appointments_kept_share", to="2026-03-03")
    assert (before["numerator"], before["denominator"]) == (1, 1)
    days = await results(house, "/appointment-days")
    assert [(row["kept"], row["missed"]) for row in days] == [(0, 1), (0, 1), (1, 1)]
    house.clock.move(timedelta(days=31))
    assert (await book(house, plan, "2026-04-08T10:00:00+08:00")).status_code == 201


async def test_a_proxy_books_for_whom_they_stand(house):
    await a_hall(house)
    plan = await a_plan(house)
    person = citizen(house)
    proxy = house.person("proxy", on_behalf_of=person["sub"])
    made = await book(house, plan, as_=proxy)
    assert (made.status_code, made.json()["is_by_proxy"]) == (201, True)
    assert len(await results(house, "/appointments", as_=person)) == 1
    assert (await book(house, plan, ELEVEN, as_=person)).status_code == 409


async def test_a_smaller_capacity_keeps_what_is_booked_and_takes_no_more(house):
    await a_hall(house)
    plan = await a_plan(house, capacity=2)
    assert (await book(house, plan)).status_code == 201
    body = {"name": "综合业务", "minutes": 60, "capacity": 1, "reason": "人手不足"}
    path = f"{ROOT}/halls/{HALL}/appointment-plans/{plan}"
    assert (await put(house, path, body, as_=admin(house), if_match='"1"')).status_code == 200
    full = await book(house, plan, as_=citizen(house, 2))
    assert full.json()["type"] == "/problems/slot-full"
