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
            {
                "code": "form",
                "name": "食品经营许可申请书",
                "prefilled": True,
                "prefilled_from": [{"field": "经营者名称", "source": "电子营业执照"}],
                "exemption_ground": "系统预填，核对即可",
            },
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
                "exemption_ground": "使用电子签名，免手写签名",
            },
            {
                "code": "title",
                "name": "不动产权证书",
                "data_resource": "real-estate-register",
                "exemption_ground": "由不动产登记数据共享核验",
                "applies_when": {"premises": ["own"]},
            },
        ],
        "results": [{"name": "食品经营许可证", "certificate_type": "food-licence"}],
        "channels": ["yue-sheng-shi", "window"],
        "one_window": True,
        "cross_region": "city",
        "handling_forms": ["window", "online"],
        "phone": "0768-2123456",
        "supervision_phone": "0768-2123457",
        "hours": "工作日 8:30—12:00，14:30—17:30",
        "conditions": ["有与经营品种相适应的场所"],
        "questions": [{"question": "要多久？", "answer": "两个工作日。"}],
        "legal_basis": [{"law": "中华人民共和国食品安全法", "article": "第三十五条"}],
    }
    return Guide.model_validate({**_fitting({**body, **changes}), **changes}).model_dump(
        mode="json"
    )


def _fitting(body: dict) -> dict:
    """With what publishing rules ask for beside the promise and the visits, whatever these are."""
    promised, is_visited = body["promised_days"], body["visits"] > 0
    steps = [
        {"code": "intake", "name": "收件", "working_days": 0},
        {"code": "review", "name": "审查", "working_days": promised},
        {"code": "delivery", "name": "送达", "working_days": 0},
    ]
    return {
        **body,
        "handling_kind": "promised" if promised else "instant",
        "visit_reason": "现场核验" if is_visited else "",
        "steps": steps,
        "online_depth": min(body["online_depth"], 3) if is_visited else body["online_depth"],
    }


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


async def register_basic_item(house, code: str = "440118009000") -> None:
    """Put a basic item on the list, for a guide to stand on."""
    row = {
        "code": code,
        "name": "食品经营许可",
        "task_type": code[2:4],
        "use_levels": ["city", "county", "town"],
        "in_force_from": "2026-01-01",
    }
    body = {"rows": [row], "reason": "省清单"}
    answer = await house.post("/catalog/v1/basic-items", body, as_=house.staff("system_admin"))
    assert answer.status_code == 200, answer.text
