"""The staff's day, tried as each kind of caller: from inside the reach, from outside it, and with no role for it."""

from uuid import uuid4

import pytest
from workorder_stories import DEPARTMENT, a_hotline_order, dispatched

ROOT = "/workorder/v1"
AGENTS = {"hotline_agent", "hotline_lead"}
OFFICERS = {"department_officer", "department_head"}
DESKS = {*AGENTS, *OFFICERS, "coordinator"}
FILTER = {"name": "今日到期", "filter": {"due": "today"}}
BULK = {"ids": [str(uuid4())], "step": "urge"}
ONE = f"{ROOT}/saved-filters/{{filter_id}}"
ROUTES = {
    ("GET", f"{ROOT}/tasks"): (None, DESKS),
    ("GET", f"{ROOT}/tasks/export"): (None, DESKS),
    ("GET", f"{ROOT}/tasks/counts"): (None, {*DESKS, "clerk", "reviewer"}),
    ("GET", f"{ROOT}/task-parts"): (None, OFFICERS),
    ("POST", f"{ROOT}/bulk-steps"): (BULK, DESKS),
    ("GET", f"{ROOT}/saved-filters"): (None, DESKS),
    ("POST", f"{ROOT}/saved-filters"): (FILTER, DESKS),
}
OF_ONE = {
    ("PUT", ONE): FILTER,
    ("POST", f"{ONE}/removals"): {},
    ("POST", f"{ONE}/restorations"): {},
    ("GET", f"{ONE}/steps"): None,
}
TRIED = {*ROUTES, *OF_ONE}
ROLES = sorted({*DESKS, "citizen", "auditor", "clerk", "reviewer", "system_admin", "publisher"})


def who(house, role, department=DEPARTMENT):
    if role == "citizen":
        return house.person(role)
    return house.staff(role, department=department, division="445100")


async def status(house, method, path, body, as_):
    headers = {**house.headers(as_), "Idempotency-Key": str(uuid4())} if as_ else {}
    answer = await house.client.request(method, path, json=body, headers=headers)
    return answer.status_code


@pytest.mark.parametrize("route", ROUTES)
async def test_a_desk_is_open_to_its_roles_and_to_nobody_else(house, route):
    (method, path), (body, roles) = route, ROUTES[route]
    assert await status(house, method, path, body, None) == 401
    for role in ROLES:
        seen = await status(house, method, path, body, who(house, role))
        assert (seen == 403) == (role not in roles), (method, path, role)


async def test_a_filter_is_nobody_elses(house):
    owner = who(house, "department_officer")
    kept = (await house.post(f"{ROOT}/saved-filters", FILTER, as_=owner)).json()
    for (method, template), body in OF_ONE.items():
        path = template.format(filter_id=kept["id"])
        assert await status(house, method, path, body, None) == 401
        for role in ROLES:
            expected = 404 if role in DESKS else 403
            seen = await status(house, method, path, body, who(house, role))
            assert seen == expected, (method, path, role)
        assert await status(house, method, path, body, owner) in {200, 201}


async def test_a_bulk_step_reaches_no_further_than_whoever_asked(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    stranger = who(house, "department_officer", department="11445103MB2X00099X")
    body = {"ids": [order["id"]], "step": "sign"}
    job = (await house.post(f"{ROOT}/bulk-steps", body, as_=stranger)).json()
    await house.run_jobs()
    rows = await house.get(f"{ROOT}/jobs/{job['job_id']}/rows", as_=stranger)
    [row] = rows.json()["results"]
    assert row["verdict"] == "refused"
    assert row["faults"][0]["code"] == "not-found"
