"""A power complete by 粤府函〔2017〕15号, the people who adjust it, and an adjustment walked to where a test needs it."""

from datetime import timedelta

from catalog_examples import guide, publisher

from catalog.workers.powers import bring_due_into_force

ROOT = "/catalog/v1"
CITY, COUNTY, OTHER_COUNTY = "445100", "445102", "445103"
GIVER = "11445100MB2X007768"
RECEIVER = "11445102MB2X008809"
OTHER_RECEIVER = "11445103MB2X00995X"
POWER_CODE = "440118009000"
STAGES = ("acceptance", "review", "decision", "delivery", "supervision")


def power(**changes):
    """The content of a permit at the city; named parts are replaced."""
    return {
        "code": POWER_CODE,
        "name": "食品经营许可",
        "kind": "01",
        "department": GIVER,
        "department_name": "潮州市市场监督管理局",
        "division": CITY,
        "level": "city",
        "power_source": "statutory",
        "legal_basis": [
            {"law": "中华人民共和国食品安全法", "article": "第三十五条", "text": "实行许可制度。"}
        ],
        "responsibilities": [{"stage": stage, "duty": f"{stage} 责任"} for stage in STAGES],
        "accountability": [{"basis": "行政许可法第七十二条", "text": "不予受理应当受理的。"}],
        "supervision": "投诉电话 0768-12345",
        "flow_diagram": {"url": "https://example.org/flow.png"},
        **changes,
    }


def admin(house):
    return house.staff("system_admin", subject="019a0000-0000-7000-8000-0000000000aa")


def giver(house, number=1):
    return publisher(house, number, department=GIVER)


def receiver(house, department=RECEIVER):
    return publisher(house, 5, department=department)


def lawyer(house):
    return house.staff("legal_reviewer", subject="019a0000-0000-7000-8000-0000000000bb")


def coordinator(house, division=CITY):
    return house.staff(
        "coordinator", subject="019a0000-0000-7000-8000-0000000000cc", division=division
    )


def county(**changes):
    return {
        "division": COUNTY,
        "department": RECEIVER,
        "department_name": "湘桥区市场监督管理局",
        "level": "county",
        **changes,
    }


def other_county():
    return county(
        division=OTHER_COUNTY, department=OTHER_RECEIVER, department_name="潮安区市场监督管理局"
    )


def terms(house, **changes):
    return {
        "trigger": "superior-decision",
        "trigger_on": house.clock.now().date().isoformat(),
        "legal_basis": [{"law": "行政许可法", "article": "第二十四条", "text": "可以委托。"}],
        "document_number": "潮府〔2026〕1号",
        "reason": "就近办理",
        **changes,
    }


def effective(house, minutes=10):
    return (house.clock.now() + timedelta(minutes=minutes)).isoformat()


async def listed(house, *rows, **options):
    """Powers on the list, as an administrator brings them; returns the ids."""
    body = {"rows": list(rows) or [power()], "reason": "首次公布", **options}
    answer = await house.post(f"{ROOT}/powers", body, as_=admin(house))
    assert answer.status_code == 200, answer.text
    assert answer.json()["refused"] == 0, answer.text
    return [row["id"] for row in answer.json()["results"]]


async def city_item(house, **changes):
    """The giver's item in force; returns its id."""
    code = f"{GIVER}3{POWER_CODE}"
    filled = guide(
        item_code=code,
        department=GIVER,
        department_name="潮州市市场监督管理局",
        division=CITY,
        **changes,
    )
    draft = await house.post(f"{ROOT}/items", {"guide": filled}, as_=giver(house, 1))
    assert draft.status_code == 201, draft.text
    item_id = draft.json()["item_id"]
    path = f"{ROOT}/items/{item_id}/publications"
    answer = await house.post(path, {"number": draft.json()["number"]}, as_=giver(house, 2))
    assert answer.status_code == 201, answer.text
    return item_id


async def proposed(house, power_id, kind="move-down", receivers=None, as_=None, **body):
    answer = await house.post(
        f"{ROOT}/power-adjustments",
        {
            "kind": kind,
            "power_id": power_id,
            "terms": terms(house, **body.pop("terms", {})),
            "receivers": [county()] if receivers is None else receivers,
            "effective_at": effective(house),
            **body,
        },
        as_=as_ or giver(house),
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def step(house, adjustment_id, noun, body, *, as_, status=201):
    path = f"{ROOT}/power-adjustments/{adjustment_id}/{noun}"
    answer = await house.post(path, body, as_=as_)
    assert answer.status_code == status, answer.text
    return answer.json()


WHY = {"reason": "符合规定"}


async def passed(house, adjustment_id, conclusion="passed", receivers=(RECEIVER,)):
    """Opinions given, review requested and concluded."""
    for department in receivers:
        body = {"agrees": True, "opinion": "具备承接条件"}
        await step(house, adjustment_id, "opinions", body, as_=receiver(house, department))
    await step(house, adjustment_id, "legal-review-requests", WHY, as_=giver(house))
    review = {"review": {"conclusion": conclusion, "opinion": "依据充分"}}
    return await step(house, adjustment_id, "legal-reviews", review, as_=lawyer(house))


async def published(house, adjustment_id):
    await step(house, adjustment_id, "approvals", WHY, as_=coordinator(house))
    return await step(house, adjustment_id, "publications", WHY, as_=coordinator(house))


async def in_force(house, adjustment_id):
    """The minute comes."""
    house.clock.move(timedelta(minutes=10))
    assert await bring_due_into_force(house.runtime) == 1
    answer = await house.get(f"{ROOT}/power-adjustments/{adjustment_id}", as_=admin(house))
    assert answer.json()["state"] == "in-force", answer.text
    return answer.json()


async def moved_to_two(house):
    """A city item whose power went to two counties; its id and the adjustment's."""
    item = await city_item(house)
    (power_id,) = await listed(house, power(item_ids=[item]))
    adjustment = await proposed(house, power_id, receivers=[county(), other_county()])
    await passed(house, adjustment, receivers=(RECEIVER, OTHER_RECEIVER))
    await published(house, adjustment)
    await in_force(house, adjustment)
    return item, power_id, adjustment


async def item_of(house, item_id):
    return (await house.get(f"{ROOT}/items/{item_id}")).json()


async def powers(house, **params):
    answer = await house.get(f"{ROOT}/powers", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]
