"""By when a ruling on a returned part is late is counted again when the calendar changes, on record, as waits are."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hotline_stories import COUNTY_OTHER, an_officer, history, rule_becomes, sent, take
from test_calendar_days import an_admin, set_day, take_back
from test_deadlines import sounded
from workorder_stories import a_hotline_order

from contracts.events.workorder import WorkOrderPartReturnOverstayed
from workorder.domain.part_returns import asks_of
from workorder.domain.process.definition import Definition
from workorder.domain.returns import Return

RECOUNTS = "/workorder/v1/due-date-recounts"
CALLER = UUID("019a0000-0000-7000-8000-000000000077")
WORDS = "协办退单裁定期限 2026-03-04 00:00 → 2026-03-05 00:00"


def midnight(day):
    """The first instant of a day of March 2026 in the city."""
    return datetime(2026, 3, day, tzinfo=UTC) - timedelta(hours=8)


async def returning(house):
    """An order of which a department asks to return its part: ruled on until the end of Tuesday, the third of March."""
    order = await a_hotline_order(house, house.person("citizen", subject=CALLER))
    order = await sent(house, order, co_departments=[COUNTY_OTHER])
    await asked(house, order)
    assert await ruled_by(house) == (midnight(4), midnight(4))
    return order


async def asked(house, order):
    body = {"reason": "不归我单位管养"}
    return await take(house, order, "part-returns", body, as_=an_officer(house, COUNTY_OTHER))


async def ruled_by(house):
    [row] = await house.sql(
        "SELECT rule_by, alarm_at FROM work_order_returns WHERE withdrawn_at IS NULL"
    )
    return row["rule_by"], row["alarm_at"]


async def changed(house, day, **values):
    await set_day(house, day, **values)
    await house.run_jobs()


async def recounted(house, order, as_=None):
    return [why for step, why in await history(house, order, as_) if step == "ruling-recounted"]


async def test_a_day_off_gives_whoever_has_to_rule_another_day_and_says_so(house):
    order = await returning(house)
    await changed(house, "2026-03-03")
    assert await ruled_by(house) == (midnight(5), midnight(5))
    [why] = await recounted(house, order)
    assert "台风停工" in why
    assert f"{COUNTY_OTHER} {WORDS}" in why
    house.clock.set(midnight(4) + timedelta(hours=1))
    await sounded(house)
    assert await house.told(WorkOrderPartReturnOverstayed) == []
    house.clock.set(midnight(5) + timedelta(hours=1))
    await sounded(house)
    assert len(await house.told(WorkOrderPartReturnOverstayed)) == 1


async def test_every_version_of_the_order_has_its_row_and_the_caller_sees_nothing_of_it(house):
    order = await returning(house)
    await changed(house, "2026-03-03")
    house.clock.set(midnight(5) + timedelta(hours=1))
    await sounded(house)
    [row] = await house.sql(
        "SELECT o.version, (SELECT count(*) FROM work_order_steps s WHERE s.work_order_id = o.id) AS steps "
        "FROM work_orders o"
    )
    assert row["version"] == row["steps"]
    told = await history(house, order, house.person("citizen", subject=CALLER))
    assert {"ruling-recounted", "ruling-late"}.isdisjoint(step for step, _ in told)


async def test_a_day_taken_back_brings_the_old_date_back(house):
    order = await returning(house)
    await changed(house, "2026-03-03")
    await take_back(house, "2026-03-03")
    await house.run_jobs()
    assert await ruled_by(house) == (midnight(4), midnight(4))
    assert len(await recounted(house, order)) == 2


async def test_a_day_that_does_not_lie_on_its_way_moves_no_ruling(house):
    order = await returning(house)
    await changed(house, "2026-03-04")
    assert await ruled_by(house) == (midnight(4), midnight(4))
    assert await recounted(house, order) == []


async def test_what_was_told_to_be_late_stays_told_and_what_has_ended_stays_as_it_was(house):
    order = await returning(house)
    house.clock.set(midnight(4) + timedelta(hours=1))
    await sounded(house)
    await changed(house, "2026-03-03")
    assert await ruled_by(house) == (midnight(4), None)
    await sounded(house)
    assert len(await house.told(WorkOrderPartReturnOverstayed)) == 1
    ruling = {"co_department": COUNTY_OTHER, "granted": False, "reason": "已核实职责"}
    agent = house.staff("hotline_agent")
    await take(house, order, "part-return-rulings", ruling, as_=agent)
    await take_back(house, "2026-03-03")
    await house.run_jobs()
    assert await ruled_by(house) == (midnight(4), None)
    assert await recounted(house, order) == []


async def test_a_ruling_that_moves_behind_us_is_told_once(house):
    await returning(house)
    await changed(house, "2026-03-03")
    house.clock.set(midnight(4) + timedelta(hours=2))
    await take_back(house, "2026-03-03")
    await house.run_jobs()
    await sounded(house)
    await sounded(house)
    assert len(await house.told(WorkOrderPartReturnOverstayed)) == 1


async def test_the_limit_of_the_day_on_which_it_was_asked_counts(house):
    await returning(house)
    house.clock.move(timedelta(hours=1))
    [rule] = await house.sql("SELECT value FROM rules WHERE code = 'hotline-waits'")
    longer = {**json.loads(rule["value"]), "return-requested": 3}
    await rule_becomes(house, "hotline-waits", longer)
    await changed(house, "2026-03-03")
    assert await ruled_by(house) == (midnight(5), midnight(5))


async def test_on_demand_a_ruling_that_is_wrong_is_mended_while_the_clock_stands_too(house):
    order = await returning(house)
    lead = house.staff("hotline_lead")
    await take(house, order, "suspensions", {"kind": "other", "reason": "待鉴定"}, as_=lead)
    await house.sql("UPDATE work_order_returns SET rule_by = rule_by + interval '2 days'")
    answer = await house.post(RECOUNTS, {"reason": "核对后更正"}, as_=an_admin(house))
    assert answer.status_code == 202
    await house.run_jobs()
    assert await ruled_by(house) == (midnight(4), midnight(4))
    assert len(await recounted(house, order)) == 1


def test_a_return_is_counted_by_the_step_that_asked_it_and_else_by_who_has_to_answer():
    def step(code, owner, amount):
        asks = {"owner": owner, "limit": {"amount": amount}}
        return {"code": code, "name": code, "from": ["a"], "trigger": "timer", "asks": asks}

    definition = Definition.model_validate(
        {
            "code": "x",
            "name": "x",
            "starts_in": "a",
            "states": [{"code": "a", "name": "a"}],
            "steps": [step("first", "hotline", 1), step("second", "coordinator", 2)],
        }
    )

    def days(waits_for, asked_step=""):
        at = midnight(2)
        asked = Return(
            id=CALLER, department="", division="", round=1, asked_by="", asked_at=at, reason=""
        )
        asked.waits_for, asked.asked_step = waits_for, asked_step
        found = asks_of(definition, asked)
        return found and found.limit.amount

    assert days("hotline", "second") == 2
    assert days("coordinator") == 2
    assert days("hotline", "gone") == 1
    assert days("head") is None
