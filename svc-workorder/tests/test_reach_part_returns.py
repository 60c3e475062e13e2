"""Every route of returns of parts, tried as each kind of caller: inside the reach, outside it, with no role for it."""

import pytest
from hotline_stories import COUNTY_OTHER
from reach_stories import AGENTS, CITY_WIDE, OFFICERS, ROLES, inside, outside, status
from workorder_stories import DEPARTMENT, DIVISION, ORDERS, a_hotline_order, order_step

WHY = {"reason": "理由"}
ROUTES = {
    "/part-returns": (WHY, OFFICERS),
    "/part-return-withdrawals": (WHY, OFFICERS),
    "/part-return-rulings": (
        {"co_department": DEPARTMENT, "granted": False, **WHY},
        {*AGENTS, "coordinator"},
    ),
}
TRIED = {("POST", f"{ORDERS}/{{work_order_id}}{suffix}") for suffix in ROUTES}


@pytest.mark.parametrize("suffix", ROUTES)
async def test_every_step_on_a_part_ends_at_its_reach(house, suffix):
    body, roles = ROUTES[suffix]
    order = await a_hotline_order(house)
    shared = {
        "department": COUNTY_OTHER,
        "co_departments": [DEPARTMENT],
        "division": DIVISION,
        **WHY,
    }
    agent = house.staff("hotline_agent")
    await order_step(house, order, "dispatches", shared, as_=agent)
    path = f"{ORDERS}/{order['id']}{suffix}"
    assert await status(house, "POST", path, body, None) == 401
    for role in ROLES:
        if role not in roles:
            assert await status(house, "POST", path, body, inside(house, role)) == 403, role
            continue
        far = await status(house, "POST", path, body, outside(house, role))
        if role not in CITY_WIDE:
            assert far == 404, role
        near = await status(house, "POST", path, body, inside(house, role))
        assert near in {201, 409}, role
