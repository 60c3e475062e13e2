"""Every route of channels, handling elsewhere, policies for enterprises and supervision: who is let in, and who is not."""

import pytest
from catalog_examples import DEPARTMENT, published, publisher
from test_cross_region import agreement
from test_enterprise_policies import WHOLE, policy
from test_supervision import row

from catalog.service import SERVICE
from chassis.service import api_routes

ROOT = "/catalog/v1"
TOPICS = {"channels", "cross-region", "enterprise policies", "supervision"}
OTHER = "11445103MB2X00020M"
EVERYBODY = {
    "anonymous", "citizen", "enterprise", "publisher", "second_publisher", "other_publisher",
    "officer", "partner", "admin", "auditor",
}  # fmt: skip
PUBLISHERS = {"publisher", "second_publisher"}
LIVE = "POST /channels/{channel}/live-items"

SHUT = {
    # route: (who is let in, who is answered as if it were not there); everybody else is turned away
    "POST /channels": ({"admin"}, set()),
    "PUT /channels/{channel}": ({"admin"}, set()),
    LIVE: ({"admin", "partner", "publisher", "second_publisher"}, set()),
    "POST /channels/{channel}/figures": ({"admin", "partner"}, set()),
    "GET /channels/{channel}/figures/reports": (
        {"admin", "partner", "auditor", "publisher", "second_publisher", "other_publisher"},
        set(),
    ),
    "POST /agreements": ({"admin"}, set()),
    "PUT /agreements/{agreement}": ({"admin"}, set()),
    "GET /enterprise-policies/own": (PUBLISHERS | {"other_publisher"}, set()),
    "POST /enterprise-policies": (PUBLISHERS, set()),
    "GET /enterprise-policies/{policy}/drafts": (PUBLISHERS | {"other_publisher"}, set()),
    "POST /enterprise-policies/{policy}/drafts": (PUBLISHERS, {"other_publisher"}),
    "GET /enterprise-policies/{policy}/drafts/{number}": (PUBLISHERS, {"other_publisher"}),
    "PUT /enterprise-policies/{policy}/drafts/{number}": (PUBLISHERS, {"other_publisher"}),
    "POST /enterprise-policies/{policy}/drafts/{number}/discards": (
        PUBLISHERS,
        {"other_publisher"},
    ),
    "POST /enterprise-policies/{policy}/publications": (
        {"second_publisher"},
        {"other_publisher"},
    ),
    "POST /enterprise-policies/{policy}/withdrawals": (PUBLISHERS, {"other_publisher"}),
    "POST /enterprise-policies/{policy}/budgets": (PUBLISHERS, {"other_publisher"}),
    "GET /enterprise-profiles/own": ({"enterprise"}, set()),
    "PUT /enterprise-profiles/own": ({"enterprise"}, set()),
    "POST /enterprise-profiles/own/removals": ({"enterprise"}, set()),
    "GET /enterprise-matches/own": ({"enterprise"}, set()),
    "POST /supervision-items": ({"admin", "officer", "publisher", "second_publisher"}, set()),
    "POST /supervision-items/{supervision}/removals": (
        {"admin", "officer", "publisher", "second_publisher"},
        set(),
    ),
    "POST /supervision-reports": ({"admin", "officer", "publisher", "second_publisher"}, set()),
}
REFUSED_BY_THEMSELVES = {
    (LIVE, "other_publisher"): 422,  # the item of another department
    ("POST /supervision-reports", "other_publisher"): 422,
}


def callers(house) -> dict:
    return {
        "anonymous": None,
        "citizen": house.person("citizen"),
        "enterprise": house.person(
            "enterprise_agent", subject="019b0000-0000-7000-8000-000000000001"
        ),
        "publisher": publisher(house, 1),
        "second_publisher": publisher(house, 2),
        "other_publisher": publisher(house, 9, department=OTHER),
        "officer": house.staff("department_officer", department=DEPARTMENT),
        "partner": house.person("partner", kind="partner", scope="channel:i-chaozhou"),
        "admin": house.staff("system_admin"),
        "auditor": house.staff("auditor"),
    }


def supervised() -> dict:
    return row(1) | {"code": "JG-1", "department": DEPARTMENT}


def bodies(names: dict) -> dict:
    channel = {"name": "新", "kind": "app", "operator": "市", "reason": "登记"}
    changed = {k: v for k, v in agreement().items() if k != "code"}
    why = {"reason": "说明"}
    return {
        "POST /channels": {"code": "new-app", **channel},
        "PUT /channels/{channel}": channel,
        LIVE: {"rows": [{"item_id": names["item"]}]},
        "POST /channels/{channel}/figures": {"day": "2026-03-01", "users": 1},
        "POST /agreements": agreement(code="NEW", document="新文号"),
        "PUT /agreements/{agreement}": changed,
        "POST /enterprise-policies": {"policy": policy(code="NEW")},
        "POST /enterprise-policies/{policy}/drafts": {"policy": policy()},
        "PUT /enterprise-policies/{policy}/drafts/{number}": {"policy": policy()},
        "POST /enterprise-policies/{policy}/publications": {"number": 2},
        "POST /enterprise-policies/{policy}/drafts/{number}/discards": why,
        "POST /enterprise-policies/{policy}/withdrawals": why,
        "POST /enterprise-policies/{policy}/budgets": {"is_exhausted": True, **why},
        "POST /enterprise-policies/matches": {"profile": WHOLE},
        "PUT /enterprise-profiles/own": WHOLE,
        "POST /enterprise-profiles/own/removals": why,
        "POST /supervision-items": {"rows": [supervised()]},
        "POST /supervision-items/{supervision}/removals": why,
        "POST /supervision-reports": {
            "month": "2026-02",
            "rows": [{"item_code": "JG-1", "behaviours": 1}],
        },
    }


async def prepared(house) -> dict:
    """One of everything, and what it is called in paths."""
    who = callers(house)
    item = await published(house)
    live = {"rows": [{"item_id": item}]}
    await house.post(f"{ROOT}/channels/i-chaozhou/live-items", live, as_=who["admin"])
    (live_row,) = (await house.get(f"{ROOT}/channels/i-chaozhou/live-items")).json()["results"]
    signed = await house.post(f"{ROOT}/agreements", agreement(), as_=who["admin"])
    path = f"{ROOT}/enterprise-policies"
    draft = (await house.post(path, {"policy": policy()}, as_=who["publisher"])).json()
    policy_id = draft["policy_id"]
    await house.post(f"{path}/{policy_id}/publications", {"number": 1}, as_=who["second_publisher"])
    await house.post(f"{path}/{policy_id}/drafts", {"policy": policy()}, as_=who["publisher"])
    headers = house.headers(who["enterprise"])
    await house.client.put(f"{ROOT}/enterprise-profiles/own", json=WHOLE, headers=headers)
    await house.post(f"{ROOT}/supervision-items", {"rows": [supervised()]}, as_=who["admin"])
    (watched,) = (await house.get(f"{ROOT}/supervision-items")).json()["results"]
    sent = {"month": "2026-01", "rows": [{"item_code": "JG-1", "behaviours": 1}]}
    report = await house.post(f"{ROOT}/supervision-reports", sent, as_=who["admin"])
    return {
        "item": item,
        "channel": "i-chaozhou",
        "live": live_row["id"],
        "division": "445102",
        "agreement": signed.json()["id"],
        "policy": policy_id,
        "number": 2,
        "supervision": watched["id"],
        "report": report.json()["report"]["id"],
    }


async def call(house, route: str, names: dict, as_) -> int:
    method, path = route.split(" ")
    headers = house.headers(as_) | ({"If-Match": "*"} if method == "PUT" else {})
    options = {} if method == "GET" else {"json": bodies(names)[route]}
    answer = await house.client.request(
        method, ROOT + path.format(**names), headers=headers, **options
    )
    return answer.status_code


@pytest.mark.parametrize("route", SHUT)
async def test_a_route_opens_for_those_within_its_reach_and_for_nobody_else(house, route):
    names, known = await prepared(house), callers(house)
    inside, unseen = SHUT[route]
    for name in sorted(EVERYBODY - inside):
        wanted = 404 if name in unseen else 401 if name == "anonymous" else 403
        wanted = REFUSED_BY_THEMSELVES.get((route, name), wanted)
        assert await call(house, route, names, known[name]) == wanted, name
    # A step that ends something is taken once.
    for name in sorted(inside)[:1]:
        assert await call(house, route, names, known[name]) in {200, 201, 204}, name


PLACES = {
    "code": "channel",
    "live_id": "live",
    "agreement_id": "agreement",
    "policy_id": "policy",
    "item_id": "supervision",
    "report_id": "report",
}


def routes() -> set[str]:
    """Every route of the four topics, with the names that are used here."""
    found = set()
    for route in api_routes(SERVICE):
        if not TOPICS & set(route.tags):
            continue
        path = route.path.removeprefix(ROOT)
        for theirs, ours in PLACES.items():
            path = path.replace(f"{{{theirs}}}", f"{{{ours}}}")
        found |= {f"{method} {path}" for method in route.methods}
    return found


async def test_what_is_not_shut_is_open_to_everybody(house):
    names, known = await prepared(house), callers(house)
    assert set(SHUT) <= routes()
    for route in sorted(routes() - set(SHUT)):
        for name in ("anonymous", "citizen", "enterprise", "other_publisher", "partner"):
            assert await call(house, route, names, known[name]) == 200, (route, name)
