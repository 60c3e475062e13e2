"""What several test files tell alike: an item, people, an application on its way."""

from chassis.ids import new_id
from contracts.events.catalog import ItemVersionPublished
from contracts.events.evaluation import RatingGiven
from contracts.guide import Guide, Material, Result, SituationOption, SituationQuestion
from contracts.vocabulary import RatingLevel, TaskType

DIVISION, DEPARTMENT = "445102", "11445102MB2X00020M"
CODE = "11445102MB2X00020M4440118009000"
APPLICATIONS = "/workorder/v1/applications"
ORDERS = "/workorder/v1/work-orders"
ANSWERS = {"shop": "new"}


def a_guide(**changes) -> Guide:
    """Two situations, five materials: by certificate, by data, by either, brought along, only for one answer."""
    return Guide(
        **{
            "item_code": CODE,
            "name": "食品经营许可",
            "task_type": TaskType.PERMIT,
            "department": DEPARTMENT,
            "department_name": "湘桥区市场监督管理局",
            "division": DIVISION,
            "statutory_days": 20,
            "promised_days": 5,
            "situations": (
                SituationQuestion(
                    code="shop",
                    text="新开办还是变更？",
                    options=(
                        SituationOption(code="new", text="新开办"),
                        SituationOption(code="change", text="变更"),
                    ),
                ),
            ),
            "materials": (
                Material(code="id-card", name="居民身份证", certificate_type="id-card"),
                Material(code="licence", name="营业执照", data_resource="business-licence"),
                Material(
                    code="health",
                    name="健康证明",
                    certificate_type="health",
                    data_resource="health-check",
                    necessity="later",
                ),
                Material(code="plan", name="经营场所平面图", necessity="optional"),
                Material(code="old-permit", name="原许可证", applies_when={"shop": ("change",)}),
            ),
            "results": (
                Result(name="食品经营许可证", certificate_type="food-permit", validity_years=5),
            ),
            **changes,
        }
    )


async def publish(house, guide=None, *, item_id=None, version=1):
    """The item is known from now on; returns its id."""
    fact = ItemVersionPublished(
        item_id=item_id or new_id(),
        item_version_id=new_id(),
        version=version,
        guide=guide or a_guide(),
        published_at=house.clock.now(),
    )
    await house.deliver(fact)
    return fact.item_id


def a_clerk(house):
    return house.staff("clerk", division="445100")


def a_reviewer(house):
    return house.staff("reviewer", department=DEPARTMENT, division=DIVISION)


async def submitted(house, citizen, **body):
    """An application handed in by this citizen, as the answer shows it."""
    answer = await house.post(
        APPLICATIONS, {"item_code": CODE, "answers": ANSWERS, **body}, as_=citizen
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def step(house, application, noun, body=None, *, as_, status=201):
    """One step on an application; returns the answer's body."""
    answer = await house.post(f"{APPLICATIONS}/{application['id']}/{noun}", body, as_=as_)
    assert answer.status_code == status, answer.text
    return answer.json()


async def a_hotline_order(house, caller=None, **body):
    """A hotline order as the answer shows it; raised by an agent when no caller is given."""
    as_ = caller or house.staff("hotline_agent")
    filled = {"type": "complaint", "title": "路灯不亮", "content": "枫春路口的灯坏了", **body}
    answer = await house.post("/workorder/v1/hotline-orders", filled, as_=as_)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def order_step(house, order, noun, body, *, as_, status=201):
    """One step on a work order; returns the answer's body."""
    answer = await house.post(f"{ORDERS}/{order['id']}/{noun}", body, as_=as_)
    assert answer.status_code == status, answer.text
    return answer.json()


async def dispatched(house, order, department=DEPARTMENT):
    """The order sent to a department by a hotline agent."""
    body = {"department": department, "division": DIVISION, "reason": "属地管理"}
    return await order_step(house, order, "dispatches", body, as_=house.staff("hotline_agent"))


def an_officer(house, department=DEPARTMENT):
    return house.staff("department_officer", department=department)


def bad_rating(house, *, rater_id, application_id=None):
    """A rating that opens a rectification."""
    return RatingGiven(
        rating_id=new_id(),
        invitation_id=new_id(),
        rated_kind="application" if application_id else "work-order",
        rated_id=application_id or new_id(),
        rater_id=rater_id,
        item_code=CODE,
        level=RatingLevel.DISSATISFIED,
        is_bad=True,
        reason_codes=("attitude",),
        given_at=house.clock.now(),
    )


async def said_by(house, doing):
    """What the service said to its database while `doing` was awaited, a line a message."""
    async with house.overheard() as said:
        await doing
    return said
