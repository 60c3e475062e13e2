"""Every route, as somebody inside its reach and as somebody outside it."""

import re

import pytest
from catalog_examples import DEPARTMENT, drafted, guide, published, publisher, put
from test_strangers import HIDDEN, OPEN, SHUT

from catalog.service import SERVICE
from chassis.service import api_routes

ROOT = "/catalog/v1"
EVERYBODY = {"anonymous", "citizen", "publisher", "other_publisher", "admin"}
PUBLISHERS = ({"second_publisher"}, {"other_publisher"}, {"anonymous", "citizen", "admin"})
ADMINISTRATORS = ({"admin"}, set(), {"anonymous", "citizen", "publisher"})
IMPORTERS = ({"publisher", "admin"}, set(), {"anonymous", "citizen"})

ROUTES = {
    # route: (who is let in, who is answered as if it were not there, who is turned away)
    "GET /items": (EVERYBODY, set(), set()),
    "GET /items/export": (EVERYBODY, set(), set()),
    "GET /items/{item_id}": (EVERYBODY, set(), set()),
    "GET /items/{item_id}/versions": (EVERYBODY, set(), set()),
    "GET /items/{item_id}/steps": (EVERYBODY, set(), set()),
    "POST /items/{item_id}/material-lists": (EVERYBODY, set(), set()),
    "POST /items": (
        {"publisher"},
        set(),
        {"anonymous", "citizen", "admin", "other_publisher"},
    ),
    "GET /items/{item_id}/drafts": (
        {"publisher", "other_publisher"},
        set(),
        {"anonymous", "citizen", "admin"},
    ),
    "POST /items/{item_id}/drafts": PUBLISHERS,
    "GET /items/{item_id}/drafts/{number}": PUBLISHERS,
    "PUT /items/{item_id}/drafts/{number}": PUBLISHERS,
    "POST /items/{item_id}/publications": PUBLISHERS,
    "POST /items/{item_id}/withdrawals": PUBLISHERS,
    "POST /imports": IMPORTERS,
    "GET /divisions": (EVERYBODY, set(), set()),
    "GET /departments": (EVERYBODY, set(), set()),
    "GET /halls": (EVERYBODY, set(), set()),
    "GET /halls/{code}": (EVERYBODY, set(), set()),
    "POST /divisions": ADMINISTRATORS,
    "POST /departments": ADMINISTRATORS,
    "POST /halls": ADMINISTRATORS,
}
TRIED_ELSEWHERE = {
    "audit",
    "channel figures",
    "channels",
    "cross-region",
    "enterprise policies",
    "supervision",
}
"""Tags of routes that have a table of their own: test_reach_channels.py, test_reach_audit.py, test_channel_backfill.py."""

BODIES = {
    "POST /items": {"guide": guide(item_code="NEW-1")},
    "POST /items/{item_id}/drafts": {"guide": guide()},
    "PUT /items/{item_id}/drafts/{number}": {"guide": guide()},
    "POST /items/{item_id}/publications": {"number": 2},
    "POST /items/{item_id}/withdrawals": {"reason": "停办"},
    "POST /items/{item_id}/material-lists": {"answers": {}},
    "POST /divisions": {"rows": [{"code": "445100", "name": "潮州市", "level": "city"}]},
    "POST /departments": {"rows": [{"code": DEPARTMENT, "name": "局", "division": "445102"}]},
    "POST /halls": {
        "rows": [{"code": "H1", "name": "厅", "division": "445102", "address": "路 1 号"}]
    },
}


def callers(house) -> dict:
    return {
        "anonymous": None,
        "citizen": house.person("citizen"),
        "publisher": publisher(house, 1),
        "second_publisher": publisher(house, 2),
        "other_publisher": publisher(house, 9, department="11445103MB2X00020M"),
        "admin": house.staff("system_admin"),
    }


async def call(house, route: str, item_id: str, as_) -> int:
    method, path = route.split(" ")
    path = ROOT + path.format(item_id=item_id, number=2, code="H1")
    if route == "POST /imports":
        files = {"file": ("items.csv", "事项名称\n户口\n".encode())}
        return (await house.post(path, files=files, as_=as_)).status_code
    if method == "PUT":
        return (await put(house, path, BODIES[route], as_=as_, if_match="*")).status_code
    if method == "POST":
        return (await house.post(path, BODIES[route], as_=as_)).status_code
    return (await house.get(path, as_=as_)).status_code


async def prepared(house) -> str:
    """An item in force with a draft beside it, and a hall."""
    item_id = await published(house)
    await house.post(f"{ROOT}/items/{item_id}/drafts", {"guide": guide()}, as_=publisher(house, 1))
    await house.post(f"{ROOT}/halls", BODIES["POST /halls"], as_=house.staff("system_admin"))
    return item_id


@pytest.mark.parametrize("route", ROUTES)
async def test_a_route_opens_for_those_within_its_reach_and_for_nobody_else(house, route):
    item_id = await prepared(house)
    inside, unseen, outside = ROUTES[route]
    known = callers(house)
    for name in sorted(outside):
        status = await call(house, route, item_id, known[name])
        assert status == (401 if name == "anonymous" else 403), (name, status)
    for name in sorted(unseen):
        assert await call(house, route, item_id, known[name]) == 404, name
    for name in sorted(inside):
        status = await call(house, route, item_id, known[name])
        assert status in {200, 201, 202}, (name, status)


async def test_drafts_of_another_department_are_an_empty_list(house):
    item_id = await prepared(house)
    path = f"{ROOT}/items/{item_id}/drafts"
    own = (await house.get(path, as_=publisher(house, 1))).json()["results"]
    other = (await house.get(path, as_=callers(house)["other_publisher"])).json()["results"]
    assert ([draft["number"] for draft in own], other) == ([2], [])


async def test_what_was_never_published_is_nowhere_for_the_public(house):
    draft = await drafted(house, name="秘密草稿")
    for path in ("", "/versions", "/steps"):
        answer = await house.get(f"{ROOT}/items/{draft['item_id']}{path}")
        assert answer.status_code == 404, path
    assert (await house.get(f"{ROOT}/items?q=秘密草稿")).json()["results"] == []
    assert (await house.get(f"{ROOT}/items/export")).text == ""
    answer = await house.post(f"{ROOT}/items/{draft['item_id']}/material-lists", {"answers": {}})
    assert answer.status_code == 404


def test_the_tables_name_every_route_of_the_service():
    own = {
        _plain(f"{method} {route.path.removeprefix(ROOT)}")
        for route in api_routes(SERVICE)
        for method in route.methods
        if not route.path.startswith((f"{ROOT}/jobs", f"{ROOT}/indicators", f"{ROOT}/rules"))
        and not TRIED_ELSEWHERE & set(route.tags)
    }
    tried = [_plain(route) for route in (*ROUTES, *SHUT, *OPEN, *HIDDEN)]
    assert (own - set(tried), set(tried) - own) == (set(), set())
    assert len(tried) == len(set(tried))


def _plain(route: str) -> str:
    """Without the names that a table gives to places in the path."""
    return re.sub(r"{[^}]*}", "{}", route)
