"""J5: a city power moves down to two counties at its minute (放权), and 枫溪区 is only carried out for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localcity.example.powers import power_row
from localcity.journeys.caller import Caller, eventually

Say = Callable[[int, str, str], None]

CITY, FENGXI = "445100", "FX"
COUNTIES = (("445102", "湘桥区"), ("445103", "潮安区"))
WHY = {"reason": "潮府〔2026〕1号"}


@dataclass(kw_only=True)
class Cast5:
    """Who plays. `staff` mints a caller with these claims, as the city's identity provider would."""

    citizens: tuple[Caller, Caller, Caller]
    clerk: Caller
    lawyer: Caller
    coordinator: Caller
    admin: Caller
    staff: Callable[[str, str, str, int], Caller]
    """role, department, division and number to a caller."""
    mark: str
    """Eight digits of this walk's own, so that it may be walked again."""
    seconds_ahead: float = 8.0
    patience: float = 30.0


@dataclass(kw_only=True)
class Course5:
    item_id: str = ""
    power_id: str = ""
    adjustment_id: str = ""
    effective_at: datetime | None = None
    in_flight: str = ""
    new_items: list[str] = field(default_factory=list)
    received: dict[str, str] = field(default_factory=dict)
    """Department that received the power to an application handed in there."""

    @property
    def path(self) -> str:
        return f"/catalog/v1/power-adjustments/{self.adjustment_id}"


async def walk_powers_down(cast: Cast5, say: Say) -> Course5:
    """All of it, each step checked; raises AssertionError with what was expected and what came."""
    course = Course5()
    await _publish_item(cast, course, say)
    await _propose(cast, course, say)
    await _review_and_approve(cast, course, say)
    await _apply_before(cast, course, say)
    await _the_minute(cast, course, say)
    await _apply_after(cast, course, say)
    await _finish_in_flight(cast, course, say)
    await _receiver_issues(cast, course, say)
    await _show_fengxi(cast, say)
    return course


def _giver(cast: Cast5) -> str:
    return f"11445100{cast.mark}0M"[:18].ljust(18, "0")


def _receiver(cast: Cast5, county: str) -> str:
    return f"11{county}{cast.mark}1M"[:18].ljust(18, "0")


def _code(cast: Cast5) -> str:
    return f"4401{cast.mark}"


def _certificate_type(cast: Cast5) -> str:
    return f"demo-permit-{cast.mark}"


async def _publish_item(cast: Cast5, course: Course5, say: Say) -> None:
    guide = {
        "item_code": f"{_giver(cast)}3{_code(cast)}",
        "name": f"示范许可{cast.mark}",
        "task_type": "01",
        "department": _giver(cast),
        "department_name": "潮州市示范局",
        "division": CITY,
        "statutory_days": 20,
        "promised_days": 5,
        "legal_basis": [{"law": "中华人民共和国行政许可法", "article": "第十二条"}],
        "results": [{"name": "示范许可证", "certificate_type": _certificate_type(cast)}],
    }
    kind = {
        "code": _certificate_type(cast),
        "name": "示范许可证",
        "department": _giver(cast),
        "department_name": "潮州市示范局",
        "division": CITY,
    }
    await cast.admin.post("/certificate/v1/certificate-types", {"certificate_types": [kind]})
    rows = [
        {"code": _giver(cast), "name": "潮州市示范局", "division": CITY},
        *(
            {"code": _receiver(cast, code), "name": f"{name}示范局", "division": code}
            for code, name in COUNTIES
        ),
    ]
    await cast.admin.post("/catalog/v1/departments", {"rows": rows})
    response = await cast.admin.upload(
        "/catalog/v1/imports", "items.jsonl", _line(guide), "application/jsonl"
    )
    assert response.is_success, response.text

    async def there() -> Any:
        found = await cast.admin.get("/catalog/v1/items", department=_giver(cast))
        return found["results"]

    course.item_id = (await eventually("the city's item", there, within=cast.patience))[0]["id"]
    row = power_row(
        code=_code(cast),
        name=f"示范许可{cast.mark}",
        department=_giver(cast),
        department_name="潮州市示范局",
        item_ids=[course.item_id],
    )
    answer = await cast.admin.post("/catalog/v1/powers", {"rows": [row], **WHY})
    assert answer["refused"] == 0, answer
    course.power_id = answer["results"][0]["id"]
    say(1, "市级职权列入权责清单，事项已发布", "a city power is listed and its item in force")


def _line(guide: dict[str, Any]) -> bytes:
    return json.dumps(guide, ensure_ascii=False).encode() + b"\n"


async def _propose(cast: Cast5, course: Course5, say: Say) -> None:
    course.effective_at = datetime.now(UTC) + timedelta(seconds=cast.seconds_ahead)
    body = {
        "kind": "move-down",
        "power_id": course.power_id,
        "terms": {
            "trigger": "superior-decision",
            "trigger_on": (datetime.now(UTC) - timedelta(days=2)).date().isoformat(),
            "legal_basis": [{"law": "中华人民共和国行政许可法", "article": "第二十四条"}],
            "document_number": "潮府〔2026〕1号",
            "reason": "企业就近办理",
        },
        "receivers": [
            {
                "division": code,
                "department": _receiver(cast, code),
                "department_name": f"{name}示范局",
                "level": "county",
            }
            for code, name in COUNTIES
        ],
        "effective_at": course.effective_at.isoformat(),
    }
    giver = cast.staff("publisher", _giver(cast), CITY, 1)
    course.adjustment_id = (await giver.post("/catalog/v1/power-adjustments", body))["id"]
    for code, _ in COUNTIES:
        receiver = cast.staff("publisher", _receiver(cast, code), code, 2)
        await receiver.post(f"{course.path}/opinions", {"agrees": True, "opinion": "可以承接"})
    await giver.post(f"{course.path}/legal-review-requests", WHY)
    say(
        2,
        "提出下放，两区县同意承接，提请合法性审查",
        "proposed; both counties agree; review asked for",
    )


async def _review_and_approve(cast: Cast5, course: Course5, say: Say) -> None:
    review = {"review": {"conclusion": "passed", "opinion": "主体、权限、程序合法"}}
    await cast.lawyer.post(f"{course.path}/legal-reviews", review)
    await cast.coordinator.post(f"{course.path}/approvals", WHY)
    await cast.coordinator.post(f"{course.path}/publications", WHY)
    say(3, "合法性审查通过，批准并公布，待生效", "reviewed, approved by another person, published")


async def _apply(citizen: Caller, item_id: str) -> Any:
    return await citizen.post_raw("/workorder/v1/applications", {"item_id": item_id})


async def _apply_before(cast: Cast5, course: Course5, say: Say) -> None:
    async def taken() -> Any:
        answer = await _apply(cast.citizens[0], course.item_id)
        return answer.json() if answer.is_success else None

    application = await eventually("taken before the minute", taken, within=cast.patience)
    assert course.effective_at is not None
    assert datetime.fromisoformat(application["submitted_at"]) < course.effective_at, "too late"
    course.in_flight = application["id"]
    say(4, f"生效前一位市民提交 {application['number']}，已受理", "one applies before the minute")


async def _the_minute(cast: Cast5, course: Course5, say: Say) -> None:
    async def refused() -> Any:
        answer = await _apply(cast.citizens[1], course.item_id)
        return answer if answer.status_code == 409 else None

    answer = await eventually("the old item refuses", refused, within=cast.patience)
    problem = answer.json()
    assert problem["type"].endswith("item-moved"), problem
    for _, name in COUNTIES:
        assert f"{name}示范局" in problem["detail"], problem
    assert course.effective_at is not None
    assert datetime.now(UTC) >= course.effective_at, "refused before the minute"
    say(
        5,
        f"到点即不再受理：{problem['detail']}",
        "at the minute the old item refuses, and says where",
    )


async def _apply_after(cast: Cast5, course: Course5, say: Say) -> None:
    async def moved() -> Any:
        found = await cast.citizens[2].get(f"/catalog/v1/items/{course.item_id}/moves")
        return found["results"] if len(found["results"]) == len(COUNTIES) else None

    moves = await eventually("both counties' items", moved, within=cast.patience)
    course.new_items = [move["to_item_id"] for move in moves]
    for item_id in course.new_items:
        assert (await cast.citizens[2].get(f"/catalog/v1/items/{item_id}"))["state"] == "published"

        async def taken(item_id: str = item_id) -> Any:
            answer = await _apply(cast.citizens[2], item_id)
            return answer.json() if answer.is_success else None

        application = await eventually("taken at the county", taken, within=cast.patience)
        course.received[application["department"]] = application["id"]
    history = await cast.citizens[2].get(f"/catalog/v1/powers/{course.power_id}/history")
    words = history["results"][-1]["words"]
    assert "已下放" in words, words
    say(
        6,
        f"两区县的新指南已生效并受理；权责清单：{words}",
        "both counties take applications; the list says so",
    )


async def _finish_in_flight(cast: Cast5, course: Course5, say: Say) -> None:
    path = f"/workorder/v1/applications/{course.in_flight}"
    await cast.clerk.post(f"{path}/acceptances", {})
    reviewer = cast.staff("reviewer", _giver(cast), CITY, 3)
    decided = await reviewer.post(
        f"{path}/decisions", {"outcome": "approved", "reason": "符合条件"}
    )
    assert decided["department"] == _giver(cast), decided
    assert decided["item"]["id"] == course.item_id
    await _issued_by(cast, course.in_flight, _giver(cast))
    say(
        7,
        "在办件由原部门按原版本办结，证照由原部门签发",
        "what was in flight finishes where it began, and who decided it issues",
    )


async def _issued_by(cast: Cast5, application_id: str, department: str) -> None:
    async def drafted() -> Any:
        page = await cast.citizens[0].get(
            "/certificate/v1/certificates", type=_certificate_type(cast)
        )
        return [row for row in page["results"] if row["application_id"] == application_id]

    found = await eventually("its certificate", drafted, within=cast.patience)
    assert f".{department}." in found[0]["identifier"], found[0]


async def _receiver_issues(cast: Cast5, course: Course5, say: Say) -> None:
    county, name = COUNTIES[0]
    path = f"/workorder/v1/applications/{course.received[_receiver(cast, county)]}"
    await cast.clerk.post(f"{path}/acceptances", {})
    reviewer = cast.staff("reviewer", _receiver(cast, county), county, 4)
    await reviewer.post(f"{path}/decisions", {"outcome": "approved", "reason": "符合条件"})
    await _issued_by(cast, course.received[_receiver(cast, county)], _receiver(cast, county))
    old = await cast.citizens[2].get(f"/catalog/v1/items/{course.item_id}")
    assert {place["item_id"] for place in old["moved_to"]} == set(course.new_items), old["moved_to"]
    say(
        8,
        f"{name}示范局决定的件由其签发证照；原指南写明现由谁办理",
        "what a county decides it issues; the old guide says who does it now",
    )


async def _show_fengxi(cast: Cast5, say: Say) -> None:
    row = power_row(
        code=f"4402{cast.mark}",
        name=f"代实施示范{cast.mark}",
        department=_giver(cast),
        department_name="潮州市示范局",
        managing_area=FENGXI,
    )
    await cast.admin.post("/catalog/v1/powers", {"rows": [row], **WHY})
    shown = await cast.citizens[2].get(
        "/catalog/v1/powers", managing_area=FENGXI, department=_giver(cast)
    )
    (power,) = shown["results"]
    assert (power["managing_area"], power["division"]) == (FENGXI, CITY)
    say(9, "枫溪区由市直部门代实施，清单如实标明", "枫溪区 is carried out for, and shows as such")
