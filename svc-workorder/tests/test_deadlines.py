import asyncio
from datetime import UTC, datetime, timedelta

from workorder_stories import (
    APPLICATIONS,
    a_clerk,
    a_hotline_order,
    a_reviewer,
    an_officer,
    dispatched,
    order_step,
    publish,
    step,
    submitted,
)

from contracts.events.workorder import DeadlineMissed, DeadlineWarned
from workorder.workers.deadlines import sound_due_alarms


async def accepted(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    return await step(house, application, "acceptances", as_=a_clerk(house))


async def alarms(house):
    """Levels given so far, oldest first."""
    warned = [fact.level for fact in await house.told(DeadlineWarned)]
    return warned + ["missed"] * len(await house.told(DeadlineMissed))


async def sounded(house):
    while await sound_due_alarms(house.runtime):
        pass


async def test_each_alarm_is_given_once_in_its_time(house):
    application = await accepted(house)
    for days, expected in (
        (0, []),
        (4, ["yellow"]),
        (7, ["yellow", "red"]),
        (8, ["yellow", "red", "missed"]),
        (30, ["yellow", "red", "missed"]),
    ):
        house.clock.set(datetime(2026, 3, 2, 2, 0, tzinfo=UTC) + timedelta(days=days))
        await sounded(house)
        assert await alarms(house) == expected, days
    steps = await house.get(f"{APPLICATIONS}/{application['id']}/steps", as_=a_clerk(house))
    assert [each["step"] for each in steps.json()["results"]][2:] == [
        "alarm-yellow",
        "alarm-red",
        "alarm-missed",
        "alarm-escalated-1",
        "alarm-escalated-2",
        "alarm-escalated-3",
    ]


async def test_after_a_long_sleep_every_level_is_given_in_order(house):
    await accepted(house)
    house.clock.move(timedelta(days=60))
    await sounded(house)
    assert await alarms(house) == ["yellow", "red", "missed"]


async def test_several_processes_give_an_alarm_once(house):
    for _ in range(3):
        await accepted(house)
    house.clock.move(timedelta(days=60))
    await asyncio.gather(*(sounded(house) for _ in range(4)))
    await sounded(house)
    assert len(await house.told(DeadlineMissed)) == 3
    assert len(await house.told(DeadlineWarned)) == 6


async def test_a_stopped_clock_gives_no_alarm_and_a_moved_one_gives_it_later(house):
    application = await accepted(house)
    reviewer = a_reviewer(house)
    body = {"procedure": "inspection", "reason": "现场检查"}
    await step(house, application, "suspensions", body, as_=reviewer)
    house.clock.move(timedelta(days=8))
    await sounded(house)
    assert await alarms(house) == []
    resumed = await step(house, application, "resumptions", as_=reviewer)
    assert resumed["due_on"] == "2026-03-17"
    await sounded(house)
    assert await alarms(house) == []
    house.clock.set(datetime(2026, 3, 16, 2, 0, tzinfo=UTC))
    await sounded(house)
    assert await alarms(house) == ["yellow"]


async def test_a_work_order_is_watched_until_it_is_replied_to(house):
    late, done = await a_hotline_order(house), await a_hotline_order(house)
    for order in (late, done):
        await dispatched(house, order)
    reply = {"outcome": "solved", "text": "已处理"}
    await order_step(house, done, "replies", reply, as_=an_officer(house))
    house.clock.move(timedelta(days=30))
    await sounded(house)
    assert [str(fact.work_id) for fact in await house.told(DeadlineMissed)] == [late["id"]]


YEAR = {
    "year": 2027,
    "source": "国务院办公厅关于2027年部分节假日安排的通知",
    "days": [
        {"date": "2027-01-01", "name": "元旦", "is_off_day": True},
        {"date": "2027-01-04", "name": "元旦", "is_off_day": True},
    ],
}


async def test_a_published_year_settles_the_due_dates_that_were_provisional(house):
    house.clock.set(datetime(2026, 12, 30, 2, 0, tzinfo=UTC))
    application = await accepted(house)
    order = await a_hotline_order(house)
    await dispatched(house, order)
    assert application["due_is_provisional"]
    assert application["due_on"] == "2027-01-06"
    answer = await house.post("/workorder/v1/calendar-years", YEAR, as_=house.staff("system_admin"))
    assert answer.status_code == 202, answer.text
    assert answer.json()["working_days"] == 259
    assert await house.run_jobs() == 1
    path = f"{APPLICATIONS}/{application['id']}"
    settled = (await house.get(path, as_=a_clerk(house))).json()
    assert (settled["due_is_provisional"], settled["due_on"]) == (False, "2027-01-08")
    steps = (await house.get(f"{path}/steps", as_=a_clerk(house))).json()["results"]
    assert steps[-1]["step"] == "due-date-recounted"
    again = await house.post("/workorder/v1/calendar-years", YEAR, as_=house.staff("system_admin"))
    assert again.status_code == 202
    assert await house.run_jobs() == 1
    [row] = await house.sql("SELECT due_is_provisional AS open FROM work_orders")
    assert row["open"] is False


async def test_a_paper_of_another_year_is_refused(house):
    answer = await house.post(
        "/workorder/v1/calendar-years",
        {**YEAR, "year": 2028},
        as_=house.staff("system_admin"),
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/calendar-year")
