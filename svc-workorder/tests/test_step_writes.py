"""What a step reads beside its order: only what it needs, and the same for whoever takes the step."""

import asyncpg
import pytest
from hotline_stories import (
    COUNTY_OTHER,
    DONE,
    a_lead,
    an_agent,
    an_officer,
    history,
    sent,
    steps_of,
    take,
)
from workorder_stories import DEPARTMENT, ORDERS, a_hotline_order

from chassis.identity import Scope, system_principal
from workorder.repository.delivery import remote_departments

PLATFORM = (
    "INSERT INTO delivery_endpoints (id, department, name, url, secret_encrypted, wants, needs_receipt, state, trouble, "
    "verified_at, created_at, version) VALUES (gen_random_uuid(), $1, '平台', '', '', '{}', $2, $3, '', now(), now(), 1)"
)


async def platform(house, department, *, needs_receipt=True, state="active"):
    await house.sql(PLATFORM, department, needs_receipt, state)


async def test_which_platforms_give_receipts_is_known_to_whoever_reaches_none_of_them(house):
    await platform(house, COUNTY_OTHER)
    await platform(house, "11445102MB2X00001A", needs_receipt=False)
    await platform(house, "11445102MB2X00002A", state="off")
    tx = house.runtime.begin(system_principal("workorder"), Scope(department=DEPARTMENT))
    asked = {DEPARTMENT, COUNTY_OTHER, "11445102MB2X00001A", "11445102MB2X00002A"}
    assert await remote_departments(tx, frozenset(asked)) == {COUNTY_OTHER}
    await tx.close()


async def test_a_part_shared_out_again_waits_for_its_platform_again(house):
    order = await sent(house, co_departments=[COUNTY_OTHER])
    await take(house, order, "signatures", as_=an_officer(house))
    other = an_officer(house, COUNTY_OTHER)
    await take(house, order, "task-replies", {"text": "本部门部分已办"}, as_=other)
    await take(house, order, "replies", DONE, as_=an_officer(house))
    await platform(house, COUNTY_OTHER)
    await take(house, order, "visits", {"satisfied": False}, as_=an_agent(house))
    parts = await house.get(f"{ORDERS}/{order['id']}/tasks", as_=an_agent(house))
    assert {each["department"]: each["state"] for each in parts.json()["results"]} == {
        DEPARTMENT: "delivered",
        COUNTY_OTHER: "sent",
    }


async def test_a_joint_order_goes_on_while_its_platforms_are_of_no_concern(house):
    order = await sent(house, co_departments=[COUNTY_OTHER])
    await platform(house, COUNTY_OTHER)
    urged = await take(house, order, "urges", {"reason": "来电人再次询问"}, as_=an_agent(house))
    assert urged["state"] == order["state"]
    await take(house, order, "supervisions", {"reason": "领导交办"}, as_=a_lead(house))
    assert {"urged", "supervised"} <= set(steps_of(await history(house, order)))


async def test_one_rectification_for_one_rating_and_one_correction_for_one_finding(house):
    await a_hotline_order(house)
    await a_hotline_order(house)
    for column in ("rating_id", "finding_id"):
        with pytest.raises(asyncpg.UniqueViolationError):
            await house.sql(
                f"UPDATE work_orders SET {column} = '{'0' * 8}{'-0000' * 3}-{'0' * 12}'"
            )
