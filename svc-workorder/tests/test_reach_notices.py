"""Platforms and notices, tried as each kind of caller: from inside the reach, from outside it, and with no role for it."""

from uuid import uuid4

import pytest
from hotline_stories import WHY, a_lead, sent, take
from workorder_stories import DEPARTMENT

from workorder.workers.notices import mirror

ROOT = "/workorder/v1"
ENDPOINTS, NOTICES = f"{ROOT}/delivery-endpoints", f"{ROOT}/notices"
ONE, NOTICE = f"{ENDPOINTS}/{{endpoint_id}}", f"{NOTICES}/{{notice_id}}"
OTHER = "11445103MB2X00099X"
DESKS = {
    "hotline_agent",
    "hotline_lead",
    "department_officer",
    "department_head",
    "coordinator",
}
ADMIN = {"system_admin"}
READERS = {*DESKS, *ADMIN, "auditor"}
FIELDS = {"name": "粤政易", "url": "", "wants": ["todos"], "reason": "接入"}
SPAN = {"since": "2026-03-01T00:00:00+08:00", "until": "2026-03-09T00:00:00+08:00", **WHY}
ROUTES = {
    ("GET", ENDPOINTS): (None, ADMIN),
    ("POST", ENDPOINTS): (FIELDS, ADMIN),
    ("GET", NOTICES): (None, READERS),
    ("GET", f"{NOTICES}/export"): (None, READERS),
    ("GET", f"{ROOT}/todo-feed"): (None, {*DESKS, "partner"}),
}
OF_ENDPOINT = {
    ("GET", ONE): None,
    ("PUT", ONE): FIELDS,
    ("GET", f"{ONE}/steps"): None,
    ("POST", f"{ONE}/secret-rotations"): WHY,
    ("POST", f"{ONE}/redeliveries"): SPAN,
    ("POST", f"{ONE}/switch-offs"): WHY,
    ("POST", f"{ONE}/switch-ons"): WHY,
}
OF_NOTICE = {
    ("GET", NOTICE): READERS,
    ("POST", f"{NOTICE}/redeliveries"): {*ADMIN, "department_head", "hotline_lead"},
}
TRIED = {*ROUTES, *OF_ENDPOINT, *OF_NOTICE}
ROLES = sorted({*READERS, "partner", "citizen", "clerk", "publisher", "ops", "security_admin"})


def who(house, role, department=DEPARTMENT, division="445102"):
    if role == "citizen":
        return house.person(role)
    return house.staff(role, department=department, division=division)


async def status(house, method, path, body, as_):
    headers = {**house.headers(as_), "If-Match": "*"} if method == "PUT" else house.headers(as_)
    return (await house.client.request(method, path, json=body, headers=headers)).status_code


@pytest.mark.parametrize("route", ROUTES)
async def test_a_list_is_open_to_its_roles_and_to_nobody_else(house, route):
    (method, path), (body, roles) = route, ROUTES[route]
    assert await status(house, method, path, body, None) == 401
    for role in ROLES:
        seen = await status(house, method, path, body, who(house, role))
        assert (seen == 403) == (role not in roles), (method, path, role)


async def test_a_platform_is_the_administrators_alone(house):
    made = await house.post(ENDPOINTS, FIELDS, as_=who(house, "system_admin"))
    for (method, template), body in OF_ENDPOINT.items():
        path = template.format(endpoint_id=made.json()["id"])
        assert await status(house, method, path, body, None) == 401
        for role in ROLES:
            expected = {200, 201} if role in ADMIN else {403}
            assert await status(house, method, path, body, who(house, role)) in expected, path
        unknown = template.format(endpoint_id=uuid4())
        assert await status(house, method, unknown, body, who(house, "system_admin")) == 404


async def test_a_notice_is_seen_where_its_work_is(house):
    order = await sent(house)
    await take(house, order, "urges", WHY, as_=a_lead(house))
    await mirror(house.runtime)
    lead = who(house, "hotline_lead")
    [notice] = (await house.get(NOTICES, as_=lead)).json()["results"]
    reached = {"hotline_agent", "hotline_lead", "auditor", "system_admin"}
    for (method, template), roles in OF_NOTICE.items():
        path = template.format(notice_id=notice["id"])
        assert await status(house, method, path, None, None) == 401
        for role in ROLES:
            inside = await status(house, method, path, None, who(house, role))
            outside = await status(house, method, path, None, who(house, role, OTHER, "445103"))
            # It went nowhere: sending it again is refused with 409, to whom it is within reach.
            found = {200, 409} if role in roles else {403}
            assert inside in found, (method, path, role)
            if role in roles and role not in reached:
                assert outside == 404, (method, path, role)


async def test_a_feed_reaches_no_further_than_its_reader(house):
    admin = who(house, "system_admin")
    await house.post(ENDPOINTS, FIELDS, as_=admin)
    await sent(house)
    await mirror(house.runtime)

    async def read(as_):
        return (await house.get(f"{ROOT}/todo-feed", as_=as_)).json()["results"]

    assert len(await read(who(house, "department_officer"))) == 1
    assert len(await read(who(house, "partner"))) == 1
    assert await read(who(house, "department_officer", OTHER)) == []
    assert await read(who(house, "partner", OTHER)) == []
    assert await read(who(house, "partner", "")) == []
    assert await read(who(house, "coordinator", OTHER, "445103")) == []
