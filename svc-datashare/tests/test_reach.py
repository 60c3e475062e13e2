"""Every route, as somebody inside its reach and as somebody outside it."""

import pytest

from chassis.service import api_routes
from datashare.service import SERVICE

ROOT = "/datashare/v1"
SAID = {"reason": "符合共享条件", "legal_basis": "《政务数据共享条例》"}
WHY = {"reason": "定期检查"}

OPEN = {"anonymous", "clerk", "citizen", "steward", "auditor"}
ROUTES = {
    # route: (who is let in, who is answered as if it were not there, who is turned away)
    "GET /resources": (OPEN, set(), set()),
    "GET /resources/{code}": (OPEN, set(), set()),
    "GET /resources/{code}/steps": (OPEN, set(), set()),
    "POST /resources": ({"steward", "admin"}, set(), {"clerk", "citizen", "auditor", "reviewer"}),
    "POST /resources/{code}/records": (
        {"steward"},
        set(),
        {"requester", "admin", "citizen", "auditor"},
    ),
    "POST /grant-requests": ({"requester", "steward"}, set(), {"reviewer", "citizen", "auditor"}),
    "GET /grant-requests": ({"requester", "approver", "auditor"}, set(), {"citizen", "clerk"}),
    "GET /grant-requests/{request_id}": (
        {"requester", "approver", "auditor"},
        {"other_steward", "other_approver"},
        {"citizen", "clerk", "admin"},
    ),
    "GET /grant-requests/{request_id}/steps": (
        {"requester", "approver", "auditor"},
        {"other_steward", "other_approver"},
        {"citizen", "clerk", "admin"},
    ),
    "POST /grant-requests/{request_id}/approvals": (
        {"approver"},
        {"other_approver"},
        {"requester", "auditor", "citizen", "admin"},
    ),
    "POST /grant-requests/{request_id}/refusals": (
        {"approver"},
        {"other_approver"},
        {"requester", "auditor", "citizen", "admin"},
    ),
    "GET /grants": ({"requester", "approver", "auditor"}, set(), {"citizen", "clerk"}),
    "GET /grants/{grant_id}": (
        {"requester", "approver", "auditor"},
        {"other_steward", "other_approver"},
        {"citizen", "clerk"},
    ),
    "GET /grants/{grant_id}/steps": (
        {"requester", "approver", "auditor"},
        {"other_steward", "other_approver"},
        {"citizen", "clerk"},
    ),
    "POST /grants/{grant_id}/revocations": (
        {"approver"},
        {"other_approver"},
        {"requester", "auditor", "citizen"},
    ),
    "GET /look-ups": ({"citizen", "requester", "approver", "auditor"}, set(), {"clerk", "admin"}),
    "GET /look-ups/{look_up_id}": (
        {"citizen", "requester", "approver", "auditor"},
        {"other_citizen", "other_steward", "other_approver"},
        {"clerk", "admin"},
    ),
    "GET /deliveries": ({"reviewer"}, set(), {"citizen", "steward", "auditor", "admin"}),
    "POST /partners": ({"admin"}, set(), {"auditor", "steward", "citizen", "partner"}),
    "GET /partners": ({"admin", "auditor"}, set(), {"steward", "citizen", "partner"}),
    "GET /partners/{partner_id}": ({"admin", "auditor"}, set(), {"steward", "citizen"}),
    "GET /partners/{partner_id}/steps": ({"admin", "auditor"}, set(), {"steward", "citizen"}),
    "POST /partner-authentications": ({"gateway"}, set(), {"admin", "partner", "citizen"}),
    "GET /feed": ({"partner"}, set(), {"admin", "auditor", "citizen", "steward"}),
    # After the two above: they need the partner as it was.
    "POST /partners/{partner_id}/secrets": ({"admin"}, set(), {"auditor", "partner"}),
    "POST /partners/{partner_id}/suspensions": ({"admin"}, set(), {"auditor", "partner"}),
    "GET /indicators": (OPEN, set(), set()),
    "GET /indicators/{code}": (OPEN, set(), set()),
    "GET /rules": (OPEN, set(), set()),
    "GET /rules/{code}": (OPEN, set(), set()),
    "PUT /rules/{code}": ({"admin"}, set(), {"auditor", "steward", "citizen"}),
}


def callers(house, city, made):
    staff = {
        "steward": city.steward(),
        "requester": city.steward(city.requester),
        "other_steward": city.steward(city.other),
        "approver": city.approver(),
        "other_approver": city.approver(city.other),
        "reviewer": city.reviewer(),
        "clerk": city.staff("clerk", city.requester),
        "auditor": house.staff("auditor"),
        "admin": city.admin(),
    }
    return {
        **staff,
        "anonymous": None,
        "citizen": city.citizen(),
        "other_citizen": house.person("citizen"),
        "gateway": city.gateway(),
        "partner": house.person(
            "partner",
            subject=made["partner"]["id"],
            kind="partner",
            client_id=made["partner"]["client_id"],
        ),
    }


def bodies(city, made):
    return {
        "POST /resources": {
            "rows": [city.resource(code="another", provider_department=city.provider)]
        },
        "POST /resources/{code}/records": {
            "rows": [{"subject_id": str(city.citizen_id), "values": {"name": "王"}}]
        },
        "POST /grant-requests": city.asking(),
        "POST /grant-requests/{request_id}/approvals": SAID,
        "POST /grant-requests/{request_id}/refusals": SAID,
        "POST /grants/{grant_id}/revocations": WHY,
        "POST /partners": city.partner(),
        "POST /partners/{partner_id}/secrets": WHY,
        "POST /partners/{partner_id}/suspensions": WHY,
        "POST /partner-authentications": {
            "client_id": made["partner"]["client_id"],
            "client_secret": made["partner"]["client_secret"],
        },
        "PUT /rules/{code}": {"value": 5, "source": "某文件", "verified": True, "reason": "改定"},
    }


@pytest.fixture
async def made(house, city):
    """One of everything; the request stays open."""
    fact = await city.fetched()
    [grant] = (await city.see("/grants", city.approver()))["results"]
    [look_up] = (await city.see("/look-ups", city.citizen()))["results"]
    return {
        "request": await city.requested(item_code=None),
        "grant": grant,
        "look_up": look_up,
        "application_id": fact.application_id,
        "partner": await city.ok("/partners", city.partner(), city.admin()),
    }


def path_of(route, city, made):
    path = route.split(" ")[1]
    code = {"/indicators/{code}": "look_ups", "/rules/{code}": "grant-valid-days"}
    filled = path.format(
        code=code.get(path, city.code),
        request_id=made["request"]["id"],
        grant_id=made["grant"]["id"],
        look_up_id=made["look_up"]["id"],
        partner_id=made["partner"]["id"],
    )
    query = f"?application_id={made['application_id']}" if path == "/deliveries" else ""
    return ROOT + filled + query


async def call(house, city, made, *, route, who):
    method = route.split(" ")[0]
    return await house.client.request(
        method,
        path_of(route, city, made),
        headers={**house.headers(callers(house, city, made)[who]), "If-Match": "*"},
        json=bodies(city, made).get(route),
    )


def test_no_route_is_left_out():
    declared = {
        f"{method} {route.path.removeprefix(ROOT)}"
        for route in api_routes(SERVICE)
        for method in route.methods
    }
    assert declared == set(ROUTES)


async def test_every_route_lets_in_whom_it_should_and_nobody_else(house, city, made):
    """One house for all: steps come in the order of ROUTES, and each is tried from outside first."""
    wrong = []
    for route, (inside, hidden, outside) in ROUTES.items():
        expected = [*((who, {404}) for who in hidden), *((who, {403}) for who in outside)]
        if "anonymous" not in inside:
            expected.append(("anonymous", {401}))
        # A step can be taken once; whoever comes second was let in and finds it taken.
        expected += [(who, {200, 201, 409}) for who in sorted(inside)]
        for who, statuses in expected:
            answer = await call(house, city, made, route=route, who=who)
            if answer.status_code not in statuses:
                wrong.append((route, who, answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_lists_show_only_what_is_within_reach(house, city, made):
    everybody = callers(house, city, made)
    for path in ("/grant-requests", "/grants", "/look-ups"):
        for who in ("other_steward", "other_approver"):
            assert (await city.see(path, everybody[who]))["results"] == []
        for who in ("requester", "approver", "auditor"):
            assert (await city.see(path, everybody[who]))["results"] != []
    assert (await city.see("/look-ups", everybody["other_citizen"]))["results"] == []
    path = f"/deliveries?application_id={made['application_id']}"
    assert (await city.see(path, city.reviewer(city.other)))["results"] == []
    assert (await city.see(path, city.reviewer(city.provider)))["results"] == []
