"""Triage, duties and knowledge, tried as each kind of caller: from inside the reach, from outside it, with no role."""

from uuid import uuid4

import pytest
from triage_stories import REASON, ROOT, a_coordinator, a_duty, posted
from workorder_stories import DEPARTMENT, DIVISION, a_hotline_order, an_officer, dispatched

AGENTS = {"hotline_agent", "hotline_lead"}
OFFICERS = {"department_officer", "department_head"}
DESKS = {*AGENTS, *OFFICERS, "coordinator"}
KEEPERS = {"hotline_lead", "system_admin"}
READERS = {*KEEPERS, "auditor"}
EVERY_DESK = {*DESKS, "clerk", "auditor", "system_admin"}
RULING_READERS = {*DESKS, "auditor"}
ARTICLE_KEEPERS = {*OFFICERS, "hotline_lead"}
ARTICLE_READERS = {*ARTICLE_KEEPERS, "auditor"}
DISPATCHERS = {*AGENTS, "coordinator"}
ORDER_READERS = {*DESKS, "citizen", "enterprise_agent", "auditor"}
ARTICLE = {"title": "题", "question": "问？", "answer": "答。"}

MODEL = f"{ROOT}/triage/models/{{model_id}}"
DUTY = f"{ROOT}/responsibilities/{{duty_id}}"
ONE = f"{ROOT}/knowledge-articles/{{article_id}}"
TASK = f"{ROOT}/knowledge-tasks/{{task_id}}"
ORDER = f"{ROOT}/work-orders/{{work_order_id}}"
ROUTES = {
    ("GET", f"{ORDER}/proposals"): (None, DISPATCHERS),
    ("POST", f"{ORDER}/proposals"): (None, DISPATCHERS),
    ("GET", f"{ORDER}/citations"): (None, ORDER_READERS),
    ("GET", f"{ROOT}/triage/decisions"): (None, READERS),
    ("GET", f"{ROOT}/triage/decisions/export"): (None, READERS),
    ("GET", f"{ROOT}/triage/scores"): (None, READERS),
    ("GET", f"{ROOT}/triage/models"): (None, READERS),
    ("POST", f"{ROOT}/triage/models"): (None, KEEPERS),
    ("GET", MODEL): (None, READERS),
    ("GET", f"{MODEL}/file"): (None, KEEPERS),
    ("GET", f"{MODEL}/steps"): (None, READERS),
    ("POST", f"{MODEL}/activations"): (REASON, KEEPERS),
    ("POST", f"{MODEL}/reversals"): (REASON, KEEPERS),
    ("POST", f"{MODEL}/evaluations"): (None, KEEPERS),
    ("POST", f"{ROOT}/triage/trainings"): ({}, KEEPERS),
    ("GET", f"{ROOT}/triage/places"): (None, {*DESKS, "system_admin"}),
    ("POST", f"{ROOT}/triage/places/imports"): (None, {"system_admin"}),
    ("GET", f"{ROOT}/responsibilities"): (None, EVERY_DESK),
    ("GET", f"{ROOT}/responsibilities/export"): (None, EVERY_DESK),
    ("POST", f"{ROOT}/responsibilities"): (a_duty(), {"coordinator"}),
    ("POST", f"{ROOT}/responsibilities/imports"): (None, {"coordinator"}),
    ("GET", DUTY): (None, EVERY_DESK),
    ("PUT", DUTY): (a_duty(), {"coordinator"}),
    ("POST", f"{DUTY}/endings"): ({"valid_until": "2026-12-31", **REASON}, {"coordinator"}),
    ("POST", f"{DUTY}/restorations"): (REASON, {"coordinator"}),
    ("GET", f"{DUTY}/steps"): (None, EVERY_DESK),
    ("GET", f"{DUTY}/rulings"): (None, RULING_READERS),
    ("GET", f"{ROOT}/responsibility-rulings"): (None, RULING_READERS),
    ("GET", f"{ROOT}/responsibility-rulings/export"): (None, RULING_READERS),
    ("POST", f"{ROOT}/responsibility-rulings/{{ruling_id}}/adoptions"): (REASON, {"coordinator"}),
    ("GET", f"{ROOT}/knowledge-answers"): (None, EVERY_DESK),
    ("GET", f"{ROOT}/knowledge-answers/{{article_id}}"): (None, EVERY_DESK),
    ("GET", f"{ROOT}/knowledge-articles"): (None, ARTICLE_READERS),
    ("GET", f"{ROOT}/knowledge-articles/export"): (None, ARTICLE_READERS),
    ("POST", f"{ROOT}/knowledge-articles"): (ARTICLE, OFFICERS),
    ("POST", f"{ROOT}/knowledge-articles/imports"): (None, OFFICERS),
    ("GET", ONE): (None, ARTICLE_READERS),
    ("PUT", ONE): (ARTICLE, ARTICLE_KEEPERS),
    ("POST", f"{ONE}/publications"): (REASON, ARTICLE_KEEPERS),
    ("POST", f"{ONE}/rejections"): (REASON, ARTICLE_KEEPERS),
    ("POST", f"{ONE}/reviews"): (REASON, ARTICLE_KEEPERS),
    ("POST", f"{ONE}/retirements"): (REASON, ARTICLE_KEEPERS),
    ("POST", f"{ONE}/restorations"): (REASON, ARTICLE_KEEPERS),
    ("GET", f"{ONE}/steps"): (None, ARTICLE_READERS),
    ("GET", f"{ROOT}/knowledge-tasks"): (None, ARTICLE_READERS),
    ("POST", f"{ROOT}/knowledge-catch-ups"): (None, KEEPERS),
    ("GET", f"{ROOT}/knowledge-catch-ups"): (None, READERS),
    ("GET", f"{ROOT}/knowledge-catch-ups/{{catch_up_id}}"): (None, READERS),
    ("POST", f"{TASK}/dismissals"): (REASON, ARTICLE_KEEPERS),
    ("POST", f"{TASK}/reopenings"): (REASON, ARTICLE_KEEPERS),
}
TRIED = set(ROUTES)
ROLES = sorted({*EVERY_DESK, *ORDER_READERS, "publisher", "evaluator"})
NAMES = (
    "catch_up_id",
    "model_id",
    "duty_id",
    "article_id",
    "task_id",
    "work_order_id",
    "ruling_id",
)


def who(house, role, department=DEPARTMENT, division="445100"):
    if role in {"citizen", "enterprise_agent"}:
        return house.person(role)
    return house.staff(role, department=department, division=division)


async def status(house, route, as_, *, body=None, ids=None):
    method, template = route
    path = template.format(**{name: (ids or {}).get(name, uuid4()) for name in NAMES})
    headers = {"If-Match": "*", **(house.headers(as_) if as_ else {})}
    answer = await house.client.request(method, path, json=body, headers=headers)
    return answer.status_code


@pytest.mark.parametrize("route", ROUTES)
async def test_a_route_is_open_to_its_roles_and_to_nobody_else(house, route):
    body, roles = ROUTES[route]
    assert await status(house, route, None, body=body) == 401
    for role in ROLES:
        seen = await status(house, route, who(house, role), body=body)
        assert (seen == 403) == (role not in roles), (route, role, seen)
        assert seen < 500


async def test_an_order_out_of_reach_shows_neither_proposals_nor_citations(house):
    order = await a_hotline_order(house)
    await dispatched(house, order)
    ids = {"work_order_id": order["id"]}
    far = who(house, "coordinator", division="445103")
    near = who(house, "coordinator", division=DIVISION)
    for method, suffix in (("GET", "proposals"), ("POST", "proposals"), ("GET", "citations")):
        route = (method, f"{ORDER}/{suffix}")
        assert await status(house, route, far, ids=ids) == 404
        assert await status(house, route, near, ids=ids) in {200, 409}
    stranger = who(house, "department_officer", department="11445103MB2X00099X")
    assert await status(house, ("GET", f"{ORDER}/citations"), stranger, ids=ids) == 404


async def test_an_article_in_the_making_is_its_departments_and_an_answer_everybodys(house):
    draft = await posted(house, "/knowledge-articles", ARTICLE, as_=an_officer(house))
    ids = {"article_id": draft["id"]}
    stranger = an_officer(house, "11445103MB2X00099X")
    for method, path in TRIED:
        if path.startswith(ONE):
            body = ROUTES[(method, path)][0]
            assert await status(house, (method, path), stranger, body=body, ids=ids) == 404
    answer = ("GET", f"{ROOT}/knowledge-answers/{{article_id}}")
    assert await status(house, answer, stranger, ids=ids) == 404
    await posted(
        house, f"/knowledge-articles/{draft['id']}/publications", REASON, as_=an_officer(house)
    )
    assert await status(house, answer, stranger, ids=ids) == 200


async def test_a_row_of_the_list_is_changed_within_its_division_only(house):
    duty = await posted(house, "/responsibilities", a_duty(), as_=a_coordinator(house))
    ids = {"duty_id": duty["id"]}
    far = who(house, "coordinator", division="445103")
    put = ("PUT", DUTY)
    assert await status(house, put, far, body=a_duty(division="445103"), ids=ids) == 404
    assert await status(house, ("GET", DUTY), far, ids=ids) == 200
