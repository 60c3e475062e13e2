"""Any due date, counted again from the rows of its ledger, comes out the same: by an independent reckoner."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from workorder_stories import (
    APPLICATIONS,
    DEPARTMENT,
    ORDERS,
    a_clerk,
    a_hotline_order,
    a_reviewer,
    an_officer,
    dispatched,
    publish,
    step,
    submitted,
)

from chassis.working_days import WorkingDays, parse_holiday_file
from workorder.domain.clock import ClockRules, OrderClock, Stop, due_of, first_alarm_of
from workorder.repository.processes import forget_active
from workorder.workers.ledger_checks import NIGHTLY

HOLIDAYS = Path(__file__).resolve().parents[3] / "shared" / "data" / "holidays"
CITY = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
CHECKS = "/workorder/v1/ledger-checks"


def plain_working_days():
    """Which days are worked, from the papers alone; the library's where the papers are not at hand."""
    named = {}
    for path in sorted(HOLIDAYS.glob("20*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["days"]:
            named[date.fromisoformat(entry["date"])] = not entry["isOffDay"]
    if not named:
        calendar = WorkingDays()
        return calendar.is_working_day
    return lambda day: named.get(day, day.weekday() < 5)


WORKED = plain_working_days()


def reckoned(start, days, spans):
    """The promised days, and a day more for every worked day on which the clock stood still; then walk."""
    stood = {
        day
        for begin, end in spans
        for day in (begin + each * DAY for each in range(1, (end - begin).days + 1))
        if day > start and WORKED(day)
    }
    day, left = start, days + len(stood)
    while left > 0:
        day += DAY
        left -= WORKED(day)
    return day


async def ledger_of(house, table, column, id_):
    rows = await house.sql(
        f"SELECT started_on, ended_on FROM {table} WHERE {column} = $1 ORDER BY id", UUID(id_)
    )
    return [(row["started_on"], row["ended_on"] or row["started_on"]) for row in rows]


async def order_agrees(house, order):
    [row] = await house.sql(
        "SELECT is_clock_running, due_on, clock_started_on, clock_days, extended_days, alarm_at "
        "FROM work_orders WHERE id = $1",
        UUID(order["id"]),
    )
    if not row["is_clock_running"]:
        return
    spans = await ledger_of(house, "work_order_stops", "work_order_id", order["id"])
    days = row["clock_days"] + row["extended_days"]
    assert row["due_on"] == reckoned(row["clock_started_on"], days, spans)
    assert row["due_on"] >= row["clock_started_on"]


async def tried(house, order, noun, body, *, as_):
    """A step that the process may refuse: whether it was taken."""
    answer = await house.post(f"{ORDERS}/{order['id']}/{noun}", body, as_=as_)
    assert answer.status_code in {201, 409}, answer.text
    return answer.status_code == 201


async def stop(house, order, chance):
    lead = house.staff("hotline_lead")
    if await tried(house, order, "suspensions", {"kind": "other", "reason": "待鉴定"}, as_=lead):
        house.clock.move(timedelta(days=chance.randrange(0, 40), hours=chance.randrange(0, 24)))
        assert await tried(house, order, "resumptions", {}, as_=lead)


async def extend(house, order, chance):
    body = {"days": chance.randint(1, 10), "reason": "需多部门核查"}
    if await tried(house, order, "extensions", body, as_=an_officer(house)):
        house.clock.move(timedelta(hours=chance.randrange(0, 30)))
        ruling = {"granted": chance.random() < 0.8, "reason": "同意"}
        assert await tried(
            house, order, "extension-rulings", ruling, as_=house.staff("hotline_lead")
        )


async def go_round(house, order, chance):
    body = {"outcome": "solved", "text": "已处理"}
    if await tried(house, order, "replies", body, as_=an_officer(house)):
        house.clock.move(timedelta(days=chance.randrange(0, 5)))
        agent = house.staff("hotline_agent")
        await tried(house, order, "visits", {"satisfied": chance.random() < 0.4}, as_=agent)


async def reopen(house, order, chance):
    house.clock.move(timedelta(days=chance.randrange(0, 20)))
    await tried(house, order, "reopenings", {"reason": "又坏了"}, as_=house.staff("hotline_lead"))


@pytest.mark.parametrize("seed", [20_230_118, 20_240_204, 20_250_126, 20_260_213])
async def test_a_due_date_comes_out_the_same_from_the_rows_of_its_ledger(house, seed):
    chance = random.Random(seed)
    day = datetime.strptime(str(seed), "%Y%m%d").replace(tzinfo=UTC)
    for _ in range(4):
        house.clock.set(day + timedelta(days=chance.randrange(0, 200), hours=chance.randrange(24)))
        order = await a_hotline_order(house)
        await dispatched(house, order)
        await order_agrees(house, order)
        for _ in range(7):
            house.clock.move(timedelta(days=chance.randrange(0, 4), hours=chance.randrange(0, 24)))
            await chance.choice([stop, stop, extend, go_round, reopen])(house, order, chance)
            await order_agrees(house, order)


@pytest.mark.parametrize("seed", [1, 2])
async def test_an_applications_due_date_does_too(house, seed):
    chance = random.Random(seed)
    await publish(house)
    clerk, reviewer = a_clerk(house), a_reviewer(house)
    for _ in range(3):
        house.clock.set(datetime(2023, 9, 20, tzinfo=UTC) + chance.randrange(0, 800) * DAY)
        citizen = house.person("citizen")
        application = await submitted(house, citizen)
        house.clock.move(timedelta(days=chance.randrange(0, 9)))
        application = await step(house, application, "acceptances", as_=clerk)
        for _ in range(4):
            house.clock.move(timedelta(days=chance.randrange(0, 6)))
            body = {"procedure": "inspection", "reason": "现场核查"}
            await step(house, application, "suspensions", body, as_=reviewer)
            house.clock.move(timedelta(days=chance.randrange(0, 15)))
            application = await step(house, application, "resumptions", as_=reviewer)
            [row] = await house.sql(
                "SELECT clock_started_on, promised_days FROM applications WHERE id = $1",
                UUID(application["id"]),
            )
            spans = await ledger_of(house, "suspensions", "application_id", application["id"])
            due = reckoned(row["clock_started_on"], row["promised_days"], spans)
            assert application["due_on"] == due.isoformat()


DATES = st.dates(date(2018, 1, 1), date(2026, 6, 30))
ACTS = st.lists(
    st.tuples(st.sampled_from(["stop", "go-on", "extend", "restart"]), st.integers(0, 45)),
    max_size=12,
)


def papers():
    days = {}
    for path in sorted(HOLIDAYS.glob("20*.json")):
        days |= parse_holiday_file(path.read_text(encoding="utf-8"))
    return WorkingDays(days)


RULES = ClockRules(calendar=papers())


@given(DATES, st.integers(0, 60), ACTS)
def test_stops_extensions_and_new_rounds_over_years_of_holidays_leave_one_answer(
    start, budget, acts
):
    """The clock of the books against a walk over the days, after every act."""
    at = datetime(start.year, start.month, start.day, 10, tzinfo=CITY)
    started, extended, stops, open_stop = at, 0, [], None
    for act, days in acts:
        at += days * DAY
        if act == "restart":
            started, extended = at, 0
        elif act == "extend":
            extended += days % 10
        elif act == "stop" and open_stop is None:
            open_stop = Stop(id=UUID(int=1), kind="x", started_on=at.date(), started_at=at)
            stops.append(open_stop)
        if act in {"go-on", "restart"} and open_stop is not None:
            open_stop.end(at)
            open_stop = None
        clock = OrderClock(
            unit="working-days",
            amount=budget,
            extended_days=extended,
            started_on=started.date(),
            started_at=started,
        )
        due = due_of(clock, stops=stops, rules=RULES)
        spans = [
            (each.started_on, each.ended_on)
            for each in stops
            if each.ended_on and each.ended_on > started.date()
        ]
        if budget + extended:
            assert due.on == reckoned(started.date(), budget + extended, spans)
        assert due.on >= started.date()
        assert due_of(clock, stops=list(reversed(stops)), rules=RULES) == due


UNITS = st.sampled_from(["hours", "office-hours", "natural-days", "working-days"])
SPANS = st.lists(st.tuples(st.integers(-200, 900), st.integers(-5, 300)), max_size=5)


@given(DATES, st.integers(0, 23), st.integers(0, 80), UNITS, SPANS)
@example(date(2018, 1, 1), 0, 0, "hours", [(1, -1)])
@example(date(2018, 1, 1), 0, 0, "office-hours", [(1, -1)])
def test_whatever_a_ledger_says_nothing_is_due_before_it_starts(start, hour, amount, unit, spans):
    """Also with entries that end before they begin: a machine's clock may have been set back."""
    at = datetime(start.year, start.month, start.day, hour, tzinfo=CITY)
    stops = []
    for offset, length in spans:
        began = at + timedelta(hours=offset)
        ended = began + timedelta(hours=length)
        stops.append(
            Stop(
                id=UUID(int=1),
                kind="x",
                started_on=began.date(),
                started_at=began,
                ended_on=ended.date(),
                ended_at=ended,
            )
        )
    clock = OrderClock(unit=unit, amount=amount, started_on=start, started_at=at)
    bare = due_of(clock, stops=[], rules=RULES)
    due = due_of(clock, stops=stops, rules=RULES)
    assert due.at >= bare.at >= at or unit in {"natural-days", "working-days"}
    assert due.on >= bare.on >= start
    alarm = first_alarm_of(due, after=at, rules=RULES)
    assert alarm is None or alarm.at > at


async def test_a_check_names_what_differs_and_mends_nothing(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    right, wrong = await a_hotline_order(house), await a_hotline_order(house)
    for order in (right, wrong):
        await dispatched(house, order)
    await house.sql("UPDATE work_orders SET due_on = due_on + 1 WHERE id = $1", UUID(wrong["id"]))
    await house.sql("UPDATE applications SET due_on = due_on - 2")
    admin = house.staff("system_admin")
    answer = await house.post(CHECKS, as_=admin)
    assert answer.status_code == 202, answer.text
    assert await house.run_jobs() == 1
    check = (await house.get(answer.headers["location"], as_=house.staff("auditor"))).json()
    assert (check["state"], check["checked"], check["total"], check["differences"]) == (
        "done",
        3,
        3,
        2,
    )
    path = f"{CHECKS}/{check['id']}/differences"
    found = (await house.get(path, as_=admin)).json()["results"]
    assert [each["work_number"] for each in found] == [application["number"], wrong["number"]]
    assert found[1]["found"][0]["code"] == "due-date-differs"
    assert "2026-03-10，按台账应为 2026-03-09" in found[1]["found"][0]["zh"]
    [row] = await house.sql("SELECT due_on FROM work_orders WHERE id = $1", UUID(wrong["id"]))
    assert str(row["due_on"]) == "2026-03-10"
    file = await house.get(
        f"/workorder/v1/exports/ledger-differences?check_id={check['id']}", as_=admin
    )
    assert wrong["number"] in file.text


async def test_the_ledgers_are_checked_once_a_night_by_whoever_comes_first(house):
    await a_hotline_order(house)
    house.clock.set(datetime(2026, 3, 2, 17, 0, tzinfo=UTC))  # one in the morning
    assert not await NIGHTLY.start(house.runtime)
    house.clock.move(timedelta(hours=2))
    assert await NIGHTLY.start(house.runtime)
    assert not await NIGHTLY.start(house.runtime)
    assert await house.run_jobs() == 1
    admin = house.staff("system_admin")
    [check] = (await house.get(CHECKS, as_=admin)).json()["results"]
    assert (check["is_nightly"], check["state"], check["differences"]) == (True, "done", 0)


async def test_the_stops_of_an_order_say_why_and_until_when(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    lead = house.staff("hotline_lead")
    body = {
        "kind": "waiting-for-caller",
        "reason": "待来电人 13800138000 补充",
        "until": "2026-03-20",
    }
    assert await tried(house, order, "suspensions", body, as_=lead)
    house.clock.move(2 * DAY)
    assert await tried(house, order, "resumptions", {}, as_=lead)
    answer = await house.get(f"{ORDERS}/{order['id']}/stops", as_=an_officer(house, DEPARTMENT))
    [entry] = answer.json()["results"]
    assert (entry["kind"], entry["started_on"], entry["ended_on"], entry["planned_until"]) == (
        "waiting-for-caller",
        "2026-03-02",
        "2026-03-04",
        "2026-03-20",
    )
    assert "13800138000" not in entry["reason"]
    shown = (await house.get(f"{ORDERS}/{order['id']}", as_=lead)).json()
    assert shown["due_on"] == "2026-03-11"


async def test_an_order_that_closes_while_its_clock_stands_leaves_no_stop_open(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    lead = house.staff("hotline_lead")
    assert await tried(house, order, "suspensions", {"kind": "other", "reason": "待定"}, as_=lead)
    house.clock.move(DAY)
    assert await tried(house, order, "cancellations", {"reason": "撤诉"}, as_=lead)
    [row] = await house.sql("SELECT ended_on FROM work_order_stops")
    assert str(row["ended_on"]) == "2026-03-03"


async def test_an_application_says_what_can_be_done_with_it_now(house):
    await publish(house)
    citizen, clerk, reviewer = house.person("citizen"), a_clerk(house), a_reviewer(house)
    application = await submitted(house, citizen)
    path = f"{APPLICATIONS}/{application['id']}/possible-steps"

    async def codes(who):
        return {each["code"] for each in (await house.get(path, as_=who)).json()["steps"]}

    assert await codes(clerk) == {"accept", "refuse", "request-correction"}
    assert await codes(reviewer) == set()
    assert await codes(citizen) == {"hand-in", "withdraw"}
    await step(house, application, "acceptances", as_=clerk)
    assert await codes(clerk) == set()
    assert await codes(reviewer) == {"request-correction-in-review", "suspend", "decide"}


async def test_an_application_stays_on_the_version_it_began_with(house):
    await publish(house)
    citizen, reviewer = house.person("citizen"), a_reviewer(house)
    old = await submitted(house, citizen)
    await house.sql(
        """INSERT INTO process_definitions (id, code, version, name, state, definition, drafted_by, drafted_at,
            row_version)
        SELECT gen_random_uuid(), code, 2, name, 'draft', jsonb_set(definition, '{steps}', (
            SELECT jsonb_agg(CASE WHEN one->>'code' = 'suspend' THEN one || '{"limit": {"count": 0}}' ELSE one END)
            FROM jsonb_array_elements(definition->'steps') AS one)), drafted_by, drafted_at, 1
        FROM process_definitions WHERE code = 'application'"""
    )
    await house.sql(
        "UPDATE process_definitions SET state = 'retired' WHERE code = 'application' AND version = 1"
    )
    await house.sql(
        "UPDATE process_definitions SET state = 'active' WHERE code = 'application' AND version = 2"
    )
    forget_active_application(house)
    new = await submitted(house, citizen)
    assert (old["process_version"], new["process_version"]) == (1, 2)
    body = {"procedure": "hearing", "reason": "听证"}
    for application, status in ((old, 201), (new, 409)):
        await step(house, application, "acceptances", as_=a_clerk(house))
        await step(house, application, "suspensions", body, as_=reviewer, status=status)


def forget_active_application(house):
    """As the door of definitions does when a version is activated."""
    forget_active(house.runtime.begin_system(), "application")


async def test_what_comes_on_a_saturday_counts_from_monday_where_the_city_says_so(house):
    admin = house.staff("system_admin")
    headers = {**house.headers(admin), "If-Match": '"1"'}
    body = {
        "value": {"next_day_after_close": True, "next_day_when_off": True},
        "source": "本市规定",
        "verified": True,
        "reason": "统一口径",
    }
    due = []
    house.clock.set(datetime(2026, 3, 7, 2, 0, tzinfo=UTC))
    due.append((await dispatched(house, await a_hotline_order(house)))["due_on"])
    answer = await house.client.put("/workorder/v1/rules/clock-start", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    due.append((await dispatched(house, await a_hotline_order(house)))["due_on"])
    assert due == ["2026-03-13", "2026-03-16"]
