"""Process definitions and the common door of work orders, tried as each kind of caller."""

from uuid import uuid4

import pytest
from incident_stories import DEFINITIONS, DIVISION, LEAD, ORDERS, an_incident, drafted

DESKS = {"hotline_agent", "hotline_lead", "department_officer", "department_head", "coordinator"}
OFFICE = {*DESKS, "clerk", "reviewer", "auditor", "system_admin"}
ADMINS = {"system_admin"}
REASON = {"reason": "理由"}
DEFINITION = {"definition": an_incident(), **REASON}
MOVE = {"from_version": 1, "states": {}, **REASON}
OPEN = {"process": "nothing-such", "title": "树", "content": "树", "division": DIVISION}
ONE = f"{DEFINITIONS}/{{definition_id}}"
ROUTES = {
    ("GET", DEFINITIONS): (None, OFFICE),
    ("GET", f"{DEFINITIONS}/export"): (None, OFFICE),
    ("POST", DEFINITIONS): (DEFINITION, ADMINS),
    ("GET", ONE): (None, OFFICE),
    ("PUT", ONE): (DEFINITION, ADMINS),
    ("GET", f"{ONE}/steps"): (None, OFFICE),
    ("GET", f"{ONE}/picture.svg"): (None, OFFICE),
    ("POST", f"{ONE}/checks"): ({}, OFFICE),
    ("POST", f"{ONE}/simulations"): ({}, OFFICE),
    ("POST", f"{ONE}/activations"): (REASON, ADMINS),
    ("POST", f"{ONE}/retirements"): (REASON, ADMINS),
    ("POST", f"{ONE}/reactivations"): (REASON, ADMINS),
    ("POST", f"{ONE}/migrations"): (MOVE, ADMINS),
    ("POST", ORDERS): (OPEN, DESKS),
}
TRIED = set(ROUTES)
ROLES = sorted({*OFFICE, "citizen", "publisher", "ops"})


@pytest.mark.parametrize("route", ROUTES)
async def test_a_door_of_definitions_is_open_to_its_roles_and_to_nobody_else(house, route):
    (method, template), (body, roles) = route, ROUTES[route]
    draft = await drafted(house)
    path = template.format(definition_id=draft["id"])
    nobody = await house.client.request(method, path, json=body, headers=house.headers(None))
    assert nobody.status_code == 401
    for role in ROLES:
        kind = house.person if role == "citizen" else house.staff
        who = kind(role, department=LEAD, division=DIVISION)
        headers = {**house.headers(who), "Idempotency-Key": str(uuid4())}
        seen = await house.client.request(method, path, json=body, headers=headers)
        assert (seen.status_code == 403) == (role not in roles), (method, path, role)
