"""Every route, tried as each kind of caller: from inside the reach, from outside it, and with no role for it."""

from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from reach_stories import (
    AGENTS,
    APPLICANTS,
    APPLICATION_READERS,
    CITY_WIDE,
    FORM_READERS,
    MATERIALS,
    ME,
    OFFICERS,
    ORDER_READERS,
    REASON,
    REPLY,
    ROLES,
    inside,
    my_order,
    outside,
    status,
)
from workorder_stories import (
    APPLICATIONS,
    DEPARTMENT,
    ORDERS,
    publish,
    submitted,
)

from workorder.service import SERVICE

ON_APPLICATIONS = {
    ("GET", ""): (None, APPLICATION_READERS),
    ("GET", "/steps"): (None, APPLICATION_READERS),
    ("GET", "/suspensions"): (None, APPLICATION_READERS),
    ("GET", "/possible-steps"): (None, APPLICATION_READERS),
    ("GET", "/form"): (None, FORM_READERS),
    ("GET", "/attachments/" + "0" * 64): (None, FORM_READERS),
    ("POST", "/materials"): (MATERIALS, APPLICANTS),
    ("POST", "/corrections"): (MATERIALS, APPLICANTS),
    ("POST", "/withdrawals"): (REASON, APPLICANTS),
    ("POST", "/acceptances"): (None, {"clerk"}),
    ("POST", "/refusals"): (REASON, {"clerk"}),
    ("POST", "/deliveries"): (REASON, {"clerk"}),
    ("POST", "/correction-requests"): (
        {"material_codes": ["plan"], **REASON},
        {"clerk", "reviewer"},
    ),
    ("POST", "/suspensions"): ({"procedure": "hearing", **REASON}, {"reviewer"}),
    ("POST", "/resumptions"): (REASON, {"reviewer"}),
    ("POST", "/decisions"): ({"outcome": "approved"}, {"reviewer"}),
}
ON_ORDERS = {
    ("GET", ""): (None, ORDER_READERS),
    ("GET", "/steps"): (None, ORDER_READERS),
    ("POST", "/dispatches"): (
        {"department": DEPARTMENT, **REASON},
        {"hotline_agent", "hotline_lead", "coordinator"},
    ),
    ("POST", "/answers"): (REPLY, {"hotline_agent", "hotline_lead"}),
    ("POST", "/replies"): (REPLY, {"department_officer", "department_head"}),
    ("POST", "/visits"): ({"satisfied": True}, {*APPLICANTS, "hotline_agent", "hotline_lead"}),
    ("POST", "/contact-disclosures"): ({"purpose": "回访"}, {"hotline_agent", "hotline_lead"}),
    ("GET", "/possible-steps"): (None, ORDER_READERS),
    ("POST", "/steps"): (
        {"step": "urge"},
        {*APPLICANTS, *AGENTS, *OFFICERS, "coordinator"},
    ),
    ("POST", "/signatures"): ({}, OFFICERS),
    ("POST", "/hand-overs"): ({"assignee": "someone", **REASON}, OFFICERS),
    ("POST", "/task-signatures"): ({}, OFFICERS),
    ("POST", "/task-replies"): ({"text": "已办"}, OFFICERS),
    ("POST", "/returns"): (REASON, OFFICERS),
    ("POST", "/return-rulings"): ({"granted": True, **REASON}, AGENTS),
    ("POST", "/owner-decisions"): (
        {"department": DEPARTMENT, **REASON},
        {"hotline_lead", "coordinator"},
    ),
    ("POST", "/extensions"): ({"days": 2, **REASON}, OFFICERS),
    ("POST", "/extension-rulings"): ({"granted": True, **REASON}, AGENTS),
    ("POST", "/urges"): ({}, {*APPLICANTS, *AGENTS, "coordinator"}),
    ("POST", "/supervisions"): (REASON, {"hotline_lead", "coordinator"}),
    ("POST", "/suspensions"): ({"kind": "other", **REASON}, {"hotline_lead", "coordinator"}),
    ("POST", "/resumptions"): ({}, {*OFFICERS, "hotline_lead", "coordinator"}),
    ("POST", "/reviews"): ({"passed": True}, AGENTS),
    ("POST", "/missed-visits"): ({}, AGENTS),
    ("POST", "/reopenings"): (REASON, {*APPLICANTS, *AGENTS, "coordinator"}),
    ("POST", "/refusals"): ({"reason_code": "petition", "text": "请走信访"}, AGENTS),
    ("POST", "/cancellations"): (REASON, {*APPLICANTS, *AGENTS}),
    ("POST", "/merges"): ({"into": str(ME), **REASON}, AGENTS),
    ("POST", "/merge-reversals"): (REASON, {"hotline_lead"}),
}
COLLECTIONS = {
    ("POST", APPLICATIONS): APPLICANTS,
    ("GET", APPLICATIONS): APPLICATION_READERS,
    ("POST", "/workorder/v1/attachments"): APPLICANTS,
    ("POST", "/workorder/v1/hotline-orders"): {*APPLICANTS, "hotline_agent", "hotline_lead"},
    ("GET", ORDERS): ORDER_READERS,
    ("POST", "/workorder/v1/calendar-years"): {"system_admin"},
    ("GET", "/workorder/v1/jobs"): {"system_admin", "coordinator", *AGENTS, *OFFICERS},
}


async def an_application(house):
    await publish(house)
    application = await submitted(house, house.person("citizen", subject=ME))
    return f"{APPLICATIONS}/{application['id']}", ON_APPLICATIONS


async def an_order(house):
    return await my_order(house), ON_ORDERS


@pytest.mark.parametrize("make", [an_application, an_order])
async def test_every_route_of_one_thing_ends_at_its_reach(house, make):
    base, routes = await make(house)
    missing = "/attachments/" + "0" * 64
    for (method, suffix), (body, roles) in routes.items():
        path = base + suffix
        assert await status(house, method, path, body, None) == 401
        for role in ROLES:
            if role not in roles:
                assert await status(house, method, path, body, inside(house, role)) == 403
                continue
            far = await status(house, method, path, body, outside(house, role))
            if role in CITY_WIDE:
                assert far not in {401, 403, 404}, (method, suffix, role)
                continue
            assert far == 404, (method, suffix, role)
            if method == "GET" and suffix != missing:
                assert await status(house, method, path, body, inside(house, role)) == 200


@pytest.mark.parametrize("make", [an_application, an_order])
async def test_lists_show_what_is_within_reach_and_nothing_else(house, make):
    base, routes = await make(house)
    path = base.rsplit("/", 1)[0]
    for role in routes[("GET", "")][1]:
        near = (await house.get(path, as_=inside(house, role))).json()["results"]
        far = (await house.get(path, as_=outside(house, role))).json()["results"]
        assert len(near) == 1, role
        assert len(far) == (1 if role in CITY_WIDE else 0), role
        nowhere = house.staff(role, subject=uuid4())
        if role not in CITY_WIDE:
            assert (await house.get(path, as_=nowhere)).json()["results"] == []


async def test_collections_are_closed_to_who_has_no_role_for_them(house):
    for (method, path), roles in COLLECTIONS.items():
        assert await status(house, method, path, {}, None) == 401
        for role in ROLES:
            seen = await status(house, method, path, {}, inside(house, role))
            assert (seen == 403) == (role not in roles), (method, path, role)


def test_every_route_is_tried_here():
    tried = {
        (method, f"{APPLICATIONS}/{{application_id}}{suffix}") for method, suffix in ON_APPLICATIONS
    }
    tried |= {(method, f"{ORDERS}/{{work_order_id}}{suffix}") for method, suffix in ON_ORDERS}
    tried |= set(COLLECTIONS)
    for topic in sorted(Path(__file__).parent.glob("test_reach_*.py")):
        # A topic tries its own routes and says which, as full paths with the routes' own parameter names.
        tried |= set(import_module(topic.stem).TRIED)
    shared = ("/workorder/v1/jobs/", "/workorder/v1/indicators", "/workorder/v1/rules")
    for router in SERVICE.routers:
        for route in router.routes:
            path = route.path.replace("{sha256}", "0" * 64)
            if path.startswith(shared):
                continue  # the chassis' own, tried in its tests
            for method in route.methods:
                assert (method, path) in tried, (method, path)
