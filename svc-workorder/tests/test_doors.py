import asyncio
import json
from datetime import timedelta
from uuid import UUID

import pytest
from workorder_stories import (
    ANSWERS,
    APPLICATIONS,
    CODE,
    DEPARTMENT,
    a_clerk,
    a_guide,
    a_reviewer,
    publish,
    said_by,
    step,
    submitted,
)

from chassis.ids import is_readable_number, new_id
from contracts.events.catalog import ItemVersionWithdrawn
from contracts.events.certificate import CertificateIssued, Claim, PresentationClaimed
from contracts.events.datashare import DataRequestAnswered
from contracts.events.workorder import (
    ApplicationAccepted,
    ApplicationCorrected,
    ApplicationCorrectionRequested,
    ApplicationDecided,
    ApplicationDelivered,
    ApplicationResumed,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


async def gathered(house, application):
    """Both ways answer: the certificate stands in, the data is found."""
    await house.deliver(
        PresentationClaimed(
            presentation_id=new_id(),
            application_id=UUID(application["id"]),
            holder_id=new_id(),
            purpose="办事",
            item_code=CODE,
            claims=(
                Claim(
                    material_code="id-card",
                    certificate_id=new_id(),
                    certificate_type="id-card",
                    fields=("name",),
                ),
            ),
            claimed_at=house.clock.now(),
        ),
        times=2,
    )
    await house.deliver(
        DataRequestAnswered(
            data_request_id=new_id(),
            application_id=UUID(application["id"]),
            material_code="licence",
            resource_code="business-licence",
            outcome="found",
            fields=("name",),
            answered_at=house.clock.now(),
        ),
        times=2,
    )


async def test_a_citizen_applies_without_paper_and_holds_the_result_at_the_end(house):
    item_id = await publish(house)
    wang = house.person("citizen")
    clerk, reviewer = a_clerk(house), a_reviewer(house)
    application = await submitted(house, wang, contact_phone="13800138000")
    assert is_readable_number(application["number"])
    assert application["item"]["id"] == str(item_id)
    assert (application["promised_days"], application["due_on"]) == (5, "2026-03-09")
    assert {m["code"]: (m["state"], m["by"]) for m in application["materials"]} == {
        "id-card": ("gathering", "certificate"),
        "licence": ("gathering", "data"),
        "health": ("gathering", "certificate"),
        "plan": ("needed", None),
    }
    [told] = await house.told(ApplicationSubmitted)
    assert [need.material_code for need in told.needed] == ["id-card", "licence", "health"]

    await gathered(house, application)
    await step(house, application, "acceptances", as_=clerk)
    house.clock.move(timedelta(days=1))
    asked = await step(
        house,
        application,
        "correction-requests",
        {"material_codes": ["plan"], "reason": "平面图缺少面积"},
        as_=reviewer,
    )
    assert (asked["state"], asked["clock"], asked["due_on"]) == ("correction", "stopped", None)
    house.clock.move(timedelta(days=2))
    corrected = await step(
        house, application, "corrections", {"materials": [{"code": "plan"}]}, as_=wang
    )
    assert (corrected["state"], corrected["due_on"]) == ("accepted", "2026-03-11")
    decided = await step(house, application, "decisions", {"outcome": "approved"}, as_=reviewer)
    assert (decided["state"], decided["on_time"]) == ("decided", True)
    await house.deliver(
        CertificateIssued(
            certificate_id=new_id(),
            type_code="food-permit",
            holder_id=UUID(wang["sub"]),
            application_id=UUID(application["id"]),
            issued_at=house.clock.now(),
        ),
        times=2,
    )
    path = f"{APPLICATIONS}/{application['id']}"
    ended = (await house.get(path, as_=wang)).json()
    assert ended["state"] == "delivered"
    assert ended["results"][0]["certificate_id"]
    assert len(await house.told(ApplicationDelivered)) == 1
    for fact in (
        ApplicationAccepted,
        ApplicationCorrectionRequested,
        ApplicationCorrected,
        ApplicationDecided,
    ):
        assert len(await house.told(fact)) == 1
    steps = (await house.get(f"{path}/steps", as_=wang)).json()["results"]
    assert [each["step"] for each in steps] == [
        "submitted",
        "material-satisfied",
        "material-satisfied",
        "accepted",
        "correction-requested",
        "corrected",
        "approved",
        "result-made",
        "delivered",
    ]
    [stop] = (await house.get(f"{path}/suspensions", as_=wang)).json()["results"]
    assert (stop["kind"], stop["started_on"], stop["ended_on"]) == (
        "correction",
        "2026-03-03",
        "2026-03-05",
    )


async def test_an_item_nobody_knows_and_one_that_is_withdrawn(house):
    unknown = await house.post(APPLICATIONS, {"item_code": "NOPE"}, as_=house.person("citizen"))
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/item-unknown")
    item_id = await publish(house)
    withdrawn = ItemVersionWithdrawn(
        item_id=item_id, item_version_id=new_id(), version=1, withdrawn_at=house.clock.now()
    )
    await house.deliver(withdrawn)
    answer = await house.post(
        APPLICATIONS, {"item_id": str(item_id), "answers": ANSWERS}, as_=house.person("citizen")
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/item-withdrawn")
    nothing = await house.post(APPLICATIONS, {"answers": {}}, as_=house.person("citizen"))
    assert nothing.status_code == 422


async def test_unanswered_situations_are_named_one_by_one(house):
    await publish(house)
    answer = await house.post(APPLICATIONS, {"item_code": CODE}, as_=house.person("citizen"))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/situation-unanswered")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/answers/shop"]


async def test_the_same_key_gets_the_same_application(house):
    await publish(house)
    wang = house.person("citizen")
    body = {"item_code": CODE, "answers": ANSWERS}
    first = await house.post(APPLICATIONS, body, as_=wang, key="apply-0001")
    again = await house.post(APPLICATIONS, body, as_=wang, key="apply-0001")
    assert first.json() == again.json()
    assert len(await house.told(ApplicationSubmitted)) == 1


async def test_a_hot_submission_is_one_statement_and_not_even_a_begin(house):
    await publish(house)
    wang = house.person("citizen")
    await submitted(house, wang)
    said = await said_by(house, submitted(house, wang, presentation_id=str(new_id())))
    assert [line.split()[0] for line in said] == ["WITH"]


async def test_what_the_applicant_wrote_is_unreadable_in_the_books_and_masked_at_the_door(house):
    await publish(house)
    wang = house.person("citizen")
    form = {"shop": {"name": "好味", "phone": "13800138000"}}
    application = await submitted(house, wang, form=form, contact_phone="13800138000")
    assert application["contact"] == "138****8000"
    [row] = await house.sql(
        "SELECT form_encrypted || contact_encrypted AS sealed FROM applications"
    )
    assert "13800138000" not in row["sealed"]
    assert "好味" not in row["sealed"]
    messages = await house.sql("SELECT message FROM outbox")
    assert not any(b"13800138000" in row["message"] for row in messages)
    path = f"{APPLICATIONS}/{application['id']}/form"
    seen = (await house.get(path, as_=a_reviewer(house))).json()["form"]
    assert seen == {"shop": {"name": "好味", "phone": "138********"}}
    assert (await house.get(path, as_=wang)).json()["form"] == form


@pytest.mark.parametrize(
    "form", [{"a": "大" * 60_000}, {"a": "\ud800"}, {"a": [[[[[["x"] * 9] * 9] * 9] * 9] * 9] * 9}]
)
async def test_a_form_that_is_too_large_or_cannot_be_kept_is_refused(house, form):
    item_id = await publish(house)
    body = json.dumps({"item_id": str(item_id), "form": form}).encode()
    answer = await house.client.post(
        APPLICATIONS,
        content=body,
        headers={**house.headers(house.person("citizen")), "content-type": "application/json"},
    )
    assert answer.status_code in {413, 422}, answer.text
    assert answer.json()["type"] in {"/problems/invalid", "/problems/too-large"}


async def test_an_approval_names_what_is_missing(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    body = {"outcome": "approved"}
    problem = await step(house, application, "decisions", body, as_=a_reviewer(house), status=409)
    assert problem["type"] == "/problems/materials-missing"
    assert [fault["pointer"] for fault in problem["errors"]] == [
        "/materials/id-card",
        "/materials/licence",
    ]


async def test_an_approval_without_results_is_delivered_at_the_decision(house):
    await publish(house, a_guide(results=(), materials=()))
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    ended = await step(
        house, application, "decisions", {"outcome": "approved"}, as_=a_reviewer(house)
    )
    assert ended["state"] == "delivered"
    assert len(await house.told(ApplicationDelivered)) == 1


async def test_a_refusal_needs_its_reason_and_is_delivered_at_the_decision(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    reviewer = a_reviewer(house)
    await step(house, application, "decisions", {"outcome": "refused"}, as_=reviewer, status=422)
    body = {"outcome": "refused", "reason": "场所不合条件，电话 13800138000"}
    ended = await step(house, application, "decisions", body, as_=reviewer)
    assert (ended["state"], ended["outcome"]) == ("delivered", "refused")
    assert ended["decision_reason"] == "场所不合条件，电话 138********"
    assert (await house.told(ApplicationDecided))[0].results == ()


async def test_the_window_asks_before_acceptance_and_the_reviewer_after(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    body = {"material_codes": ["plan"], "reason": "不清楚"}
    early = await step(
        house, application, "correction-requests", body, as_=a_reviewer(house), status=403
    )
    assert early["type"] == "/problems/other-stage"
    await step(house, application, "acceptances", as_=a_clerk(house))
    await step(house, application, "correction-requests", body, as_=a_clerk(house), status=403)


async def test_a_clerk_does_not_accept_their_own_application(house):
    await publish(house)
    both = house.person("citizen", "clerk", division="445100")
    application = await submitted(house, both)
    problem = await step(house, application, "acceptances", as_=both, status=403)
    assert problem["type"] == "/problems/own-matter"


async def test_a_hearing_stops_the_clock_and_the_resumption_starts_it(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    reviewer = a_reviewer(house)
    over = {"procedure": "hearing", "reason": "听证", "until": "2020-01-01"}
    refused = await step(house, application, "suspensions", over, as_=reviewer, status=422)
    assert refused["type"] == "/problems/suspension-over"
    body = {"procedure": "hearing", "reason": "听证", "until": "2026-03-06"}
    stopped = await step(house, application, "suspensions", body, as_=reviewer)
    assert (stopped["state"], stopped["clock"]) == ("suspended", "stopped")
    house.clock.move(timedelta(days=4))
    going_on = await step(house, application, "resumptions", {}, as_=reviewer)
    assert (going_on["state"], going_on["due_on"]) == ("accepted", "2026-03-13")
    [resumed] = await house.told(ApplicationResumed)
    assert str(resumed.due_on) == "2026-03-13"


async def test_a_step_with_a_stale_version_changes_nothing(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    path = f"{APPLICATIONS}/{application['id']}/acceptances"
    clerk = a_clerk(house)
    stale = await house.post(path, as_=clerk, headers={"If-Match": '"7"'})
    out_of_order = await house.post(
        f"{APPLICATIONS}/{application['id']}/deliveries", as_=clerk, headers={"If-Match": '"7"'}
    )
    assert out_of_order.status_code == 412, "a lost race is told before a step out of order"
    fresh = await house.post(path, as_=clerk, headers={"If-Match": '"1"'})
    again = await house.post(path, as_=clerk)
    assert (stale.status_code, fresh.status_code, again.status_code) == (412, 201, 409)
    assert "已受理" in again.json()["detail"]
    assert len(await house.told(ApplicationAccepted)) == 1


async def test_withdrawn_and_not_accepted_are_ends(house):
    await publish(house)
    wang = house.person("citizen")
    withdrawn = await submitted(house, wang)
    refused = await submitted(house, wang)
    ended = await step(house, withdrawn, "withdrawals", {"reason": "不办了"}, as_=wang)
    assert ended["state"] == "withdrawn"
    assert len(await house.told(ApplicationWithdrawn)) == 1
    clerk = a_clerk(house)
    ended = await step(house, refused, "refusals", {"reason": "不属本机关职权"}, as_=clerk)
    assert ended["state"] == "not-accepted"
    await step(house, refused, "acceptances", as_=clerk, status=409)


async def test_a_file_is_handed_in_by_who_uploaded_it_and_read_by_who_reviews_it(house):
    await publish(house)
    wang = house.person("citizen")
    upload = await house.post(
        "/workorder/v1/attachments", as_=wang, files={"file": ("plan.pdf", PDF, "application/pdf")}
    )
    assert upload.status_code == 201, upload.text
    sha256 = upload.json()["sha256"]
    handed = [{"code": "plan", "attachment_sha256": sha256}]
    other = await house.post(
        APPLICATIONS,
        {"item_code": CODE, "answers": ANSWERS, "materials": handed},
        as_=house.person("citizen"),
    )
    assert (other.status_code, other.json()["type"]) == (422, "/problems/attachment-unknown")
    application = await submitted(house, wang, materials=handed)
    path = f"{APPLICATIONS}/{application['id']}/attachments/{sha256}"
    read = await house.get(path, as_=a_reviewer(house))
    assert (read.content, read.headers["content-type"]) == (PDF, "application/pdf")
    assert (await house.get(path, as_=house.person("citizen"))).status_code == 404
    text = {"file": ("plan.pdf", b"only text", "application/pdf")}
    wrong = await house.post("/workorder/v1/attachments", as_=wang, files=text)
    assert wrong.status_code == 415


async def test_a_list_is_filtered_and_goes_on_after_the_last_seen(house):
    await publish(house)
    wang = house.person("citizen")
    made = [await submitted(house, wang) for _ in range(3)]
    await step(house, made[0], "acceptances", as_=a_clerk(house))
    first = (await house.get(f"{APPLICATIONS}?limit=2&count=exact", as_=wang)).json()
    assert first["count"] == 3
    rest = await house.get(f"{APPLICATIONS}?limit=2&cursor={first['next_cursor']}", as_=wang)
    seen = [each["id"] for each in first["results"] + rest.json()["results"]]
    assert seen == [each["id"] for each in reversed(made)]
    for query, expected in (
        ("state=accepted", 1),
        (f"number={made[1]['number']}", 1),
        ("overdue=true", 0),
        ("due_before=2026-03-20", 3),
        ("item_code=NOPE", 0),
    ):
        page = (await house.get(f"{APPLICATIONS}?{query}", as_=wang)).json()
        assert len(page["results"]) == expected, query
    house.clock.move(timedelta(days=10))
    late = (await house.get(f"{APPLICATIONS}?overdue=true", as_=a_clerk(house))).json()
    assert [each["id"] for each in late["results"]] == [made[0]["id"]]


async def test_the_figures_are_counted_from_the_books(house):
    await publish(house, a_guide(results=(), materials=()))
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    await step(house, application, "decisions", {"outcome": "approved"}, as_=a_reviewer(house))
    await submitted(house, house.person("citizen"))

    async def figure(code, query=""):
        answer = await house.get(f"/workorder/v1/indicators/{code}{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]

    assert await figure("applications") == 2
    assert await figure("applications", "?from=2026-03-03") == 0
    assert await figure("applications", f"?division=445102&department={DEPARTMENT}") == 2
    assert await figure("applications_on_time_share") == 1.0
    assert await figure("business_setup_days") is None
    assert await figure("hotline_completion_rate") is None
    await house.sql(
        "UPDATE rules SET value = $1 WHERE code = 'business-setup-item-codes'", f'["{CODE}"]'
    )
    house.runtime.rules.forget()
    assert await figure("business_setup_days") == 0


async def test_of_many_at_once_one_takes_the_step(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    path, clerk = f"{APPLICATIONS}/{application['id']}/acceptances", a_clerk(house)
    answers = await asyncio.gather(*(house.post(path, as_=clerk) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await house.told(ApplicationAccepted)) == 1
