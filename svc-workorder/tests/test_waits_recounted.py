"""How long work may wait in its state is counted again when the calendar changes, on record, like a due date."""

from datetime import UTC, datetime, timedelta

from test_calendar_days import (
    accepted,
    an_admin,
    last_step,
    set_day,
    shown,
    take_back,
)
from test_deadlines import sounded
from workorder_stories import (
    DEPARTMENT,
    ORDERS,
    a_clerk,
    a_guide,
    a_hotline_order,
    a_reviewer,
    an_officer,
    dispatched,
    order_step,
    publish,
    step,
    submitted,
)

from contracts.events.workorder import WorkOrderOverstayed

RECOUNTS = "/workorder/v1/due-date-recounts"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def midnight(day: int) -> datetime:
    """The first instant of a day of March 2026 in the city."""
    return datetime(2026, 3, day, tzinfo=UTC) - timedelta(hours=8)


async def waiting(house):
    """An order that waits to be signed for until the end of Tuesday, the third of March."""
    order = await dispatched(house, await a_hotline_order(house))
    assert instant(order["wait_until"]) == midnight(4)
    return order


async def changed(house, day, **values):
    await set_day(house, day, **values)
    await house.run_jobs()


async def steps_of(house, order, name):
    path = f"{ORDERS}/{order['id']}/steps"
    rows = (await house.get(path, as_=house.staff("auditor"))).json()["results"]
    return [each for each in rows if each["step"] == name]


async def row_of(house):
    [row] = await house.sql("SELECT wait_until, act_by, sign_by FROM work_orders")
    return row


async def test_a_day_off_gives_whoever_has_to_act_another_day_and_says_so(house):
    order = await waiting(house)
    await changed(house, "2026-03-03")
    row = await row_of(house)
    assert row["wait_until"] == row["act_by"] == row["sign_by"] == midnight(5)
    [step_] = await steps_of(house, order, "wait-recounted")
    assert "台风停工" in step_["reason"]
    assert "2026-03-04 00:00 → 2026-03-05 00:00" in step_["reason"]
    assert step_["actor_kind"] == "staff"  # whoever set the day


async def test_a_day_taken_back_brings_the_old_limit_back(house):
    order = await waiting(house)
    await changed(house, "2026-03-03")
    await take_back(house, "2026-03-03")
    await house.run_jobs()
    assert instant((await shown(house, "work-order", order))["wait_until"]) == midnight(4)
    assert len(await steps_of(house, order, "wait-recounted")) == 2


async def test_a_wait_that_the_day_does_not_bear_on_is_left_alone(house):
    order = await waiting(house)
    await changed(house, "2026-03-04")  # the promised clock has it on its way, the wait has not
    assert instant((await shown(house, "work-order", order))["wait_until"]) == midnight(4)
    assert await steps_of(house, order, "wait-recounted") == []
    assert len(await steps_of(house, order, "due-date-recounted")) == 1


async def test_an_order_whose_promised_clock_is_over_waits_on_the_new_calendar_too(house):
    order = await waiting(house)
    reply = {"outcome": "solved", "text": "已修复"}
    replied = await order_step(house, order, "replies", reply, as_=an_officer(house))
    assert (replied["state"], instant(replied["wait_until"])) == ("replied", midnight(4))
    await changed(house, "2026-03-03")
    assert instant((await shown(house, "work-order", order))["wait_until"]) == midnight(5)
    job = (await house.sql("SELECT done, total FROM jobs"))[0]
    assert (job["done"], job["total"]) == (1, 1)


async def test_the_limit_of_the_day_on_which_it_was_entered_counts_not_that_of_today(house):
    """A rule that was changed since holds for what comes after; a typhoon does not bring it in by the back door."""
    order = await waiting(house)
    house.clock.move(timedelta(hours=1))
    rule = (await house.get("/workorder/v1/rules")).json()["results"]
    [rule] = [each for each in rule if each["code"] == "hotline-waits"]
    body = {
        "value": {**rule["value"], "dispatched": 3},
        "source": rule["source"],
        "verified": False,
        "reason": "放宽签收时限",
    }
    answer = await house.client.put(
        "/workorder/v1/rules/hotline-waits",
        json=body,
        headers={**house.headers(an_admin(house)), "If-Match": f'"{rule["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    await changed(house, "2026-03-03")
    assert instant((await shown(house, "work-order", order))["wait_until"]) == midnight(5)
    later = await dispatched(house, await a_hotline_order(house))
    assert instant(later["wait_until"]) == midnight(7)  # 4, 5, 6: the third is off


async def test_a_wait_that_moves_behind_us_is_told_once_and_one_that_was_told_stays_told(house):
    order = await waiting(house)
    await changed(house, "2026-03-03")
    house.clock.set(datetime(2026, 3, 4, 2, 0, tzinfo=UTC))
    await sounded(house)
    assert await house.told(WorkOrderOverstayed) == []
    await take_back(house, "2026-03-03")
    await house.run_jobs()
    await sounded(house)
    assert len(await house.told(WorkOrderOverstayed)) == 1
    await set_day(house, "2026-03-03", version=2)
    await house.run_jobs()
    await sounded(house)
    assert len(await house.told(WorkOrderOverstayed)) == 1
    assert (await shown(house, "work-order", order))["wait_until"] is None


async def test_a_clock_that_stands_until_a_planned_day_waits_until_that_day(house):
    application = await accepted(house)
    body = {"procedure": "hearing", "reason": "听证", "until": "2026-03-10"}
    stopped = await step(house, application, "suspensions", body, as_=a_reviewer(house))
    await changed(house, "2026-03-05")
    after = await shown(house, "application", application)
    assert instant(after["wait_until"]) == instant(stopped["wait_until"]) == midnight(11)


async def test_an_application_that_waits_to_be_looked_at_waits_longer_too(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    before = (await shown(house, "application", application))["wait_until"]
    assert instant(before) == midnight(10)  # five working days
    await changed(house, "2026-03-04")
    after = await shown(house, "application", application)
    assert instant(after["wait_until"]) == midnight(11)
    recounted = await last_step(house, "application", application)
    assert recounted["step"] == "wait-recounted"
    assert "2026-03-10 00:00 → 2026-03-11 00:00" in recounted["reason"]


async def test_what_an_application_waited_before_its_present_state_counts_for_nothing(house):
    """Decided on Friday, it has ten working days from then; a change of the days before bears on nothing."""
    await publish(house, a_guide(materials=()))
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    house.clock.set(datetime(2026, 3, 6, 2, 0, tzinfo=UTC))
    body = {"outcome": "approved", "reason": "符合条件"}
    decided = await step(house, application, "decisions", body, as_=a_reviewer(house))
    assert instant(decided["wait_until"]) == midnight(21)
    await changed(house, "2026-03-04")
    unmoved = await shown(house, "application", application)
    assert instant(unmoved["wait_until"]) == midnight(21)
    await changed(house, "2026-03-09")
    after = await shown(house, "application", application)
    assert instant(after["wait_until"]) == midnight(24)  # Monday the 23rd is the tenth


async def test_everything_counted_again_on_demand_counts_waits_and_moves_only_what_was_wrong(house):
    order = await waiting(house)
    right = await dispatched(house, await a_hotline_order(house))
    await house.sql(
        "UPDATE work_orders SET wait_until = wait_until + interval '2 days' WHERE id = $1",
        order["id"],
    )
    answer = await house.post(RECOUNTS, {"reason": "核对后更正"}, as_=an_admin(house))
    assert answer.status_code == 202
    await house.run_jobs()
    assert instant((await shown(house, "work-order", order))["wait_until"]) == midnight(4)
    assert (await shown(house, "work-order", right))["version"] == right["version"]
    assert right["department"] == DEPARTMENT


async def test_each_application_waits_from_its_own_entering_whatever_others_did_since(house):
    await publish(house, a_guide(materials=()))
    first = await submitted(house, house.person("citizen"))
    house.clock.move(timedelta(days=1))
    other = await submitted(house, house.person("citizen"))
    await step(house, other, "acceptances", as_=a_clerk(house))
    body = {"outcome": "approved", "reason": "符合条件"}
    await step(house, other, "decisions", body, as_=a_reviewer(house))
    await changed(house, "2026-03-04")
    after = [await shown(house, "application", each) for each in (first, other)]
    assert [instant(each["wait_until"]) for each in after] == [midnight(11), midnight(19)]
    rows = await house.sql("SELECT reason FROM application_steps WHERE step = 'wait-recounted'")
    assert len(rows) == 2
