from uuid import UUID

import pytest
from workorder_stories import (
    ANSWERS,
    APPLICATIONS,
    CODE,
    DEPARTMENT,
    DIVISION,
    a_clerk,
    a_guide,
    a_reviewer,
    bad_rating,
    publish,
    step,
    submitted,
)

from chassis.consumers import NotYetError
from chassis.ids import new_id
from contracts.events.catalog import ItemVersionWithdrawn
from contracts.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    Claim,
    PresentationClaimed,
    PresentationRefused,
)
from contracts.events.datashare import DataRequestAnswered
from contracts.events.evaluation import RatingGiven
from contracts.events.workorder import ApplicationDelivered, WorkOrderOpened
from contracts.vocabulary import CertificateStatus, RatingLevel


def claimed(house, application_id, *codes):
    return PresentationClaimed(
        presentation_id=new_id(),
        application_id=application_id,
        holder_id=new_id(),
        purpose="办事",
        item_code=CODE,
        claims=tuple(
            Claim(
                material_code=code,
                certificate_id=new_id(),
                certificate_type=code,
                fields=("name",),
            )
            for code in codes
        ),
        claimed_at=house.clock.now(),
    )


def refused(house, application_id, *codes, reason="no-presentation"):
    return PresentationRefused(
        application_id=application_id,
        item_code=CODE,
        material_codes=codes,
        reason=reason,
        refused_at=house.clock.now(),
    )


def data_answered(house, application_id, code, outcome="found"):
    return DataRequestAnswered(
        data_request_id=new_id(),
        application_id=application_id,
        material_code=code,
        resource_code="business-licence",
        outcome=outcome,
        answered_at=house.clock.now(),
    )


def issued(house, application_id):
    return CertificateIssued(
        certificate_id=new_id(),
        type_code="food-permit",
        holder_id=new_id(),
        application_id=application_id,
        issued_at=house.clock.now(),
    )


def revoked(house, application_id):
    return CertificateRevoked(
        certificate_id=new_id(),
        type_code="food-permit",
        holder_id=new_id(),
        application_id=application_id,
        status=CertificateStatus.REVOKED,
        reason_code="false-statement",
        revoked_at=house.clock.now(),
    )


async def materials(house, application):
    path = f"{APPLICATIONS}/{application['id']}"
    seen = (await house.get(path, as_=a_clerk(house))).json()["materials"]
    return {each["code"]: each for each in seen}


async def test_an_older_version_never_replaces_a_newer_one(house):
    item_id = await publish(house, a_guide(promised_days=3), version=2)
    await publish(house, a_guide(promised_days=9), item_id=item_id, version=1)
    application = await submitted(house, house.person("citizen"))
    assert (application["promised_days"], application["item"]["version"]) == (3, 2)
    await publish(house, a_guide(promised_days=4), item_id=item_id, version=3)
    assert (await submitted(house, house.person("citizen")))["promised_days"] == 4


async def test_a_withdrawal_before_its_version_keeps_the_item_closed(house):
    item_id = new_id()
    withdrawn = ItemVersionWithdrawn(
        item_id=item_id, item_version_id=new_id(), version=2, withdrawn_at=house.clock.now()
    )
    await house.deliver(withdrawn, times=2)
    await publish(house, item_id=item_id, version=2)
    body = {"item_id": str(item_id), "answers": ANSWERS}
    closed = await house.post(APPLICATIONS, body, as_=house.person("citizen"))
    assert closed.status_code == 409
    await publish(house, item_id=item_id, version=3)
    opened = await house.post(APPLICATIONS, body, as_=house.person("citizen"))
    assert opened.status_code == 201


async def test_those_in_flight_finish_on_the_version_they_began_with(house):
    item_id = await publish(house)
    application = await submitted(house, house.person("citizen"))
    await publish(house, a_guide(promised_days=1), item_id=item_id, version=2)
    accepted = await step(house, application, "acceptances", as_=a_clerk(house))
    assert (accepted["promised_days"], accepted["due_on"]) == (5, "2026-03-09")


async def test_a_claim_satisfies_once_however_often_it_is_told(house):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    fact = claimed(house, UUID(application["id"]), "id-card")
    await house.deliver(fact, times=3)
    await house.deliver(fact)  # the same news in another message
    seen = (await materials(house, application))["id-card"]
    assert (seen["state"], seen["by"]) == ("satisfied", "certificate")
    assert seen["certificate_id"] == str(fact.claims[0].certificate_id)
    steps = await house.sql("SELECT 1 FROM application_steps WHERE step = 'material-satisfied'")
    assert len(steps) == 1


@pytest.mark.parametrize("is_certificate_first", [True, False])
async def test_two_ways_may_answer_in_any_order(house, is_certificate_first):
    await publish(house)
    application = await submitted(house, house.person("citizen"))
    application_id = UUID(application["id"])
    facts = [
        refused(house, application_id, "id-card", "health"),
        data_answered(house, application_id, "health"),
    ]
    for fact in facts if is_certificate_first else reversed(facts):
        await house.deliver(fact, times=2)
    seen = await materials(house, application)
    assert (seen["health"]["state"], seen["health"]["by"]) == ("satisfied", "data")
    assert (seen["id-card"]["state"], seen["id-card"]["reason"]) == (
        "needed",
        "未亮证，请上传此材料",
    )


@pytest.mark.parametrize("outcome", ["no-grant", "no-record", "unknown-resource"])
async def test_data_that_is_not_found_has_to_be_brought(house, outcome):
    await publish(house)
    wang = house.person("citizen")
    application = await submitted(house, wang)
    await house.deliver(data_answered(house, UUID(application["id"]), "licence", outcome))
    seen = (await materials(house, application))["licence"]
    assert seen["state"] == "needed"
    assert "请上传" in seen["reason"]
    await step(house, application, "materials", {"materials": [{"code": "licence"}]}, as_=wang)
    await house.deliver(data_answered(house, UUID(application["id"]), "licence"))
    assert (await materials(house, application))["licence"]["by"] == "paper"


@pytest.mark.parametrize(
    "make",
    [
        lambda house: claimed(house, new_id(), "id-card"),
        lambda house: refused(house, new_id(), "id-card"),
        lambda house: data_answered(house, new_id(), "licence"),
        lambda house: issued(house, new_id()),
        lambda house: revoked(house, new_id()),
    ],
)
async def test_what_comes_before_its_application_is_tried_again(house, make):
    with pytest.raises(NotYetError):
        await house.deliver(make(house))
    assert await house.sql("SELECT 1 FROM inbox") == []


async def test_a_claim_for_a_withdrawn_application_changes_nothing(house):
    await publish(house)
    wang = house.person("citizen")
    application = await submitted(house, wang)
    await step(house, application, "withdrawals", as_=wang)
    await house.deliver(claimed(house, UUID(application["id"]), "id-card"))
    assert (await materials(house, application))["id-card"]["state"] == "gathering"


async def decided(house):
    guide = a_guide(
        materials=(),
        results=(
            {"name": "食品经营许可证", "certificate_type": "food-permit"},
            {"name": "副本", "certificate_type": "food-permit"},
            {"name": "告知书"},
        ),
    )
    await publish(house, guide)
    application = await submitted(house, house.person("citizen"))
    await step(house, application, "acceptances", as_=a_clerk(house))
    await step(house, application, "decisions", {"outcome": "approved"}, as_=a_reviewer(house))
    return application


async def test_the_last_result_delivers(house):
    application = await decided(house)
    clerk = a_clerk(house)
    problem = await step(house, application, "deliveries", as_=clerk, status=409)
    assert problem["type"] == "/problems/results-missing"
    await house.deliver(issued(house, UUID(application["id"])), times=2)
    assert await house.told(ApplicationDelivered) == []
    await house.deliver(issued(house, UUID(application["id"])), times=2)
    assert len(await house.told(ApplicationDelivered)) == 1
    await house.deliver(issued(house, UUID(application["id"])))
    assert len(await house.told(ApplicationDelivered)) == 1


async def test_a_revoked_result_is_in_the_history(house):
    application = await decided(house)
    await house.deliver(revoked(house, UUID(application["id"])), times=2)
    path = f"{APPLICATIONS}/{application['id']}/steps"
    steps = (await house.get(path, as_=a_clerk(house))).json()["results"]
    assert [each["step"] for each in steps].count("result-revoked") == 1


async def test_certificates_of_no_application_are_not_ours(house):
    await house.deliver(issued(house, None))
    await house.deliver(revoked(house, None))


async def test_a_good_rating_opens_nothing_and_a_bad_one_opens_once(house):
    bad = bad_rating(house, rater_id=new_id())
    good = RatingGiven(
        **{
            **bad.model_dump(),
            "rating_id": new_id(),
            "level": RatingLevel.SATISFIED,
            "is_bad": False,
        }
    )
    await house.deliver(good, division=DIVISION, department=DEPARTMENT)
    assert await house.told(WorkOrderOpened) == []
    await house.deliver(bad, times=3, division=DIVISION, department=DEPARTMENT)
    assert [fact.rating_id for fact in await house.told(WorkOrderOpened)] == [bad.rating_id]
