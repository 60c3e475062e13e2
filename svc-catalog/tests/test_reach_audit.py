"""Every route of publishing rules, findings and audits: who is let in, who is answered as if it were not there."""

import pytest
from catalog_examples import DEPARTMENT, published, publisher
from test_audit import BASE, OTHER, admin, audit, coordinator, findings

from catalog.service import SERVICE
from chassis.service import api_routes

EVERYBODY = {
    "anonymous", "citizen", "publisher", "other_publisher", "officer", "coordinator",
    "other_coordinator", "partner", "auditor", "admin",
}  # fmt: skip
READERS = EVERYBODY - {"anonymous", "citizen", "partner"}
HIDDEN = {"other_publisher", "other_coordinator"}
JUDGES = ({"coordinator", "admin"}, {"other_coordinator"})

ROUTES = {
    # route: (who is let in, who is answered as if it were not there); everybody else is turned away
    "GET /publishing-rules": (EVERYBODY, set()),
    "GET /publishing-facts": (EVERYBODY, set()),
    "GET /publishing-rules/{code}": (EVERYBODY, set()),
    "GET /publishing-rules/{code}/versions": (EVERYBODY, set()),
    "POST /publishing-rules": ({"admin"}, set()),
    "POST /publishing-rules/trials": ({"admin"}, set()),
    "PUT /publishing-rules/{code}": ({"admin"}, set()),
    "POST /publishing-rules/{code}/retirements": ({"admin"}, set()),
    "POST /publishing-rules/{code}/reinstatements": ({"admin"}, set()),
    "POST /publishing-rules/{code}/trials": ({"admin"}, set()),
    "POST /audits": ({"coordinator", "other_coordinator", "admin"}, set()),
    "GET /audits": (EVERYBODY, set()),
    "GET /findings": (READERS, set()),
    "GET /findings/export": (READERS, set()),
    "GET /findings/summary": (EVERYBODY, set()),
    "GET /guide-completeness": (EVERYBODY, set()),
    "GET /findings/{finding_id}": (READERS - HIDDEN, HIDDEN),
    "GET /findings/{finding_id}/steps": (READERS - HIDDEN, HIDDEN),
    "POST /findings/{finding_id}/acceptances": JUDGES,
    "POST /findings/{finding_id}/acceptance-ends": JUDGES,
    "GET /items/{item_id}/consistency": (EVERYBODY, set()),
    "POST /channel-copies": ({"partner", "publisher", "admin"}, set()),
}
REFUSED_BY_THEMSELVES = {("POST /channel-copies", "other_publisher"): 422}
OUT_OF_STEP = 409
"""Let in, and the finding is not in that state: as good as done for reach."""


def callers(house) -> dict:
    return {
        "anonymous": None,
        "citizen": house.person("citizen"),
        "publisher": publisher(house, 1),
        "other_publisher": publisher(house, 9, department=OTHER),
        "officer": house.staff("department_officer", department=DEPARTMENT),
        "coordinator": coordinator(house),
        "other_coordinator": coordinator(house, "445122"),
        "partner": house.person("partner", kind="partner", assurance=0),
        "auditor": house.staff("auditor"),
        "admin": admin(house),
    }


async def bodies(house, item_id: str) -> dict:
    rule = (await house.get(f"{BASE}/publishing-rules/hours")).json()
    kept = {
        name: rule[name] for name in rule if name not in {"code", "version", "kind", "changed_at"}
    }
    copy = {"item_id": item_id, "channel": "web", "materials": [], "conditions": []}
    return {
        "POST /publishing-rules": {**kept, "code": "new-rule", "reason": "新增"},
        "POST /publishing-rules/trials": {"expression": {"filled": "phone"}},
        "POST /publishing-rules/{code}/retirements": {"reason": "停用"},
        "POST /publishing-rules/{code}/reinstatements": {"reason": "恢复"},
        "PUT /publishing-rules/{code}": {**kept, "reason": "复核"},
        "POST /publishing-rules/{code}/trials": {},
        "POST /findings/{finding_id}/acceptances": {
            "reason": "地方规定",
            "basis": "某某条例",
            "until": "2026-12-31",
        },
        "POST /findings/{finding_id}/acceptance-ends": {"reason": "依据废止"},
        "POST /channel-copies": {"rows": [copy]},
    }


@pytest.mark.parametrize("route", ROUTES)
async def test_a_route_lets_in_whom_its_policy_names_and_nobody_else(house, route):
    item_id = await published(house, conditions=["提供需要的其他材料"])
    await audit(house)
    [found] = await findings(house, "rule=no-catch-all")
    given = (await bodies(house, item_id)).get(route)
    method, path = route.split(" ")
    path = BASE + path.format(code="hours", finding_id=found["id"], item_id=item_id)
    inside, hidden = ROUTES[route]
    for name, caller in callers(house).items():
        headers = house.headers(caller) | ({"If-Match": "*"} if method == "PUT" else {})
        answer = await house.client.request(method, path, json=given, headers=headers)
        status = answer.status_code
        if (route, name) in REFUSED_BY_THEMSELVES:
            assert status == REFUSED_BY_THEMSELVES[(route, name)], (name, answer.text)
        elif name in inside:
            assert status < 300 or status == OUT_OF_STEP, (name, answer.text)
        elif name in hidden:
            assert status == 404, (name, answer.text)
        else:
            assert status in {401, 403}, (name, answer.text)


def test_no_route_is_left_untried():
    own = {
        f"{method} {route.path.removeprefix(BASE)}"
        for route in api_routes(SERVICE)
        for method in route.methods
        if "audit" in route.tags
    }
    assert own == set(ROUTES)
