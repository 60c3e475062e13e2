"""The hotline's people and steps, as several test files tell them."""

from workorder_stories import DEPARTMENT, DIVISION, ORDERS, a_hotline_order, order_step

COUNTY_OTHER = "11445102MB2X00099Y"
CITY_DEPARTMENT = "11445100MB2X00012X"
WHY = {"reason": "理由写在这里"}
DONE = {"outcome": "solved", "text": "已处理完毕"}


def an_agent(house):
    return house.staff("hotline_agent", division="445100")


def a_lead(house):
    return house.staff("hotline_lead", division="445100")


def a_coordinator(house):
    return house.staff("coordinator", division="445100")


def an_officer(house, department=DEPARTMENT):
    return house.staff("department_officer", department=department, division=DIVISION)


def a_head(house, department=DEPARTMENT):
    return house.staff("department_head", department=department, division=DIVISION)


async def sent(house, order=None, department=DEPARTMENT, **more):
    """An order dispatched to a department; a new one when none is given."""
    order = order or await a_hotline_order(house)
    body = {"department": department, "division": DIVISION, **WHY, **more}
    return await order_step(house, order, "dispatches", body, as_=an_agent(house))


async def take(house, order, noun, body=None, *, as_, status=201):
    return await order_step(house, order, noun, body or {}, as_=as_, status=status)


async def replied(house, order=None, **more):
    order = await sent(house, order, **more)
    await take(house, order, "signatures", as_=an_officer(house))
    return await take(house, order, "replies", DONE, as_=an_officer(house))


async def closed(house, order=None):
    order = await replied(house, order)
    return await take(house, order, "visits", {"satisfied": True}, as_=an_agent(house))


async def seen(house, order, as_=None):
    answer = await house.get(f"{ORDERS}/{order['id']}", as_=as_ or an_agent(house))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def history(house, order, as_=None):
    answer = await house.get(f"{ORDERS}/{order['id']}/steps", as_=as_ or an_agent(house))
    assert answer.status_code == 200, answer.text
    return [(each["step"], each["reason"]) for each in answer.json()["results"]]


def steps_of(rows):
    return [step for step, _ in rows]


async def rule_becomes(house, code, value):
    """A rule changed through its door, as the administrator of the hotline would."""
    admin = house.staff("system_admin")
    path = f"/workorder/v1/rules/{code}"
    newest = (await house.get(path, as_=admin)).json()["results"][0]
    body = {"value": value, "source": newest["source"], "verified": False, "reason": "本市启用"}
    headers = {**house.headers(admin), "If-Match": f'"{newest["version"]}"'}
    answer = await house.client.put(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
