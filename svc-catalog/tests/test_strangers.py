"""Every shut route of powers, proofs, bundles, halls, appointments, files and words: who is let in, and who is not.

A stranger is somebody of the right role from another department, hall, division or person: such a caller is answered
as if it were not there, or turned away, sees nothing, and changes nothing.
"""

from bundle_examples import two_items
from catalog_examples import guide, published, publisher, register_basic_item
from hall_examples import HALL, a_hall, a_window
from powers_examples import (
    COUNTY,
    POWER_CODE,
    RECEIVER,
    city_item,
    county,
    effective,
    giver,
    power,
    proposed,
    terms,
)
from powers_examples import listed as powers_listed
from test_appointments import TEN, a_plan, book, citizen
from test_proofs import proof

ROOT = "/catalog/v1"
OTHER = "11445103MB2X00020M"
WHY = {"reason": "说明"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

HALL_STAFF = ({"manager", "admin"}, {"other_manager": 404})
POINT_STAFF = ({"manager", "admin", "clerk"}, {"other_manager": 404, "other_clerk": 404})
ADMIN = ({"admin"}, {})
READS_WORDS = (
    {"admin", "publisher", "second_publisher", "other_publisher", "giver", "receiver"},
    {},
)
OWNER = ({"citizen"}, {"other_citizen": 404, "enterprise": 404})
OWN_PROOF = ({"publisher", "second_publisher", "admin"}, {})
STRANGE_PUBLISHERS = {"other_publisher": 404, "giver": 404, "receiver": 404}
OWN_BUNDLE = ({"publisher", "second_publisher"}, STRANGE_PUBLISHERS)
PARTIES = {"giver", "receiver", "receiver_head", "lawyer", "coordinator", "county_coordinator"}
NO_PARTY = {"publisher": 404, "second_publisher": 404, "other_publisher": 404}
NO_GOVERNMENT = {"other_coordinator": 404}
READS_ADJUSTMENT = (PARTIES | {"admin"}, NO_PARTY | NO_GOVERNMENT)
OWN_LIST = {"publisher", "second_publisher"}
EMPTY = 0
"""Let in, to a list with nothing on it."""
SEES_NOTHING = dict.fromkeys(STRANGE_PUBLISHERS, EMPTY)

SHUT = {
    # route: (who is let in, what strangers are answered); everybody else is turned away by 401 or 403
    "GET /drafts": (OWN_LIST, SEES_NOTHING),
    "POST /items/{item}/drafts/{number}/submissions": (OWN_LIST, STRANGE_PUBLISHERS),
    "POST /items/{item}/drafts/{number}/checks": ({"second_publisher"}, STRANGE_PUBLISHERS),
    "POST /items/{item}/drafts/{number}/recalls": (OWN_LIST, STRANGE_PUBLISHERS),
    "POST /items/{item}/drafts/{number}/discards": (OWN_LIST, STRANGE_PUBLISHERS),
    "GET /items/{item}/drafts/{number}/differences": (OWN_LIST, STRANGE_PUBLISHERS),
    "GET /imports/{job}/refused-rows": (
        {"publisher"},
        {**STRANGE_PUBLISHERS, "second_publisher": 404, "admin": 404},
    ),
    "POST /basic-items": ADMIN,
    "POST /files": (OWN_LIST | set(STRANGE_PUBLISHERS), {}),
    "GET /files": (OWN_LIST, SEES_NOTHING),
    "GET /files/{file}/preview": (OWN_LIST, STRANGE_PUBLISHERS),
    "GET /files/{file}/steps": (OWN_LIST, STRANGE_PUBLISHERS),
    "POST /files/{file}/withdrawals": (OWN_LIST, STRANGE_PUBLISHERS),
    "POST /files/{file}/reinstatements": (OWN_LIST, STRANGE_PUBLISHERS),
    "POST /themes": ADMIN,
    "POST /themes/imports": ADMIN,
    "GET /everyday-words": READS_WORDS,
    "GET /everyday-words/{word}": READS_WORDS,
    "GET /everyday-words/{word}/steps": READS_WORDS,
    "POST /everyday-words": ADMIN,
    "PUT /everyday-words/{word}": ADMIN,
    "POST /everyday-words/{word}/removals": ADMIN,
    "GET /search-misses": READS_WORDS,
    "POST /power-types": ADMIN,
    "POST /powers": (
        {"admin", "giver"},
        dict.fromkeys([*OWN_LIST, "other_publisher", "receiver"], 422),
    ),
    "GET /power-drafts": (
        {"giver"},
        dict.fromkeys([*OWN_LIST, "other_publisher", "receiver"], EMPTY),
    ),
    "GET /power-drafts/{power_draft}": ({"giver"}, {**NO_PARTY, "receiver": 404}),
    "POST /power-drafts/{power_draft}/publications": (
        {"giver"},
        {**NO_PARTY, "receiver": 404},
    ),
    "POST /power-adjustments": ({"giver", "admin"}, {}),
    "GET /power-adjustments": (
        PARTIES | {"admin"},
        dict.fromkeys([*OWN_LIST, "other_publisher", "other_coordinator"], EMPTY),
    ),
    "GET /power-adjustments/export": (
        PARTIES | {"admin"},
        dict.fromkeys([*OWN_LIST, "other_publisher", "other_coordinator"], EMPTY),
    ),
    "GET /power-adjustments/{adjustment}": READS_ADJUSTMENT,
    "GET /power-adjustments/{adjustment}/steps": READS_ADJUSTMENT,
    "GET /power-adjustments/{adjustment}/guides": READS_ADJUSTMENT,
    "PUT /power-adjustments/{adjustment}": ({"giver", "admin"}, NO_PARTY),
    "POST /power-adjustments/{adjustment}/guides": ({"receiver"}, NO_PARTY),
    "POST /power-adjustments/{adjustment}/opinions": ({"receiver", "receiver_head"}, NO_PARTY),
    "POST /power-adjustments/{adjustment}/legal-review-requests": ({"giver", "admin"}, NO_PARTY),
    "POST /power-adjustments/{adjustment}/legal-reviews": ({"lawyer"}, {}),
    "POST /power-adjustments/{adjustment}/approvals": ({"coordinator", "admin"}, NO_GOVERNMENT),
    "POST /power-adjustments/{adjustment}/rejections": ({"coordinator", "admin"}, NO_GOVERNMENT),
    "POST /power-adjustments/{adjustment}/publications": (
        {"giver", "coordinator", "admin"},
        NO_PARTY | NO_GOVERNMENT,
    ),
    "POST /power-adjustments/{adjustment}/withdrawals": (
        {"giver", "coordinator", "admin"},
        NO_PARTY | NO_GOVERNMENT,
    ),
    "POST /movable-powers": ADMIN,
    "POST /movable-powers/{movable}/uptakes": ({"county_coordinator", "admin"}, {}),
    "POST /power-uptakes/{uptake}/endings": (
        {"county_coordinator", "admin"},
        {"coordinator": 404, "other_coordinator": 404},
    ),
    "POST /proofs": OWN_PROOF,
    "GET /proof-changes": ({*OWN_LIST, "admin"}, SEES_NOTHING),
    "POST /proofs/{proof}/cancellations": OWN_PROOF,
    "POST /proofs/{proof}/reinstatements": OWN_PROOF,
    "POST /proofs/{proof}/changes/{change}/confirmations": ({"second_publisher", "admin"}, {}),
    "POST /proofs/{proof}/changes/{change}/returns": OWN_PROOF,
    "POST /proofs/{proof}/changes/{change}/revocations": OWN_PROOF,
    "POST /bundles": (OWN_LIST, {}),
    "GET /bundle-drafts": (OWN_LIST, SEES_NOTHING),
    "GET /bundles/{bundle}/drafts/{number}": OWN_BUNDLE,
    "POST /bundles/{bundle}/publications": ({"second_publisher"}, STRANGE_PUBLISHERS),
    "POST /bundles/{bundle}/drafts": OWN_BUNDLE,
    "PUT /bundles/{bundle}/drafts/{number}": OWN_BUNDLE,
    "POST /bundles/{bundle}/drafts/{number}/discards": OWN_BUNDLE,
    "POST /bundles/{bundle}/withdrawals": OWN_BUNDLE,
    "PUT /halls/{hall}": HALL_STAFF,
    "PUT /halls/{hall}/days/{day}": HALL_STAFF,
    "DELETE /halls/{hall}/days/{day}": HALL_STAFF,
    "POST /halls/{hall}/windows": HALL_STAFF,
    "PUT /halls/{hall}/windows/{window}": HALL_STAFF,
    "POST /halls/{hall}/windows/{window}/intakes": HALL_STAFF,
    "POST /service-points": HALL_STAFF,
    "PUT /service-points/{point}": HALL_STAFF,
    "POST /service-points/{point}/reports": POINT_STAFF,
    "POST /service-points/{point}/intakes": HALL_STAFF,
    "POST /halls/{hall}/appointment-plans": HALL_STAFF,
    "PUT /halls/{hall}/appointment-plans/{plan}": HALL_STAFF,
    "POST /appointments": ({"citizen", "other_citizen", "enterprise"}, {}),
    "GET /appointments": ({"citizen"}, {"other_citizen": EMPTY, "enterprise": EMPTY}),
    "GET /appointments/{appointment}": OWNER,
    "GET /appointments/{appointment}/steps": OWNER,
    "POST /appointments/{appointment}/moves": OWNER,
    "POST /appointments/{appointment}/cancellations": OWNER,
    "GET /halls/{hall}/appointments": (
        {"clerk", "manager"},
        {"other_clerk": EMPTY, "other_manager": EMPTY},
    ),
    "POST /halls/{hall}/appointments/{appointment}/check-ins": (
        {"clerk", "manager"},
        {"other_clerk": 404, "other_manager": 404},
    ),
}
TOO_LATE = {"POST /power-adjustments/{adjustment}/withdrawals": {"giver"}}
"""Once it is approved, it is its government's to withdraw: test_adjustments.py tries the rest."""
OPEN = {
    "GET /basic-items", "GET /basic-items/export", "GET /basic-items/{basic}",
    "GET /files/{file}/items", "GET /themes", "GET /themes/export", "GET /themes/{theme}/steps",
    "GET /basic-items/{basic}/steps", "GET /imports/template", "GET /items/{item}/differences",
    "GET /power-types", "GET /powers", "GET /powers/export", "GET /powers/{power}",
    "GET /powers/{power}/versions/{first}", "GET /powers/{power}/history",
    "GET /delegated-powers", "GET /delegated-powers/export", "GET /items/{item}/moves",
    "GET /power-notices", "GET /movable-powers", "GET /movable-powers/export",
    "GET /power-uptakes", "GET /power-uptakes/counts", "GET /power-uptakes/{uptake}/steps",
    "GET /proofs", "GET /proofs/export", "GET /proofs/{proof}", "GET /proofs/{proof}/steps",
    "GET /proofs/{proof}/changes", "GET /proofs/{proof}/asked-by", "GET /exemptions",
    "GET /items/{item}/exemptions", "GET /halls/window-differences",
    "GET /halls/window-differences/export", "GET /halls/one-window-items",
    "GET /halls/one-window-departments", "GET /halls/{hall}/steps", "GET /halls/{hall}/days",
    "GET /halls/{hall}/windows", "GET /halls/{hall}/windows/{window}",
    "GET /halls/{hall}/windows/{window}/steps", "GET /halls/{hall}/windows/{window}/intakes",
    "GET /halls/{hall}/items", "GET /halls/{hall}/items/export", "GET /kiosks",
    "GET /kiosks/coverage", "GET /kiosks/coverage/export", "GET /service-points",
    "GET /service-points/export", "GET /service-points/{point}",
    "GET /service-points/{point}/steps", "GET /service-points/{point}/intakes",
    "GET /service-points/{point}/items", "GET /items/{item}/places",
    "GET /halls/{hall}/appointment-plans", "GET /halls/{hall}/appointment-plans/{plan}/slots",
    "GET /appointment-days", "GET /bundles", "GET /bundles/export", "GET /bundles/{bundle}",
    "GET /bundles/{bundle}/versions", "GET /bundles/{bundle}/steps",
    "GET /bundles/{bundle}/reviews", "POST /bundles/{bundle}/material-lists",
}  # fmt: skip
HIDDEN = {"GET /power-notices/{adjustment}", "GET /files/{file}"}
"""Open, and there is nothing there until a publication: an adjustment proposed, a file that no guide names."""
SECRETS = ("秘密草稿", "王小敏", "13800138000", "019a0000-0000-7000-8000-0000000000")
"""Of a draft, of an appointment, and who did what."""
QUERIES = {"slots": {"day": "2026-03-03"}, "differences": {"from": 1, "to": 1}}
LAST = ("withdrawals", "rejections", "removals", "cancellations", "DELETE")
"""What ends a thing is tried after everything else."""


def callers(house) -> dict:
    return {
        "anonymous": None,
        "citizen": citizen(house, 1),
        "other_citizen": citizen(house, 2),
        "enterprise": house.person("enterprise_agent"),
        "publisher": publisher(house, 1),
        "second_publisher": publisher(house, 2),
        "other_publisher": publisher(house, 9, department=OTHER),
        "giver": giver(house, 11),
        "receiver": publisher(house, 5, department=RECEIVER),
        "receiver_head": house.staff("department_head", department=RECEIVER),
        "lawyer": house.staff("legal_reviewer"),
        "coordinator": house.staff("coordinator", division="445100"),
        "county_coordinator": house.staff("coordinator", division=COUNTY),
        "other_coordinator": house.staff("coordinator", division="445200"),
        "manager": house.staff("hall_manager", place=HALL),
        "other_manager": house.staff("hall_manager", place="CA-1"),
        "clerk": house.staff("clerk", place=HALL),
        "other_clerk": house.staff("clerk", place="CA-1"),
        "partner": house.person("partner", kind="partner"),
        "admin": house.staff("system_admin"),
    }


async def made(house, path: str, body=None, *, as_, **options) -> dict:
    answer = await house.post(f"{ROOT}{path}", body, as_=as_, **options)
    assert answer.is_success, (path, answer.text)
    return answer.json()


async def _of_items(house) -> dict:
    item = await published(house)
    own, admin = publisher(house, 1), house.staff("system_admin")
    await made(house, f"/items/{item}/drafts", {"guide": guide(name="秘密草稿")}, as_=own)
    await made(house, f"/items/{item}/drafts/2/submissions", {}, as_=own)
    job = await made(house, "/imports", as_=own, files={"file": ("a.csv", "事项名称\n户".encode())})
    await house.run_jobs()
    file = await made(house, "/files", as_=own, files={"file": ("样表.pdf", PDF)})
    word = {"everyday": "粿条档", "official": ["食品经营许可"], **WHY}
    await made(house, "/everyday-words", word, as_=admin)
    await register_basic_item(house)
    return {"item": item, "job": job["id"], "file": file["id"], "word": "粿条档", "number": "2"}


async def _of_powers(house) -> dict:
    item = await city_item(house)
    (power_id,) = await powers_listed(house, power(item_ids=[item]))
    draft = {"rows": [power(code="440118009009")], **WHY}
    admin = house.staff("system_admin")
    entry = {
        "serial": 1,
        "code": POWER_CODE,
        "name": "食品经营许可",
        "kind": "01",
        "legal_basis": "某法第一条",
        "giving_department": RECEIVER,
        "mode": "move-down",
    }
    await made(house, "/movable-powers", {"rows": [entry], "source": "目录"}, as_=admin)
    listed = (await house.get(f"{ROOT}/movable-powers")).json()["results"]
    movable = listed[0]["id"]
    uptake = await made(house, f"/movable-powers/{movable}/uptakes", uptake_body(), as_=admin)
    return {
        "city_item": item,
        "power": power_id,
        "power_draft": (await made(house, "/powers", draft, as_=giver(house, 1)))["results"][0][
            "id"
        ],
        "adjustment": await proposed(house, power_id),
        "movable": movable,
        "uptake": uptake["id"],
    }


def uptake_body() -> dict:
    return {
        "division": COUNTY,
        "towns": ["445102100"],
        "taken_on": "2026-03-01",
        "document_number": "潮府〔2026〕2号",
        **WHY,
    }


def cancellation() -> dict:
    return {
        "stands_in": "nothing",
        "effective_from": "2026-03-09",
        "document": "潮府〔2026〕3号",
        **WHY,
    }


async def _of_proofs(house, item: str) -> dict:
    own = publisher(house, 1)
    await made(house, "/proofs", {"rows": [proof()]}, as_=own)
    change = await made(house, "/proofs/kinship/cancellations", cancellation(), as_=own)
    second = await published(house, item_code="SECOND-1", name="烟草零售许可")
    content = two_items(item, second)
    bundle = await made(house, "/bundles", {"bundle": content}, as_=own)
    path = f"/bundles/{bundle['bundle_id']}"
    await made(house, f"{path}/publications", {"number": 1}, as_=publisher(house, 2))
    await made(house, f"{path}/drafts", {"bundle": content}, as_=own)
    return {
        "proof": "kinship",
        "change": change["id"],
        "bundle": bundle["bundle_id"],
        "second": second,
    }


def point_body() -> dict:
    return {
        "name": "自助机",
        "division": COUNTY,
        "hall": HALL,
        "address": "路 1 号",
        **WHY,
    }


async def _of_halls(house) -> dict:
    admin = house.staff("system_admin")
    await a_hall(house)
    await a_hall(house, "CA-1", "445103")
    window = await a_window(house)
    await made(
        house, "/service-points", {**point_body(), "code": "K-1", "kind": "kiosk"}, as_=admin
    )
    plan = await a_plan(house)
    appointment = (await book(house, plan, as_=citizen(house, 1))).json()["id"]
    return {
        "hall": HALL,
        "window": window,
        "point": "K-1",
        "plan": plan,
        "appointment": appointment,
        "day": "2026-03-12",
    }


async def prepared(house) -> dict:
    names = {**await _of_items(house), **await _of_powers(house), **await _of_halls(house)}
    return {**names, **await _of_proofs(house, names["item"])}


def bodies(house, names: dict) -> dict:
    plan = {"name": "业务", "minutes": 60, "capacity": 5, **WHY}
    window = {"number": "2", "name": "窗口", "kind": "general", **WHY}
    intakes = {"add": [{"what": "theme", "value": "food"}], **WHY}
    basic = {
        "code": "440118009001",
        "name": "乙",
        "task_type": "01",
        "use_levels": ["city"],
        "in_force_from": "2026-01-01",
    }
    adjusted = {"terms": terms(house), "effective_at": effective(house, 60)}
    booked = {"plan_id": names["plan"], "name": "王小敏", "phone": "13800138000"}
    content = two_items(names["item"], names["second"])
    hours = {"hours": [["09:00", "10:00"]], **WHY}
    movable = {
        "serial": 2,
        "code": "440118009002",
        "name": "乙",
        "kind": "01",
        "legal_basis": "某法",
        "giving_department": RECEIVER,
        "mode": "entrust",
    }
    own = guide(
        item_code=f"{RECEIVER}4{POWER_CODE}",
        department=RECEIVER,
        department_name="湘桥区市场监督管理局",
        division=COUNTY,
    )
    of_adjustment = "/power-adjustments/{adjustment}"
    return {
        "POST /items/{item}/drafts/{number}/checks": {"outcome": "passed", **WHY},
        "POST /items/{item}/drafts/{number}/submissions": {},
        "POST /basic-items": {"rows": [basic], **WHY},
        "POST /themes": {
            "rows": [{"code": "P99", "audience": "person", "name": "甲", "source": "市通知"}],
            **WHY,
        },
        "POST /everyday-words": {"everyday": "新词", "official": ["许可"], **WHY},
        "PUT /everyday-words/{word}": {"official": ["许可"], **WHY},
        "POST /power-types": {"rows": [{"code": "90", "name": "甲", "stages": ["decision"]}]},
        "POST /powers": {"rows": [power(code="440118009003")], "atomic": True, **WHY},
        "POST /power-adjustments": {
            "kind": "move-down",
            "power_id": names["power"],
            "receivers": [county()],
            **adjusted,
        },
        f"PUT {of_adjustment}": {**adjusted, **WHY},
        f"POST {of_adjustment}/guides": {"from_item_id": names["city_item"], "guide": own},
        f"POST {of_adjustment}/opinions": {"agrees": True, "opinion": "可以"},
        f"POST {of_adjustment}/legal-reviews": {
            "review": {"conclusion": "passed", "opinion": "充分"}
        },
        "POST /movable-powers": {"rows": [movable], "source": "目录"},
        "POST /movable-powers/{movable}/uptakes": uptake_body(),
        "POST /power-uptakes/{uptake}/endings": {"ended_on": "2026-03-02", **WHY},
        "POST /proofs": {"rows": [proof("other", name="收入证明", other_names=[])]},
        "POST /proofs/{proof}/cancellations": cancellation(),
        "POST /proofs/{proof}/reinstatements": {
            "effective_from": "2026-03-09",
            "document": "法",
            **WHY,
        },
        "POST /bundles": {"bundle": {**content, "code": "another"}},
        "POST /bundles/{bundle}/drafts": {"bundle": content},
        "PUT /bundles/{bundle}/drafts/{number}": {"bundle": content},
        "POST /bundles/{bundle}/publications": {"number": 2},
        "PUT /halls/{hall}": {"level": "county", **WHY},
        "PUT /halls/{hall}/days/{day}": hours,
        "POST /halls/{hall}/windows": window,
        "PUT /halls/{hall}/windows/{window}": window,
        "POST /halls/{hall}/windows/{window}/intakes": intakes,
        "POST /service-points": {**point_body(), "code": "K-2", "kind": "kiosk"},
        "PUT /service-points/{point}": point_body(),
        "POST /service-points/{point}/reports": {"state": "broken", **WHY},
        "POST /service-points/{point}/intakes": intakes,
        "POST /halls/{hall}/appointment-plans": plan,
        "PUT /halls/{hall}/appointment-plans/{plan}": plan,
        "POST /appointments": {**booked, "starts_at": "2026-03-04T10:00:00+08:00"},
        "POST /appointments/{appointment}/moves": {"starts_at": TEN.replace("10:00", "11:00")},
        "POST /halls/{hall}/appointments/{appointment}/check-ins": None,
    }


async def call(house, route: str, names: dict, given: dict, caller):
    method, path = route.split(" ")
    headers = house.headers(caller) | ({"If-Match": "*"} if method in {"PUT", "DELETE"} else {})
    options = {"files": {"file": ("样表.pdf", PDF)}} if route == "POST /files" else {}
    if method in {"POST", "PUT"} and not options:
        options = {"json": given.get(route, WHY)}
    if method == "DELETE":
        options = {"params": WHY}
    return await house.client.request(
        method, ROOT + path.format(**names), headers=headers, **options
    )


def _is_empty(answer) -> bool:
    if answer.headers["content-type"].startswith("application/json"):
        return answer.json()["results"] == []
    return len(answer.text.splitlines()) == 1


async def books(house) -> dict:
    """What every table of the service holds, as one value each."""
    tables = await house.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    kept = {}
    for row in tables:
        name = row["tablename"]
        statement = f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS sum FROM {name} t"
        kept[name] = (await house.sql(statement))[0]["sum"]
    return kept


async def test_strangers_see_nothing_and_change_nothing(house):
    names, known = await prepared(house), callers(house)
    given, before = bodies(house, names), await books(house)
    wrong = []
    for route, (inside, strangers) in SHUT.items():
        for name in known.keys() - inside:
            answer = await call(house, route, names, given, known[name])
            expected = strangers.get(name)
            if expected == EMPTY:
                is_right = answer.status_code == 200 and _is_empty(answer)
            elif expected is not None:
                is_right = answer.status_code == expected
            else:
                is_right = answer.status_code == (401 if name == "anonymous" else 403)
            if not is_right:
                wrong.append((route, name, answer.status_code, answer.text[:300]))
    assert not wrong, "\n".join(map(str, wrong))
    after = await books(house)
    assert {name for name in before if before[name] != after[name]} == set()


async def test_who_is_within_reach_is_let_in(house):
    names, known = await prepared(house), callers(house)
    given = bodies(house, names)
    wrong = []
    for route in sorted(SHUT, key=lambda one: any(end in one for end in LAST)):
        for name in sorted(SHUT[route][0] - TOO_LATE.get(route, set())):
            if route.startswith("DELETE"):
                await call(house, route.replace("DELETE", "PUT"), names, given, known["admin"])
            answer = await call(house, route, names, given, known[name])
            if answer.status_code in {400, 401, 403, 404, 405, 500}:
                wrong.append((route, name, answer.status_code, answer.text[:300]))
    assert not wrong, "\n".join(map(str, wrong))


async def test_what_is_open_answers_anybody_and_tells_nobodys_secrets(house):
    names = {**await prepared(house), "basic": "440118009000", "first": "1"}
    names["theme"] = "P01"
    given = {"POST /bundles/{bundle}/material-lists": {"answers": {}}}
    wrong = []
    for route in sorted(OPEN | HIDDEN):
        query = QUERIES.get(route.rpartition("/")[2], {})
        method, path = route.split(" ")
        options = {"json": given[route]} if method == "POST" else {"params": query}
        answer = await house.client.request(
            method, ROOT + path.format(**names), headers=house.headers(None), **options
        )
        told = [secret for secret in SECRETS if secret.encode() in answer.content]
        if answer.status_code != (404 if route in HIDDEN else 200) or told:
            wrong.append((route, answer.status_code, told, answer.text[:300]))
    assert not wrong, "\n".join(map(str, wrong))


async def test_a_draft_is_compared_with_nothing_for_the_public(house):
    names = await prepared(house)
    path = f"{ROOT}/items/{names['item']}/differences"
    assert (await house.get(path, params={"from": 1, "to": 2})).status_code == 404
