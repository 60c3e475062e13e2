"""A food licence's guide, complete enough for every rule, and small steps that tests share."""

from contracts.guide import Guide

DIVISION, DEPARTMENT = "445102", "11445102MB2X00020M"
ITEM_CODE = "11445102MB2X00020M4440118009000"


def guide(**changes) -> dict:
    """A guide as JSON; named fields are replaced."""
    body = {
        "item_code": ITEM_CODE,
        "name": "食品经营许可",
        "main_item": "食品经营许可",
        "task_type": "01",
        "department": DEPARTMENT,
        "department_name": "湘桥区市场监督管理局",
        "division": DIVISION,
        "statutory_days": 20,
        "promised_days": 2,
        "visits": 0,
        "online_depth": 4,
        "situations": [
            {
                "code": "premises",
                "text": "经营场所是否为自有房产？",
                "options": [{"code": "own", "text": "自有"}, {"code": "rented", "text": "租用"}],
            }
        ],
        "materials": [
            {"code": "form", "name": "食品经营许可申请书", "prefilled": True},
            {
                "code": "licence",
                "name": "营业执照",
                "certificate_type": "business-licence",
                "exemption_ground": "电子营业执照已归集，免于提交",
            },
            {
                "code": "lease",
                "name": "房屋租赁合同",
                "applies_when": {"premises": ["rented"]},
                "exempt_signature": True,
            },
            {
                "code": "title",
                "name": "不动产权证书",
                "data_resource": "real-estate-register",
                "applies_when": {"premises": ["own"]},
            },
        ],
        "results": [{"name": "食品经营许可证", "certificate_type": "food-licence"}],
        "channels": ["yue-sheng-shi", "window"],
        "one_window": True,
        "cross_region": "city",
    }
    return Guide.model_validate({**body, **changes}).model_dump(mode="json")


def publisher(house, number: int = 1, department: str = DEPARTMENT) -> dict:
    """The same publisher each time, by number and department."""
    subject = f"019a0000-0000-7000-8000-{number:012d}"
    return house.staff("publisher", subject=subject, department=department)


async def drafted(house, **changes) -> dict:
    answer = await house.post(
        "/catalog/v1/items", {"guide": guide(**changes)}, as_=publisher(house, 1)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def publish(house, item_id: str, number: int, *, by: int = 2):
    return await house.post(
        f"/catalog/v1/items/{item_id}/publications", {"number": number}, as_=publisher(house, by)
    )


async def published(house, **changes) -> str:
    """An item in force; returns its id."""
    draft = await drafted(house, **changes)
    answer = await publish(house, draft["item_id"], draft["number"])
    assert answer.status_code == 201, answer.text
    return draft["item_id"]


async def put(house, path: str, body: dict, *, as_: dict, if_match: str | None):
    headers = house.headers(as_) | ({"If-Match": if_match} if if_match is not None else {})
    return await house.client.put(path, json=body, headers=headers)
