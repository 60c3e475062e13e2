"""Two editors at once on what has a PUT, a step taken twice, and texts, days and numbers that no book holds."""

import asyncio
import json

import pytest
from powers_examples import effective, terms
from test_strangers import WHY, bodies, call, callers, cancellation, prepared

EDITED = {
    # route: who edits it
    "PUT /items/{item}/drafts/{number}": "publisher",
    "PUT /everyday-words/{word}": "admin",
    "PUT /power-adjustments/{adjustment}": "admin",
    "PUT /bundles/{bundle}/drafts/{number}": "publisher",
    "PUT /halls/{hall}": "manager",
    "PUT /halls/{hall}/windows/{window}": "manager",
    "PUT /service-points/{point}": "manager",
    "PUT /halls/{hall}/appointment-plans/{plan}": "manager",
}
SEEN_AT = {
    # where the version that an editor sees is shown
    "PUT /bundles/{bundle}/drafts/{number}": None,
    "PUT /halls/{hall}/appointment-plans/{plan}": None,
}
TWICE = {
    # route: (who, the second answer's status)
    "POST /items/{item}/drafts/{number}/submissions": ("publisher", 409),
    "POST /items/{item}/drafts/{number}/recalls": ("publisher", 409),
    "POST /everyday-words": ("admin", 409),
    "POST /everyday-words/{word}/removals": ("admin", 404),
    "POST /power-drafts/{power_draft}/publications": ("giver", 404),
    "POST /power-adjustments/{adjustment}/rejections": ("coordinator", 409),
    "POST /power-uptakes/{uptake}/endings": ("county_coordinator", 409),
    "POST /proofs/{proof}/changes/{change}/confirmations": ("second_publisher", 409),
    "POST /bundles/{bundle}/publications": ("second_publisher", 409),
    "POST /bundles/{bundle}/withdrawals": ("publisher", 409),
    "POST /appointments/{appointment}/cancellations": ("citizen", 409),
    "POST /halls/{hall}/windows": ("manager", 409),
    "POST /service-points": ("manager", 409),
}


async def sent(house, route: str, names: dict, body, caller, *, if_match=None):
    method, path = route.split(" ")
    headers = house.headers(caller) | ({"If-Match": if_match} if if_match else {})
    path = "/catalog/v1" + path.format(**names)
    return await house.client.request(method, path, json=body, headers=headers)


async def version_of(house, route: str, names: dict, caller) -> str:
    """The version in the books before the edit, from the list or the resource itself."""
    if route in SEEN_AT:
        return '"1"'
    answer = await house.get("/catalog/v1" + route.split(" ")[1].format(**names), as_=caller)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


async def test_of_two_editors_at_once_one_is_told_that_the_other_was_faster(house):
    names, known = await prepared(house), callers(house)
    given = bodies(house, names)
    await call(
        house, "POST /items/{item}/drafts/{number}/recalls", names, given, known["publisher"]
    )
    given["PUT /items/{item}/drafts/{number}"] = {"guide": (await draft_of(house, names))["guide"]}
    wrong = []
    for route, who in EDITED.items():
        seen = await version_of(house, route, names, known[who])
        both = await asyncio.gather(
            *(sent(house, route, names, given[route], known[who], if_match=seen) for _ in range(2))
        )
        without = await sent(house, route, names, given[route], known[who])
        found = (*sorted(one.status_code for one in both), without.status_code)
        if found != (200, 412, 428):
            wrong.append((route, found, [one.text[:200] for one in both]))
    assert not wrong, "\n".join(map(str, wrong))


async def draft_of(house, names: dict) -> dict:
    path = "/catalog/v1/items/{item}/drafts/{number}".format(**names)
    return (await house.get(path, as_=callers(house)["publisher"])).json()


@pytest.mark.parametrize("route", TWICE)
async def test_a_step_taken_twice_is_told_and_is_taken_once(house, route):
    names, known = await prepared(house), callers(house)
    given, (who, second) = bodies(house, names), TWICE[route]
    if route.endswith("submissions"):
        recall = route.replace("submissions", "recalls")
        await call(house, recall, names, given, known[who])
    statuses = []
    for _ in range(2):
        answer = await call(house, route, names, given, known[who])
        statuses.append(answer.status_code)
    assert statuses[0] < 300, statuses
    assert (statuses[1], answer.json()["type"] != "/problems/internal") == (second, True)


@pytest.mark.parametrize("text", ["空\x00字", "半\ud800个"])
async def test_text_that_no_book_holds_is_refused_by_name(house, text):
    names, known = await prepared(house), callers(house)
    given = bodies(house, names)
    routes = {**EDITED, **{route: who for route, (who, _) in TWICE.items()}}
    del routes["POST /items/{item}/drafts/{number}/submissions"]  # it has no body
    for route, who in routes.items():
        body = {**(given.get(route) or WHY), "reason": text}
        method, path = route.split(" ")
        headers = house.headers(known[who]) | {"Content-Type": "application/json", "If-Match": "*"}
        raw = json_of(body)
        answer = await house.client.request(
            method, "/catalog/v1" + path.format(**names), content=raw, headers=headers
        )
        assert answer.status_code == 422, (route, answer.text)


def json_of(body) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_days_at_the_ends_of_time_break_nothing(house, day):
    names, known = await prepared(house), callers(house)
    given = bodies(house, names)
    moment = f"{day}T10:00:00+08:00" if day[0] == "9" else f"{day}T20:00:00+08:00"
    window = given["POST /halls/{hall}/windows"]
    plan = given["POST /halls/{hall}/appointment-plans"]
    tried = [
        ("PUT /halls/{hall}/days/{day}", "manager", given["PUT /halls/{hall}/days/{day}"]),
        ("POST /halls/{hall}/windows", "manager", {**window, "opened_on": day}),
        ("PUT /halls/{hall}/windows/{window}", "manager", {**window, "closed_on": day}),
        (
            "POST /halls/{hall}/windows/{window}/intakes",
            "manager",
            {"add": [{"what": "theme", "value": "x"}], "day": day, **WHY},
        ),
        ("POST /halls/{hall}/appointment-plans", "manager", {**plan, "from_day": day}),
        (
            "POST /appointments/{appointment}/moves",
            "citizen",
            {"starts_at": moment},
        ),
        (
            "POST /proofs/{proof}/reinstatements",
            "publisher",
            {"effective_from": day, "document": "法", **WHY},
        ),
        (
            "POST /proofs/{proof}/cancellations",
            "publisher",
            {**cancellation(), "effective_from": day},
        ),
        (
            "PUT /power-adjustments/{adjustment}",
            "giver",
            {"terms": terms(house, trigger_on=day), "effective_at": effective(house, 60), **WHY},
        ),
        (
            "PUT /power-adjustments/{adjustment}",
            "giver",
            {"terms": terms(house), "effective_at": moment, **WHY},
        ),
        (
            "POST /power-adjustments",
            "giver",
            {**given["POST /power-adjustments"], "terms": terms(house, trigger_on=day)},
        ),
        ("POST /powers", "admin", {**given["POST /powers"], "since": day}),
        ("POST /power-uptakes/{uptake}/endings", "admin", {"ended_on": day, **WHY}),
    ]
    broken = []
    for route, who, body in tried:
        answer = await sent(
            house, route, {**names, "day": day}, body, known[who],
            if_match="*" if route.startswith("PUT") else None,
        )  # fmt: skip
        if answer.status_code >= 500:
            broken.append((route, day, answer.text[:200]))
        again = await house.get(
            "/catalog/v1/halls/{hall}/days".format(**names), params={"from": day}
        )
        assert again.status_code < 500
    assert not broken, "\n".join(map(str, broken))
