"""J2: a hotline call travels through the city (12345), all seven steps through the gateway."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localcity.journeys.caller import Caller, RefusedError

Say = Callable[[int, str, str], None]

ORDERS = "/workorder/v1/work-orders"
HOTLINE = "/workorder/v1/hotline-orders"
CITY_ZONE_HOURS = 8
NOT_FOUND = 404


@dataclass(kw_only=True)
class Cast2:
    """Who plays: the hotline's people, the officers of two departments, the coordinator."""

    agent: Caller
    lead: Caller
    officer_a: Caller
    officer_b: Caller
    coordinator: Caller
    department_a: str
    department_b: str
    division: str
    mark: str
    """Digits of this walk's own, so that it may be walked again."""
    phone: str

    @property
    def place(self) -> str:
        return f"枫春路{self.mark}号"


@dataclass(kw_only=True)
class Course2:
    order: dict[str, Any] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    """Everything that department A was answered."""
    sheet: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        return f"{ORDERS}/{self.order['id']}"


async def walk_a_call(cast: Cast2, say: Say) -> Course2:
    """All seven steps, each checked; raises AssertionError with what was expected and what came."""
    course = Course2()
    await _take_the_call(cast, course, say)
    await _dispatch(cast, course, say)
    await _return(cast, course, say)
    await _extend(cast, course, say)
    await _reply_and_visit(cast, course, say)
    await _sheet(cast, course, say)
    await _look_for_the_phone(cast, course, say)
    return course


async def _take_the_call(cast: Cast2, course: Course2, say: Say) -> None:
    earlier = {
        "type": "complaint",
        "title": "路灯不亮",
        "content": f"{cast.place}门口的路灯坏了，晚上看不见路",
        "place": cast.place,
        "division": cast.division,
    }
    first = await cast.agent.post(HOTLINE, earlier)
    body = {
        **earlier,
        "title": "路灯坏了没人修",
        "content": f"{cast.place}门口路灯好几天没亮了，老人摔了一跤，我的电话 {cast.phone}",
        "contact_phone": cast.phone,
    }
    course.order = await cast.agent.post(f"{HOTLINE}?similar=true", body)
    alike = [each["id"] for each in course.order["similar"]]
    assert first["id"] in alike, f"the earlier call is not named: {course.order['similar']}"
    await _put_aside(cast, first["id"], course)
    page = await cast.agent.get(f"{course.path}/proposals")
    proposed: dict[str, Any] = course.order.get("proposed") or next(iter(page["results"]), {})
    label = proposed.get("label")
    guessed = f"；建议分类：{label}" if label else "；分类建议未达置信度，不提示"
    say(
        1,
        f"话务员登记诉求 {course.order['number']}，提示疑似重复 {len(alike)} 件{guessed}",
        "the agent took the call; the same matter is named; a proposal below its confidence is silent",
    )


async def _put_aside(cast: Cast2, first_id: str, course: Course2) -> None:
    """The earlier call goes on in this one: its voice is counted, and it is told the end."""
    body = {"into": course.order["id"], "reason": "同一处路灯"}
    merged = await cast.agent.post(f"{ORDERS}/{first_id}/merges", body)
    assert merged["state"] == "merged", merged
    voices = (await cast.agent.get(course.path))["voices"]
    assert voices == 2, f"{voices} voices, not 2"


async def _dispatch(cast: Cast2, course: Course2, say: Say) -> None:
    body = {"department": cast.department_a, "division": cast.division, "reason": "属地管理"}
    sent = await cast.agent.post(f"{course.path}/dispatches", body)
    reckoned = await cast.officer_a.get(course.path)
    course.shown.append(str(reckoned))
    assert (sent["state"], reckoned["due_on"]) == ("dispatched", sent["due_on"])
    say(
        2,
        f"派往 {cast.department_a}，投诉类按工作日计，{sent['due_on']} 前办结",
        "dispatched to department A, due in working days by its type",
    )


async def _return(cast: Cast2, course: Course2, say: Say) -> None:
    why = {"reason": "该路灯由另一单位管护", "suggested_department": cast.department_b}
    asked = await cast.officer_a.post(f"{course.path}/returns", why)
    course.shown.append(str(asked))
    assert asked["state"] == "return-requested", asked["state"]
    ruling = {"granted": True, "reason": "情况属实"}
    freed = await cast.lead.post(f"{course.path}/return-rulings", ruling)
    assert (freed["state"], freed["due_on"]) == ("opened", None), freed
    body = {"department": cast.department_b, "division": cast.division, "reason": "退单后改派"}
    sent = await cast.lead.post(f"{course.path}/dispatches", body)
    assert sent["department"] == cast.department_b
    try:
        course.shown.append(str(await cast.officer_a.get(course.path)))
    except RefusedError as refused:
        assert refused.status == NOT_FOUND, refused  # noqa: PT017  what it is refused with matters
    else:
        raise AssertionError("department A still reads an order that is not its own")
    own = await cast.officer_a.get("/workorder/v1/returns", limit=100)
    assert course.order["number"] in {row["number"] for row in own["results"]}
    course.shown.append(str(own))
    say(
        3,
        f"甲单位申请退单，热线同意，改派乙单位，期限重新计算至 {sent['due_on']}；退单记在甲单位名下",
        "A returned it, the hotline agreed, B has it; the clock began anew; the return is counted",
    )


async def _extend(cast: Cast2, course: Course2, say: Say) -> None:
    signed = await cast.officer_b.post(f"{course.path}/signatures", {})
    asked = {"days": 2, "reason": "需更换灯杆"}
    await cast.officer_b.post(f"{course.path}/extensions", asked)
    ruling = {"granted": True, "reason": "灯杆需定制，已告知来电人"}
    longer = await cast.lead.post(f"{course.path}/extension-rulings", ruling)
    assert longer["due_on"] > signed["due_on"], longer["due_on"]
    again = await cast.officer_b.post_raw(f"{course.path}/extensions", asked)
    assert again.json()["type"] == "/problems/step-limit", again.text
    await cast.agent.post(f"{course.path}/urges", {"reason": "来电人再次询问"})
    await cast.coordinator.post(f"{course.path}/supervisions", {"reason": "涉及老人安全"})
    steps = {row["step"] for row in (await cast.agent.get(f"{course.path}/steps"))["results"]}
    assert {"extension-ruled", "urged", "supervised"} <= steps, steps
    say(
        4,
        f"乙单位延期一次至 {longer['due_on']}，第二次被拒；催办、督办留痕",
        "B got its one extension; urging and supervising stand on record",
    )


async def _reply_and_visit(cast: Cast2, course: Course2, say: Say) -> None:
    reply = {"outcome": "partly-solved", "text": "已临时照明"}
    await cast.officer_b.post(f"{course.path}/replies", reply)
    no = {"satisfied": False, "solved": False, "satisfaction": 2, "note": "灯还没换"}
    again = await cast.agent.post(f"{course.path}/visits", no)
    assert (again["state"], again["round"]) == ("reopened", 2), again
    reply = {"outcome": "solved", "text": "灯杆和灯具均已更换"}
    await cast.officer_b.post(f"{course.path}/replies", reply)
    yes = {"satisfied": True, "solved": True, "satisfaction": 5}
    closed = await cast.agent.post(f"{course.path}/visits", yes)
    assert (closed["state"], closed["outcome"]) == ("closed", "solved"), closed
    say(
        5,
        "乙单位回复；回访“未解决”，重办；再次回访“已解决”，办结",
        "B replied; not solved sent it round again; solved closed it",
    )


async def _sheet(cast: Cast2, course: Course2, say: Say) -> None:
    month = (datetime.now(UTC) + timedelta(hours=CITY_ZONE_HOURS)).strftime("%Y-%m")
    answer = await cast.lead.raw(f"/workorder/v1/ledgers/{month}", kind="hotline")
    assert answer.is_success, answer.text
    course.sheet = answer.json()
    lines = {row["department"]: row for row in course.sheet["departments"]}
    line = lines[cast.department_b]
    counts = {name: line["counts"][name] for name in ("dispatched", "closed_of_dispatched")}
    assert all(counts.values()), line
    opened = await cast.lead.get(f"{line['records_url']}&figure=dispatched&limit=100")
    assert course.order["number"] in {row["number"] for row in opened["results"]}
    rates = line["rates"]
    say(
        6,
        f"月报：乙单位派单 {counts['dispatched']} 件，办结率 {rates['completion_of_dispatched']}，"
        f"解决率 {rates['solved_share']}，满意率 {rates['satisfied_share']}，可逐件打开",
        "the month's sheet shows each rate by department, and opens down to its orders",
    )


async def _look_for_the_phone(cast: Cast2, course: Course2, say: Say) -> None:
    listed = [
        await cast.officer_b.get(course.path),
        await cast.officer_b.get(ORDERS, limit=100),
        await cast.officer_b.get(f"{course.path}/steps"),
    ]
    assert not any(cast.phone in text for text in [*course.shown, *map(str, listed)])
    for who in (cast.officer_a, cast.officer_b):
        asked = await who.post_raw(f"{course.path}/contact-disclosures", {"purpose": "联系来电人"})
        assert not asked.is_success, "a department was given the caller's telephone"
    exported = await cast.lead.raw("/workorder/v1/returns/export", format="csv")
    assert exported.is_success, exported.text
    assert cast.phone not in exported.text
    shown = await cast.agent.post(f"{course.path}/contact-disclosures", {"purpose": "回访"})
    assert shown["contact_phone"] == cast.phone
    say(
        7,
        "来电号码不在承办单位所见之处，也不在导出中；热线查看须说明用途并留痕",
        "the caller's number is nowhere that a department looks; the hotline sees it for a purpose, on record",
    )
