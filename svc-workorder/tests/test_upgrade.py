"""The books as they landed, brought to the newest migration: everything that was under way goes on."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest_asyncio
from workorder_stories import (
    APPLICATIONS,
    DEPARTMENT,
    DIVISION,
    ORDERS,
    a_clerk,
    a_reviewer,
    an_officer,
)

from chassis.clock import FrozenClock
from chassis.ids import new_id
from chassis.migrations import upgrade_to_head
from chassis.testing import close_house, drop_database, make_database, open_house
from contracts.events.catalog import FindingClosed
from contracts.events.certificate import CertificateIssued
from contracts.events.workorder import DeadlineMissed, WorkOrderClosed
from workorder.service import SERVICE
from workorder.workers.deadlines import sound_due_alarms

LANDED = Path(__file__).parent / "landed_0003.sql"
DAY_AFTER = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
REPLY = {"outcome": "solved", "text": "已处理"}
PLAN = {"materials": [{"code": "plan"}]}
AGAIN = {"material_codes": ["plan"], "reason": "不清楚"}


@pytest_asyncio.fixture
async def upgraded(servers, keys):
    """A house on the landed books after every migration since."""
    admin_url = servers.postgres_admin_url
    name = f"landed_{secrets.token_hex(4)}"
    url = await make_database(admin_url, name)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(LANDED.read_text(encoding="utf-8"))
    finally:
        await connection.close()
    await asyncio.to_thread(upgrade_to_head, SERVICE.migrations, url)
    house = await open_house(
        SERVICE, admin_url=admin_url, template=name, keys=keys, clock=FrozenClock(DAY_AFTER)
    )
    yield house
    await close_house(house, admin_url)
    await drop_database(admin_url, name)


async def step(house, path, body, *, as_, status=201):
    answer = await house.post(path, body, as_=as_)
    assert answer.status_code == status, (path, answer.text)
    return answer.json()


async def applications(house):
    rows = await house.sql(
        "SELECT id::text, state, applicant_id::text, accepted_at, correction_asked_at_intake AS asked, "
        "process, process_version, waits_for FROM applications ORDER BY id"
    )
    return [dict(row) for row in rows]


async def orders(house, kind):
    rows = await house.sql(
        "SELECT id::text, state, process, process_version, waits_for, finding_id, due_on, due_at "
        "FROM work_orders WHERE kind = $1 ORDER BY id",
        kind,
    )
    return [dict(row) for row in rows]


async def test_an_application_in_every_state_takes_its_next_step(upgraded):
    house = upgraded
    clerk, reviewer = a_clerk(house), a_reviewer(house)
    seen = set()
    for each in await applications(house):
        seen.add(each["state"])
        assert (each["process"], each["process_version"]) == ("application", 1)
        path = f"{APPLICATIONS}/{each['id']}"
        citizen = house.person("citizen", subject=each["applicant_id"])
        match each["state"]:
            case "submitted":
                if each["asked"]:
                    asked = await step(
                        house, f"{path}/correction-requests", AGAIN, as_=clerk, status=409
                    )
                    assert asked["type"] == "/problems/correction-asked-before"
                taken = await step(house, f"{path}/acceptances", None, as_=clerk)
                assert (taken["state"], taken["due_on"]) == ("accepted", "2026-03-11")
            case "correction":
                taken = await step(house, f"{path}/corrections", PLAN, as_=citizen)
                assert taken["state"] == ("accepted" if each["accepted_at"] else "submitted")
            case "accepted":
                body = {"outcome": "refused", "reason": "不符合条件"}
                taken = await step(house, f"{path}/decisions", body, as_=reviewer)
                assert taken["state"] == "delivered"
            case "suspended":
                taken = await step(house, f"{path}/resumptions", None, as_=reviewer)
                assert (taken["state"], taken["due_on"]) == ("accepted", "2026-03-11")
            case "decided":
                fact = CertificateIssued(
                    certificate_id=new_id(),
                    type_code="food-permit",
                    holder_id=UUID(each["applicant_id"]),
                    application_id=UUID(each["id"]),
                    issued_at=house.clock.now(),
                )
                await house.deliver(fact)
                assert (await house.get(path, as_=clerk)).json()["state"] == "delivered"
            case ended:
                assert each["waits_for"] is None
                await step(house, f"{path}/acceptances", None, as_=clerk, status=409)
                assert ended in {"delivered", "withdrawn", "not-accepted"}
    assert len(seen) == 8


async def test_a_work_order_in_every_state_takes_its_next_step(upgraded):
    house = upgraded
    agent, officer = house.staff("hotline_agent"), an_officer(house)
    seen = set()
    for kind in ("hotline", "rectification"):
        for each in await orders(house, kind):
            seen.add((kind, each["state"]))
            assert (each["process"], each["process_version"]) == (kind, 1)
            path = f"{ORDERS}/{each['id']}"
            match each["state"]:
                case "opened":
                    body = {"department": DEPARTMENT, "division": DIVISION, "reason": "属地"}
                    taken = await step(house, f"{path}/dispatches", body, as_=agent)
                    assert taken["due_on"] == "2026-03-11"
                case "dispatched" | "reopened":
                    taken = await step(house, f"{path}/replies", REPLY, as_=officer)
                    assert (taken["state"], taken["on_time"]) == ("replied", True)
                case "replied":
                    taken = await step(house, f"{path}/visits", {"satisfied": True}, as_=agent)
                    assert taken["state"] == "closed"
                case "closed":
                    assert each["waits_for"] is None
                    answer = await house.get(f"{path}/possible-steps", as_=agent)
                    codes = {one["code"] for one in answer.json()["steps"]}
                    assert ("reopen" in codes) == (kind == "hotline")
    assert len(seen) == 9


async def test_a_correction_is_still_closed_by_the_audit(upgraded):
    house = upgraded
    found = await orders(house, "correction")
    assert {each["state"] for each in found} == {"dispatched", "replied", "closed"}
    for each in found:
        await house.deliver(
            FindingClosed(
                finding_id=each["finding_id"],
                rule="same-materials",
                item_id=new_id(),
                outcome="mended",
                closed_at=house.clock.now(),
            )
        )
    assert {each["state"] for each in await orders(house, "correction")} == {"closed"}
    assert len(await house.told(WorkOrderClosed)) == 2


async def test_no_due_date_has_moved_and_every_one_agrees_with_its_ledger(upgraded):
    house = upgraded
    admin = house.staff("system_admin")
    started = await step(house, "/workorder/v1/ledger-checks", None, as_=admin, status=202)
    await house.run_jobs()
    path = f"/workorder/v1/ledger-checks/{started['job_id']}"
    check = (await house.get(path, as_=admin)).json()
    assert (check["state"], check["differences"]) == ("done", 0)
    assert check["checked"] == check["total"] > 0


async def test_alarms_that_were_set_are_given_and_nobody_is_told_of_waits_that_were_not_counted(
    upgraded,
):
    house = upgraded
    [row] = await house.sql(
        "SELECT (SELECT count(*) FROM applications WHERE alarm_at IS NOT NULL) "
        "+ (SELECT count(*) FROM work_orders WHERE alarm_at IS NOT NULL) AS alarms"
    )
    house.clock.move(timedelta(days=60))
    while await sound_due_alarms(house.runtime):
        pass
    assert len(await house.told(DeadlineMissed)) == row["alarms"] > 0
    steps = await house.sql("SELECT 1 FROM work_order_steps WHERE step = 'wait-over'")
    assert steps == []
