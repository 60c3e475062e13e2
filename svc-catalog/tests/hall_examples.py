"""A hall with hours, and small steps that the tests of halls and appointments share."""

from catalog_examples import put

ROOT = "/catalog/v1"
HALL = "XQ-1"
MORNING, AFTERNOON = ["09:00", "12:00"], ["14:00", "17:00"]
OPENING = {"weekly": {str(day): [MORNING, AFTERNOON] for day in range(1, 6)}}


def admin(house) -> dict:
    return house.staff("system_admin")


def manager(house, place: str = HALL) -> dict:
    return house.staff("hall_manager", place=place)


def clerk(house, place: str = HALL) -> dict:
    return house.staff("clerk", place=place)


async def registered(house, code: str = HALL, division: str = "445102") -> None:
    row = {"code": code, "name": f"{code} 政务服务中心", "division": division, "address": "路 1 号"}
    answer = await house.post(f"{ROOT}/halls", {"rows": [row]}, as_=admin(house))
    assert answer.status_code == 200, answer.text


async def described(house, code: str = HALL, **changes):
    body = {"level": "county", "opening": OPENING, "reason": "首次登记", **changes}
    answer = await put(house, f"{ROOT}/halls/{code}", body, as_=admin(house), if_match="*")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def a_hall(house, code: str = HALL, division: str = "445102", **changes) -> None:
    await registered(house, code, division)
    await described(house, code, **changes)


async def a_window(house, code: str = HALL, **changes) -> str:
    body = {"number": "1", "name": "综合窗口", "kind": "general", "reason": "设窗", **changes}
    answer = await house.post(f"{ROOT}/halls/{code}/windows", body, as_=admin(house))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def takes(house, window: str, *pairs, code: str = HALL, **body) -> dict:
    rows = [{"what": what, "value": value} for what, value in pairs]
    path = f"{ROOT}/halls/{code}/windows/{window}/intakes"
    answer = await house.post(path, {"add": rows, "reason": "进驻", **body}, as_=admin(house))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def results(house, path: str, *, as_=None, **params) -> list[dict]:
    answer = await house.get(f"{ROOT}{path}", params=params, as_=as_)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def figure(house, code: str, **params) -> dict:
    answer = await house.get(f"{ROOT}/indicators/{code}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()
