"""Every route of the hotline's desk, tried as each kind of caller: inside the reach, outside it, with no role for it."""

import pytest
from reach_stories import CITY_WIDE, ME, ROLES, inside, outside, status
from workorder_stories import ORDERS, a_hotline_order, dispatched

V1 = "/workorder/v1"
NOBODY = "00000000-0000-7000-8000-000000000099"
WHY = {"reason": "理由"}
APPLICANTS = {"citizen", "enterprise_agent"}
AGENTS = {"hotline_agent", "hotline_lead"}
OFFICERS = {"department_officer", "department_head"}
READERS = {*APPLICANTS, *AGENTS, *OFFICERS, "coordinator", "auditor"}
LEADS = {"hotline_lead"}
RECORD_READERS = {"hotline_lead", "auditor"}
ON_ORDERS = {
    ("GET", "/similar"): (None, {*AGENTS, "coordinator"}),
    ("GET", "/tasks"): (None, READERS),
    ("GET", "/returns"): (None, {*AGENTS, *OFFICERS, "coordinator"}),
    ("GET", "/attachments"): (None, READERS),
    ("GET", "/attachments/" + "0" * 64): (None, READERS),
    ("GET", "/transfers"): (None, {*AGENTS, "auditor"}),
    ("POST", "/approvals"): ({"passed": True}, {"department_head"}),
    ("POST", "/supervision-ends"): (WHY, {"hotline_lead", "coordinator"}),
    ("POST", "/repeat-marks"): ({"of": str(ME), **WHY}, AGENTS),
    ("POST", "/repeat-mark-reversals"): (WHY, AGENTS),
    ("POST", "/urgency-changes"): ({"urgency": "urgent", **WHY}, {*AGENTS, "coordinator"}),
    ("POST", "/satisfaction-exclusions"): ({"ground": "none", **WHY}, LEADS),
    ("POST", "/disclosure-requests"): ({"purpose": "回访"}, AGENTS),
    ("POST", "/transfers"): ({"to_line": "110", **WHY}, AGENTS),
    ("POST", "/attachments"): (None, READERS - {"auditor"}),
}
SEAT = {"place": "hall", "state": "off", "skills": ["mandarin"]}
COLLECTIONS = {
    ("GET", f"{V1}/returns"): {*AGENTS, *OFFICERS, "coordinator", "auditor"},
    ("GET", f"{V1}/returns/export"): {*AGENTS, *OFFICERS, "coordinator", "auditor"},
    ("GET", f"{V1}/returns/counts"): {*AGENTS, *OFFICERS, "coordinator", "auditor"},
    ("GET", f"{V1}/disclosure-requests"): {*AGENTS, "auditor"},
    ("GET", f"{V1}/transfers"): {*AGENTS, "auditor"},
    ("GET", f"{V1}/seats"): LEADS,
    ("GET", f"{V1}/seats/board"): LEADS,
    ("GET", f"{V1}/seats/{{seat_id}}/steps"): LEADS,
    ("PUT", f"{V1}/seats/me"): AGENTS,
    ("POST", f"{V1}/seats/me/heartbeats"): AGENTS,
    ("POST", f"{V1}/seats/{{seat_id}}/offs"): LEADS,
    ("POST", f"{V1}/disclosure-requests/{{request_id}}/rulings"): LEADS,
    ("POST", f"{V1}/transfers/{{transfer_id}}/answers"): AGENTS,
    ("POST", f"{V1}/transfers/{{transfer_id}}/closures"): AGENTS,
    ("GET", f"{V1}/calls"): RECORD_READERS,
    ("POST", f"{V1}/calls/{{call_id}}/recording-openings"): LEADS,
    ("POST", f"{V1}/calls"): set(),
    ("POST", f"{V1}/calls/{{call_id}}/progress"): set(),
    ("POST", f"{V1}/chats"): APPLICANTS,
    ("GET", f"{V1}/chats"): {*APPLICANTS, *AGENTS},
    ("GET", f"{V1}/chats/{{chat_id}}"): {*APPLICANTS, *AGENTS},
    ("GET", f"{V1}/chats/{{chat_id}}/messages"): {*APPLICANTS, *AGENTS},
    ("POST", f"{V1}/chats/{{chat_id}}/messages"): {*APPLICANTS, *AGENTS},
    ("POST", f"{V1}/chats/{{chat_id}}/ends"): {*APPLICANTS, *AGENTS},
    ("POST", f"{V1}/chats/{{chat_id}}/hand-overs"): AGENTS,
    ("POST", f"{V1}/chats/{{chat_id}}/orders"): AGENTS,
}
"""Who has a role for it; calls are told by a partner whose grant says telephony (test_seats.py)."""
BODIES = {
    f"{V1}/seats/me": SEAT,
    f"{V1}/seats/{{seat_id}}/offs": WHY,
    f"{V1}/disclosure-requests/{{request_id}}/rulings": {"granted": True, **WHY},
    f"{V1}/transfers/{{transfer_id}}/answers": {"accepted": True},
    f"{V1}/transfers/{{transfer_id}}/closures": {"words": "已处置"},
    f"{V1}/calls/{{call_id}}/recording-openings": {"purpose": "核查"},
    f"{V1}/chats/{{chat_id}}/messages": {"text": "您好"},
    f"{V1}/chats/{{chat_id}}/hand-overs": WHY,
    f"{V1}/chats/{{chat_id}}/orders": {"type": "help", "title": "求助"},
}
TRIED = {
    *((method, f"{ORDERS}/{{work_order_id}}{suffix}") for method, suffix in ON_ORDERS),
    *COLLECTIONS,
    ("GET", f"{V1}/refusal-reasons"),
}


async def an_order(house):
    order = await a_hotline_order(house, house.person("citizen", subject=ME))
    await dispatched(house, order)
    return f"{ORDERS}/{order['id']}"


@pytest.mark.parametrize(("method", "suffix"), ON_ORDERS)
async def test_every_route_of_an_order_ends_at_its_reach(house, method, suffix):
    body, roles = ON_ORDERS[(method, suffix)]
    path = await an_order(house) + suffix
    assert await status(house, method, path, body, None) == 401
    for role in ROLES:
        if role not in roles:
            assert await status(house, method, path, body, inside(house, role)) == 403, role
            continue
        far = await sent(house, method, path, body, outside(house, role))
        if role in CITY_WIDE:
            assert is_let_in(far, path), role
            continue
        assert far == 404, role
        near = await sent(house, method, path, body, inside(house, role))
        assert is_let_in(near, path), role


def is_let_in(got, path):
    """There is no such file, which is another 404."""
    return got not in {401, 403} and (got != 404 or "/attachments/" in path)


async def sent(house, method, path, body, who):
    if method == "POST" and path.endswith("/attachments"):
        files = {"file": ("page.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
        answer = await house.client.post(path, files=files, headers=house.headers(who))
        return answer.status_code
    return await status(house, method, path, body, who)


async def test_the_desk_is_closed_to_who_has_no_role_for_it(house):
    for (method, path), roles in COLLECTIONS.items():
        filled = path
        for name in ("seat_id", "request_id", "transfer_id", "chat_id", "call_id"):
            filled = filled.replace(f"{{{name}}}", NOBODY)
        body = BODIES.get(path, None if method == "GET" else {})
        assert await status(house, method, filled, body, None) == 401, path
        for role in ROLES:
            got = await status(house, method, filled, body, inside(house, role))
            assert (got == 403) == (role not in roles), (method, path, role, got)


async def test_the_right_way_is_told_to_anyone(house):
    assert await status(house, "GET", f"{V1}/refusal-reasons", None, None) == 401
    assert (await house.get(f"{V1}/refusal-reasons")).status_code == 200
