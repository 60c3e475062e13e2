"""Open311's doors, tried as each kind of caller: open to anyone, but for what an administrator keeps."""

from uuid import uuid4

from reach_stories import ROLES, inside, status

API = "/workorder/open311/v2"
DISCOVERY = "/workorder/open311/discovery.{format}"
OPEN = (
    "/discovery.{format}",
    "/services.{format}",
    "/services/{code}.{format}",
    "/requests.{format}",
    "/requests/{number}.{format}",
    "/tokens/{token}.{format}",
    "/servicerequestupdates.{format}",
)
WRITES = ("/requests.{format}", "/servicerequestupdates.{format}")
CLIENTS, SERVICES = "/workorder/v1/open311-clients", "/workorder/v1/open311-services"
TRIED = (
    {("GET", API + path) for path in OPEN}
    | {("GET", DISCOVERY)}
    | {("POST", API + path) for path in WRITES}
    | {("GET", CLIENTS), ("POST", CLIENTS), ("PUT", CLIENTS + "/{client_id}")}
    | {("GET", SERVICES), ("PUT", SERVICES + "/{code}")}
)
SERVICE = {"name": "试", "type": "help", "reason": "试"}


async def test_reading_is_open_and_writing_needs_a_key_or_a_person(house):
    anyone = house.headers(None)
    for path in OPEN:
        filled = path.format(format="json", code="pothole", number="RX-1", token=str(uuid4()))
        assert (await house.client.get(API + filled, headers=anyone)).status_code in {200, 404}
    assert (await house.client.get(DISCOVERY.format(format="xml"), headers=anyone)).is_success
    for path in WRITES:
        answer = await house.client.post(
            API + path.format(format="json"),
            content="description=x",
            headers={**anyone, "content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 403


async def test_services_and_clients_are_the_administrators(house):
    client = f"{CLIENTS}/{uuid4()}"
    change = {"is_enabled": False, "reason": "试"}
    for role in [*ROLES, "system_admin"]:
        who = inside(house, role)
        for path in (CLIENTS, SERVICES):
            found = await status(house, "GET", path, None, who)
            assert found == (200 if role in {"system_admin", "auditor"} else 403), role
        for method, path, body in (
            ("POST", CLIENTS, {"name": "试", "division": "445102"}),
            ("PUT", client, change),
            ("PUT", f"{SERVICES}/tried", SERVICE),
        ):
            found = await status(house, method, path, body, who)
            assert (found == 403) == (role != "system_admin"), (method, path, role)
    assert await status(house, "GET", CLIENTS, None, None) == 401
