"""J1: a citizen gets a certificate without bringing paper (四免 + 亮码办), all ten steps through the gateway."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from localcity.journeys.caller import Caller, eventually

Say = Callable[[int, str, str], None]

ANSWERS = {"premises": "leased", "online": "no"}
PURPOSE = "申请食品经营许可"
ONE_PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000053 00000 n \n0000000103 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n168\n%%EOF\n"
)
"""The smallest lease that a reader opens: one empty page."""


@dataclass(kw_only=True)
class Cast:
    """Who plays: one citizen and the officers. Every one of them calls through the same gateway."""

    citizen: Caller
    clerk: Caller
    reviewer: Caller
    officer: Caller
    issuer: Caller
    seal_keeper: Caller
    stranger: Caller
    """Anybody on the street: no token."""
    item_code: str
    patience: float = 30.0
    """Seconds within which what the city does by itself must have happened."""


@dataclass(kw_only=True)
class Course:
    """What one walk left behind, for the checks that follow it."""

    application_id: str = ""
    application_number: str = ""
    certificate_id: str = ""
    rating_id: str = ""
    work_order_id: str = ""
    verify_code: str = ""
    item: dict[str, Any] = field(default_factory=dict)
    pdf: bytes = b""


async def walk(cast: Cast, say: Say) -> Course:
    """All ten steps, each checked; raises AssertionError with what was expected and what came."""
    course = Course()
    await _search(cast, course, say)
    await _answer_situations(cast, course, say)
    presentation_id = await _show_code(cast, course, say)
    await _submit(cast, course, presentation_id, say)
    await _see_the_use(cast, course, say)
    await _decide(cast, course, say)
    await _receive(cast, course, say)
    code = await _invited(cast, course, say)
    await _rate_and_rectify(cast, course, code, say)
    await _revoke(cast, course, say)
    return course


async def _search(cast: Cast, course: Course, say: Say) -> None:
    page = await cast.citizen.get("/catalog/v1/items", q="食品", limit=20)
    found = [row for row in page["results"] if row["item_code"] == cast.item_code]
    assert found, (
        f"{cast.item_code} is not on the first page: {[r['name'] for r in page['results']]}"
    )
    course.item = found[0]
    guide = (await cast.citizen.get(f"/catalog/v1/items/{course.item['id']}"))["guide"]
    exempt = [m for m in guide["materials"] if m["exemption_ground"]]
    assert exempt, "the guide names no exempt material"
    names = "、".join(material["name"] for material in exempt)
    say(
        1,
        f"搜索“食品”，找到《{guide['name']}》；免交：{names}",
        "searched two characters; the guide says what need not be brought, and why",
    )


async def _answer_situations(cast: Cast, course: Course, say: Say) -> None:
    guide = (await cast.citizen.get(f"/catalog/v1/items/{course.item['id']}"))["guide"]
    response = await cast.citizen.post_raw(
        f"/catalog/v1/items/{course.item['id']}/material-lists", {"answers": ANSWERS}
    )
    assert response.is_success, response.text
    listed = response.json()["materials"]
    assert 0 < len(listed) < len(guide["materials"]), "the answers did not shorten the list"
    say(
        2,
        f"回答情形问题，材料从 {len(guide['materials'])} 项减为 {len(listed)} 项",
        f"situations answered: {len(guide['materials'])} materials become {len(listed)}",
    )


async def _show_code(cast: Cast, course: Course, say: Say) -> str:
    shown = await cast.citizen.post(
        "/certificate/v1/presentations",
        {
            "certificate_types": ["resident-id"],
            "purpose": PURPOSE,
            "item_code": course.item["item_code"],
        },
    )
    say(
        3,
        "亮出居民身份证动态码：仅限此事项、此用途、60 秒",
        "showed the electronic ID by dynamic code: one purpose, one item, 60 seconds",
    )
    return str(shown["id"])


async def _submit(cast: Cast, course: Course, presentation_id: str, say: Say) -> None:
    body = {
        "item_id": course.item["id"],
        "answers": ANSWERS,
        "presentation_id": presentation_id,
        "contact_phone": "13800000000",
    }
    key = f"submit-{presentation_id}"
    first = await cast.citizen.post("/workorder/v1/applications", body, key=key)
    again = await cast.citizen.post("/workorder/v1/applications", body, key=key)
    assert again["id"] == first["id"], "the same key made a second application"
    assert again["number"] == first["number"]
    course.application_id, course.application_number = first["id"], first["number"]
    assert first["promised_days"] > 0
    say(
        4,
        f"提交申请 {first['number']}，承诺 {first['promised_days']} 个工作日，预计 {first['due_on']} 办结；重复提交得到同一答复",
        "submitted; the promised date is in working days; the same key gave the same answer",
    )


async def _see_the_use(cast: Cast, course: Course, say: Say) -> None:
    path = f"/workorder/v1/applications/{course.application_id}"

    async def gathered() -> Any:
        application = await cast.citizen.get(path)
        states = {m["code"]: m["state"] for m in application["materials"]}
        return application if "gathering" not in states.values() else None

    application = await eventually("materials gathered", gathered, within=cast.patience)
    satisfied = [m for m in application["materials"] if m["state"] == "satisfied"]
    ways = {m["by"] for m in satisfied}
    assert {"certificate", "data"} <= ways, application["materials"]

    async def seen(path: str) -> Any:
        page = await cast.citizen.get(path)
        return [
            row for row in page["results"] if row.get("application_id") == course.application_id
        ]

    await eventually(
        "use in her history", lambda: seen("/certificate/v1/uses"), within=cast.patience
    )
    await eventually(
        "look-up in her history", lambda: seen("/datashare/v1/look-ups"), within=cast.patience
    )
    say(
        5,
        f"{len(satisfied)} 项材料由证照和数据共享代替，未上传；她在“谁查了我”中看到两次使用",
        "exempt materials were claimed, not uploaded; she sees both uses in her history",
    )


async def _decide(cast: Cast, course: Course, say: Say) -> None:
    path = f"/workorder/v1/applications/{course.application_id}"
    accepted = await cast.clerk.post(f"{path}/acceptances", {})
    before = accepted["due_on"]
    needed = [m["code"] for m in accepted["materials"] if m["state"] == "needed"]
    codes = needed or [accepted["materials"][-1]["code"]]
    stopped = await cast.reviewer.post(
        f"{path}/correction-requests", {"material_codes": codes, "reason": "材料需补正，请一次补齐"}
    )
    assert stopped["state"] == "correction"
    uploaded = await upload_a_page(cast.citizen)
    corrected = await cast.citizen.post(
        f"{path}/corrections",
        {
            "materials": [{"code": code, "attachment_sha256": uploaded} for code in codes],
            "note": "已补齐",
        },
    )
    assert corrected["due_on"] >= before, "a stopped clock cannot make the date earlier"
    decided = await cast.reviewer.post(
        f"{path}/decisions", {"outcome": "approved", "reason": "符合条件"}
    )
    assert decided["state"] in {"decided", "delivered"}
    say(
        6,
        "窗口受理；审批人员要求补正，时限停止；补正后继续；准予许可",
        "accepted; correction asked and the clock stopped; corrected; approved",
    )


async def upload_a_page(citizen: Caller) -> str:
    """Hand in a page that has to be brought after all; returns its SHA-256, by which steps name it."""
    response = await citizen.upload(
        "/workorder/v1/attachments", "lease.pdf", ONE_PAGE, "application/pdf"
    )
    assert response.is_success, response.text
    return str(response.json()["sha256"])


async def _receive(cast: Cast, course: Course, say: Say) -> None:
    async def issued() -> Any:
        page = await cast.citizen.get("/certificate/v1/certificates", type="food-business-permit")
        mine = [c for c in page["results"] if c.get("application_id") == course.application_id]
        return mine[0] if mine and mine[0]["status"] == "valid" else None

    certificate = await eventually("certificate issued", issued, within=cast.patience)
    course.certificate_id = certificate["id"]
    path = f"/certificate/v1/certificates/{course.certificate_id}"
    course.verify_code = (await cast.citizen.get(path))["verify_code"]
    course.pdf = (await cast.citizen.raw(f"{path}/file", format="pdf")).content
    assert course.pdf.startswith(b"%PDF-"), course.pdf[:80]
    verdict = await cast.stranger.post(
        "/certificate/v1/verifications", {"code": course.verify_code}
    )
    assert verdict["verdict"] == "valid", verdict
    page = await cast.stranger.raw("/certificate/v1/verify")
    assert page.status_code == httpx.codes.OK
    assert "text/html" in page.headers["content-type"]
    say(
        7,
        f"电子证照已签发（{certificate['identifier']}），PDF 已签章；二维码在公开页核验为有效",
        "the certificate was issued, sealed and signed; its code verifies on the public page",
    )


async def _invited(cast: Cast, course: Course, say: Say) -> str:
    async def invitation() -> Any:
        page = await cast.citizen.get("/evaluation/v1/invitations")
        return [row for row in page["results"] if row["rated_id"] == course.application_id]

    invitations = await eventually("invited to rate", invitation, within=cast.patience)
    assert len(invitations) == 1, "one service, one invitation"
    say(8, "收到一次评价邀请", "invited to rate, once")
    return str(invitations[0]["code"])


async def _rate_and_rectify(cast: Cast, course: Course, code: str, say: Say) -> None:
    path = f"/evaluation/v1/invitations/{code}/rating"
    rating = await cast.stranger.post(
        path, {"level": "2", "reason_codes": ["waited-too-long"], "comment": "等得太久"}
    )
    course.rating_id = rating["id"]
    second = await cast.stranger.post_raw(path, {"level": "5"})
    assert second.status_code == httpx.codes.GONE, "the invitation worked twice"
    order = await eventually(
        "rectification opened", lambda: _rectification(cast, course), within=cast.patience
    )
    course.work_order_id = order["id"]
    assert order["due_on"], "a rectification without a deadline"
    orders = f"/workorder/v1/work-orders/{order['id']}"
    await cast.officer.post(f"{orders}/replies", {"outcome": "solved", "text": "已增设窗口并致歉"})
    closed = await cast.citizen.post(f"{orders}/visits", {"satisfied": True, "note": "可以了"})
    assert closed["state"] == "closed", closed

    async def settled() -> Any:
        found = await cast.citizen.get(f"/evaluation/v1/ratings/{course.rating_id}")
        return found["state"] == "rectified"

    await eventually("the rating shows it", settled, within=cast.patience)
    score = await cast.stranger.get("/evaluation/v1/indicators/service_quality_score")
    share = await cast.stranger.get("/evaluation/v1/indicators/negative_rectified_share")
    assert score["value"] is not None
    assert share["numerator"] >= 1
    say(
        9,
        f"差评自动生成整改工单 {order['number']}（{order['due_on']} 前），整改、回访满意、闭环；本月得分 {score['value']}",
        "the bad rating opened a rectification; rectified, visited, closed; the score shows both",
    )


async def _rectification(cast: Cast, course: Course) -> Any:
    page = await cast.officer.get("/workorder/v1/work-orders", kind="rectification", limit=100)
    return next((row for row in page["results"] if row["rating_id"] == course.rating_id), None)


async def _revoke(cast: Cast, course: Course, say: Say) -> None:
    path = f"/certificate/v1/certificates/{course.certificate_id}"
    proposed = await cast.issuer.post(
        f"{path}/revocations",
        {
            "reason_code": "obtained-by-error",
            "reason": "核查发现场所不符",
            "legal_basis": "行政许可法 第69条",
            "kind": "revoked",
        },
    )
    await cast.seal_keeper.post(
        f"{path}/revocations/{proposed['id']}/approvals", {"reason": "同意撤销"}
    )
    verdict = await cast.stranger.post(
        "/certificate/v1/verifications", {"code": course.verify_code}
    )
    assert verdict["verdict"] == "revoked", verdict
    mine = await cast.citizen.get(path)
    assert mine["status"] == "revoked", mine
    say(
        10,
        "证照被撤销：公开页、状态列表、本人证照夹都显示已撤销",
        "revoked: the public page, the status list and the holder all say so",
    )
