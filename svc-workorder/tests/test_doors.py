from datetime import timedelta
from uuid import UUID

from workorder_stories import (
    APPLICATIONS,
    CODE,
    a_clerk,
    a_reviewer,
    publish,
    step,
    submitted,
)

from chassis.ids import is_readable_number, new_id
from contracts.events.certificate import CertificateIssued, Claim, PresentationClaimed
from contracts.events.datashare import DataRequestAnswered
from contracts.events.workorder import (
    ApplicationAccepted,
    ApplicationCorrected,
    ApplicationCorrectionRequested,
    ApplicationDecided,
    ApplicationDelivered,
    ApplicationSubmitted,
)


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
