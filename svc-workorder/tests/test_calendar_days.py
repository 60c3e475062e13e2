"""The city's own days, the calculator, and due dates counted again when the calendar changes."""

from datetime import UTC, datetime, timedelta

import pytest
from workorder_stories import (
    APPLICATIONS,
    DEPARTMENT,
    DIVISION,
    ORDERS,
    a_clerk,
    a_hotline_order,
    a_reviewer,
    dispatched,
    order_step,
    publish,
    step,
    submitted,
)

DAYS = "/workorder/v1/calendar-days"
TYPHOON = {"is_working": False, "reason": "台风停工", "paper": "市三防指〔2026〕3号"}


def an_admin(house):
    return house.staff("system_admin")


async def set_day(house, day, body=None, *, version=None, status=202):
    headers = house.headers(an_admin(house))
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    answer = await house.client.put(f"{DAYS}/{day}", json=body or TYPHOON, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


async def take_back(house, day, *, status=202):
    answer = await house.post(f"{DAYS}/{day}/reversals", {"reason": "误报"}, as_=an_admin(house))
    assert answer.status_code == status, answer.text
    return answer.json()


async def accepted(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    return await step(house, application, "acceptances", as_=a_clerk(house))


async def shown(house, kind, work):
    path = f"{APPLICATIONS if kind == 'application' else ORDERS}/{work['id']}"
    return (await house.get(path, as_=house.staff("auditor"))).json()


async def last_step(house, kind, work):
    path = f"{APPLICATIONS if kind == 'application' else ORDERS}/{work['id']}/steps"
    return (await house.get(path, as_=house.staff("auditor"))).json()["results"][-1]


async def alarm_of(house, table):
    [row] = await house.sql(f"SELECT alarm_level, alarm_at FROM {table}")
    return row["alarm_level"], row["alarm_at"]


async def test_a_typhoon_day_moves_every_due_date_on_whose_way_it_lies(house):
    application = await accepted(house)
    order = await a_hotline_order(house)
    body = {"department": DEPARTMENT, "division": DIVISION, "reason": "x", "co_departments": ["D2"]}
    agent = house.staff("hotline_agent")
    await order_step(house, order, "dispatches", body, as_=agent)
    assert application["due_on"] == "2026-03-09"
    before = await alarm_of(house, "applications")
    changed = await set_day(house, "2026-03-04")
    assert (changed["is_working"], changed["origin"], changed["version"]) == (False, "city", 1)
    assert await house.run_jobs() == 1
    for kind, work in (("application", application), ("work-order", order)):
        assert (await shown(house, kind, work))["due_on"] == "2026-03-10"
        recounted = await last_step(house, kind, work)
        assert recounted["step"] == "due-date-recounted"
        assert "台风停工" in recounted["reason"]
        assert "2026-03-09 → 2026-03-10" in recounted["reason"]
        assert recounted["due_on"] == "2026-03-10"
    tasks = await house.sql("SELECT due_on FROM work_order_tasks")
    assert {str(row["due_on"]) for row in tasks} == {"2026-03-10"}
    after = await alarm_of(house, "applications")
    assert (before[0], after[0]) == ("yellow", "yellow")
    assert after[1] - before[1] == timedelta(days=3)  # from Friday to Monday


async def test_a_day_taken_back_brings_the_old_due_date_back(house):
    application = await accepted(house)
    await set_day(house, "2026-03-04")
    await house.run_jobs()
    reversal = await take_back(house, "2026-03-04")
    assert (reversal["is_working"], reversal["origin"]) == (True, "published")
    await house.run_jobs()
    assert (await shown(house, "application", application))["due_on"] == "2026-03-09"
    await take_back(house, "2026-03-04", status=404)
    steps = (await house.get(f"{DAYS}/2026-03-04/steps")).json()["results"]
    assert [(each["step"], each["state"]) for each in steps] == [
        ("set", "in-force"),
        ("taken-back", "taken-back"),
    ]
    assert "市三防指" in steps[0]["reason"]


async def test_work_that_the_day_does_not_bear_on_is_left_alone(house):
    application = await accepted(house)
    await set_day(house, "2026-03-20")
    await house.run_jobs()
    assert (await shown(house, "application", application))["version"] == application["version"]
    job = await house.sql("SELECT state, done, total FROM jobs")
    assert [tuple(row.values()) for row in job] == [("done", 0, 0)]


async def test_an_application_not_accepted_yet_promises_a_later_day_too(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await set_day(house, "2026-03-04")
    await house.run_jobs()
    assert (await shown(house, "application", application))["due_on"] == "2026-03-10"


async def test_a_stopped_clock_is_counted_on_the_new_calendar_when_it_goes_on(house):
    application = await accepted(house)
    reviewer = a_reviewer(house)
    body = {"procedure": "hearing", "reason": "听证"}
    await step(house, application, "suspensions", body, as_=reviewer)
    await set_day(house, "2026-03-06")
    await house.run_jobs()
    house.clock.move(timedelta(days=1))
    resumed = await step(house, application, "resumptions", as_=reviewer)
    assert resumed["due_on"] == "2026-03-11"


async def test_a_due_date_that_moves_behind_us_is_missed_now_and_told_once(house):
    """A day off that becomes worked after all pulls the due date forward."""
    await accepted(house)
    await set_day(house, "2026-03-04")
    await house.run_jobs()
    house.clock.set(datetime(2026, 3, 10, 2, 0, tzinfo=UTC))
    await take_back(house, "2026-03-04")
    await house.run_jobs()
    level, at = await alarm_of(house, "applications")
    assert (level, at) == ("missed", house.clock.now())


async def test_a_year_that_is_loaded_later_leaves_the_citys_own_days_alone(house):
    house.clock.set(datetime(2026, 12, 30, 2, 0, tzinfo=UTC))
    await set_day(house, "2027-01-05")
    year = {
        "year": 2027,
        "days": [{"date": "2027-01-01", "name": "元旦", "is_off_day": True}],
        "source": "国务院办公厅通知",
    }
    answer = await house.post("/workorder/v1/calendar-years", year, as_=an_admin(house))
    assert answer.status_code == 202
    day = (await house.get(f"{DAYS}/2027-01-05")).json()
    assert (day["is_working"], day["origin"]) == (False, "city")
    new_year = (await house.get(f"{DAYS}/2027-01-01")).json()
    assert (new_year["is_working"], new_year["origin"], new_year["name"]) == (
        False,
        "paper",
        "元旦",
    )


async def test_a_day_that_was_set_before_is_changed_by_who_saw_it(house):
    await set_day(house, "2026-03-04")
    await set_day(house, "2026-03-04", status=428)
    await set_day(house, "2026-03-04", version=7, status=412)
    again = await set_day(house, "2026-03-04", {**TYPHOON, "is_working": True}, version=1)
    assert (again["is_working"], again["version"]) == (True, 2)


async def test_the_calendar_is_shown_day_by_day_and_kept_as_a_file(house):
    await set_day(house, "2026-03-04")
    await house.run_jobs()
    query = "from=2026-02-14&to=2026-03-04"
    page = (await house.get(f"{DAYS}?{query}&limit=100")).json()
    assert len(page["results"]) == 19
    assert page["results"][0] == {
        "day": "2026-02-14",
        "is_working": True,  # a Saturday, worked for the spring festival
        "is_published": True,
        "origin": "published",
        "name": "",
        "reason": "",
        "paper": "",
        "version": None,
    }
    own = (await house.get(f"{DAYS}?{query}&origin=city")).json()["results"]
    assert [(each["day"], each["reason"]) for each in own] == [("2026-03-04", "台风停工")]
    off = (await house.get(f"{DAYS}?{query}&is_working=false&limit=3")).json()
    assert [each["day"] for each in off["results"]] == ["2026-02-15", "2026-02-16", "2026-02-17"]
    rest = (await house.get(f"{DAYS}?{query}&is_working=false&cursor={off['next_cursor']}")).json()
    assert rest["results"][0]["day"] == "2026-02-18"
    file = await house.get(f"/workorder/v1/exports/calendar-days?{query}&format=csv")
    assert "本市调整" in file.text
    assert file.text.count("\n") == 20


@pytest.mark.parametrize(
    "query", ["from=2026-03-04&to=2026-03-01", "from=2020-01-01&to=2029-01-01"]
)
async def test_a_span_that_makes_no_sense_is_refused(house, query):
    answer = await house.get(f"{DAYS}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/calendar-range")


async def test_an_officer_reckons_on_the_same_calendar_as_the_clocks(house):
    path = "/workorder/v1/working-days/reckonings"
    found = (await house.get(f"{path}?from=2026-02-13&days=5")).json()
    assert (found["due_on"], found["is_provisional"]) == ("2026-02-27", False)
    assert found["make_up_days"] == ["2026-02-14"]
    assert found["off_days"] == 9
    await set_day(house, "2026-02-27")
    later = (await house.get(f"{path}?from=2026-02-13&days=5")).json()
    assert later["due_on"] == "2026-02-28"
    beyond = (await house.get(f"{path}?from=2026-12-31&days=5")).json()
    assert beyond["is_provisional"]


async def test_every_open_due_date_can_be_counted_again_on_demand(house):
    application = await accepted(house)
    await house.sql("UPDATE applications SET due_on = due_on + 1")
    answer = await house.post(
        "/workorder/v1/due-date-recounts", {"reason": "核对后更正"}, as_=an_admin(house)
    )
    assert answer.status_code == 202
    await house.run_jobs()
    assert (await shown(house, "application", application))["due_on"] == "2026-03-09"
    assert "核对后更正" in (await last_step(house, "application", application))["reason"]


async def test_a_dispatch_after_the_change_counts_on_the_new_calendar(house):
    await set_day(house, "2026-03-04")
    sent = await dispatched(house, await a_hotline_order(house))
    assert sent["due_on"] == "2026-03-10"
