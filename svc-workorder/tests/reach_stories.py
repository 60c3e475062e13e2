"""Callers of every role, inside a reach and outside it."""

from uuid import UUID, uuid4

from workorder_stories import DEPARTMENT, DIVISION, ORDERS, a_hotline_order, dispatched

ME = UUID("019a0000-0000-7000-8000-000000000001")
OTHER_DEPARTMENT, OTHER_DIVISION = "11445103MB2X00099X", "445103"
REASON = {"reason": "理由"}
MATERIALS = {"materials": [{"code": "plan"}]}
REPLY = {"outcome": "solved", "text": "已处理"}
CITY_WIDE = {"auditor", "hotline_agent", "hotline_lead"}

APPLICANTS = {"citizen", "enterprise_agent"}
APPLICATION_READERS = {
    *APPLICANTS,
    "clerk",
    "reviewer",
    "department_head",
    "coordinator",
    "auditor",
}
FORM_READERS = {*APPLICANTS, "clerk", "reviewer"}
ORDER_READERS = {
    *APPLICANTS,
    "hotline_agent",
    "hotline_lead",
    "department_officer",
    "department_head",
    "coordinator",
    "auditor",
}
AGENTS = {"hotline_agent", "hotline_lead"}
OFFICERS = {"department_officer", "department_head"}
ROLES = sorted(APPLICATION_READERS | ORDER_READERS | {"system_admin", "evaluator", "publisher"})


def inside(house, role):
    if role in APPLICANTS:
        return house.person(role, subject=ME)
    return house.staff(role, department=DEPARTMENT, division=DIVISION)


def outside(house, role):
    if role in APPLICANTS:
        return house.person(role)
    return house.staff(role, department=OTHER_DEPARTMENT, division=OTHER_DIVISION)


async def status(house, method, path, body, who):
    headers = {**house.headers(who), "Idempotency-Key": str(uuid4())} if who else {}
    answer = await house.client.request(method, path, json=body, headers=headers)
    return answer.status_code


async def my_order(house):
    """The path of an order that the caller `ME` raised and a department has."""
    order = await a_hotline_order(
        house, house.person("citizen", subject=ME), contact_phone="13800138000"
    )
    await dispatched(house, order)
    return f"{ORDERS}/{order['id']}"
