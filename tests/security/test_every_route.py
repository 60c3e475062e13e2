"""Every route of every service, tried as every kind of caller: who is not named in its policy gets no further."""

import re
import uuid

import pytest
from services import ALL

from chassis.service import api_routes, guard_of
from contracts.vocabulary import Role

EVERY_ROLE = [role.value for role in Role]
FILLED = {"number": "1", "code": "abcdefghijklmnopqrst", "lid": "1", "list_id": "1"}


def filled(path: str) -> str:
    """The path with something plausible in every place."""
    return re.sub(r"\{([a-z_]+)[^}]*\}", lambda m: FILLED.get(m[1], str(uuid.uuid4())), path)


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_who_is_not_named_gets_no_further(service, open_any):
    house = await open_any(service)
    wrong = []
    for route in api_routes(service):
        policy = guard_of(route).policy
        for method in route.methods:
            for role in EVERY_ROLE:
                status = await tried(house, method, route, house.person(role))
                let_in = policy.anyone is not None or role in policy.roles
                if let_in == (status == 403):
                    wrong.append(f"{role}: {method} {route.path} -> {status}")
            status = await tried(house, method, route, None)
            if policy.anyone is None and status != 401:
                wrong.append(f"anonymous: {method} {route.path} -> {status}")
            if status >= 500:
                wrong.append(f"anonymous: {method} {route.path} -> {status}")
    assert wrong == []


async def tried(house, method, route, who) -> int:
    options = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    response = await house.client.request(
        method, filled(route.path), headers=house.headers(who), **options
    )
    refused_for_itself = (
        response.status_code == 403 and response.json()["type"] != "/problems/forbidden"
    )
    return 422 if refused_for_itself else response.status_code


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_a_weak_sign_in_is_not_enough(service, open_any):
    house = await open_any(service)
    for route in api_routes(service):
        policy = guard_of(route).policy
        if policy.anyone is not None or policy.assurance < 1:
            continue
        role = sorted(policy.roles)[0]
        method = sorted(route.methods)[0]
        status = await house.client.request(
            method,
            filled(route.path),
            headers=house.headers(house.person(str(role), assurance=policy.assurance - 1)),
            **({"json": {}} if method in {"POST", "PUT"} else {}),
        )
        assert status.json()["type"] == "/problems/assurance-too-low", route.path


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
async def test_without_a_token_of_the_gateway_every_route_is_401(service, open_any):
    house = await open_any(service)
    foreign = house.keys.token("another-service", house.person("system_admin"))
    for route in api_routes(service):
        for method in route.methods:
            bare = await house.client.request(method, filled(route.path))
            spoofed = await house.client.request(
                method,
                filled(route.path),
                headers={"X-User": "root", "X_Auth_User": "root", "X-Roles": "system_admin"},
            )
            other = await house.client.request(
                method, filled(route.path), headers={"Authorization": f"Bearer {foreign}"}
            )
            assert [a.status_code for a in (bare, spoofed, other)] == [401] * 3, route.path
