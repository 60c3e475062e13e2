import asyncio
from datetime import timedelta

import pytest

from certificate.domain.certificate import CertificateNotDraftError
from certificate.use_cases.issue_certificate import IssueCertificate, issue_certificate
from certificate.workers import make_documents, make_due, take_due
from chassis.consumers import NotYetError
from chassis.ids import new_id
from chassis.testing import eventually
from contracts.events.certificate import (
    CertificateIssued,
    PresentationClaimed,
    PresentationRefused,
)
from contracts.events.datashare import RecordLookedUp
from contracts.events.workorder import ApplicationResult, NeededMaterial
from contracts.vocabulary import DecisionOutcome

BASE = "/certificate/v1"
ID_CARD, PERMIT = "resident-id", "food-business-permit"


async def test_a_shown_certificate_stands_in_once_however_often_it_is_told(city, house):
    certificate = await city.import_certificate()
    presentation = await city.show()
    fact = city.submitted(presentation_id=presentation["id"])
    event_id = new_id()
    for _ in range(2):
        await city.deliver(fact, times=2, event_id=event_id)
    [claimed] = await house.told(PresentationClaimed)
    [claim] = claimed.claims
    assert (claim.material_code, str(claim.certificate_id)) == ("m-id", certificate["id"])
    assert claim.fields == ("holder_name", "holder_number")
    assert await house.told(PresentationRefused) == []
    [use] = (await house.get(f"{BASE}/uses", as_=city.citizen())).json()["results"]
    assert (use["way"], use["item_name"], use["certificate_name"]) == (
        "application",
        "食品经营许可",
        "居民身份证",
    )
    figure = await house.get(f"{BASE}/indicators/presentations_claimed")
    assert figure.json()["value"] == 1


async def test_what_is_not_shown_is_named_as_missing(city, house):
    await city.import_certificate()
    presentation = await city.show()
    needed = (
        NeededMaterial(material_code="m-id", certificate_type=ID_CARD),
        NeededMaterial(material_code="m-permit", certificate_type=PERMIT),
    )
    await city.deliver(city.submitted(presentation_id=presentation["id"], needed=needed))
    [claimed] = await house.told(PresentationClaimed)
    [refused] = await house.told(PresentationRefused)
    assert [claim.material_code for claim in claimed.claims] == ["m-id"]
    assert (refused.material_codes, refused.reason) == (("m-permit",), "no-certificate")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"presentation_id": None}, "no-presentation"),
        ({"presentation_id": new_id()}, "unknown"),
        ({"applicant_id": new_id()}, "other-holder"),
        ({"item_code": "another-item"}, "other-item"),
    ],
)
async def test_a_presentation_that_does_not_fit_is_refused_and_not_used_up(
    city, house, more, reason
):
    await city.import_certificate()
    presentation = await city.show()
    fact = city.submitted(**{"presentation_id": presentation["id"], **more})
    await city.deliver(fact, times=2, event_id=new_id())
    [refused] = await house.told(PresentationRefused)
    assert (refused.reason, refused.material_codes) == (reason, ("m-id",))
    [own] = (await house.get(f"{BASE}/presentations", as_=city.citizen())).json()["results"]
    assert own["state"] == "consented"


async def test_a_presentation_stands_in_for_one_application_only(city, house):
    await city.import_certificate()
    presentation = await city.show()
    for _ in range(2):
        await city.deliver(city.submitted(presentation_id=presentation["id"]))
    assert len(await house.told(PresentationClaimed)) == 1
    assert [fact.reason for fact in await house.told(PresentationRefused)] == ["used"]


async def test_the_time_of_handing_in_counts_not_the_time_of_hearing(city, house):
    await city.import_certificate()
    in_time, late = await city.show(), await city.show()
    submitted_at = house.clock.now() + timedelta(seconds=59)
    house.clock.move(timedelta(hours=1))
    fact = city.submitted(presentation_id=in_time["id"], submitted_at=submitted_at)
    await city.deliver(fact)
    await city.deliver(city.submitted(presentation_id=late["id"]))
    assert len(await house.told(PresentationClaimed)) == 1
    assert [fact.reason for fact in await house.told(PresentationRefused)] == ["expired"]


async def test_a_certificate_revoked_between_showing_and_claiming_does_not_stand_in(city, house):
    certificate = await city.import_certificate()
    presentation = await city.show()
    await city.revoke(certificate)
    await city.deliver(city.submitted(presentation_id=presentation["id"]))
    assert await house.told(PresentationClaimed) == []
    assert [fact.reason for fact in await house.told(PresentationRefused)] == ["no-certificate"]


async def test_an_application_without_certificate_materials_is_not_ours(city, house):
    await city.deliver(city.submitted(needed=()))
    assert await house.told(PresentationRefused) == []


async def test_an_approval_becomes_a_certificate_once_however_often_it_is_told(city, house):
    await city.import_certificate()
    fact = city.decided()
    await city.deliver(fact, times=2, event_id=new_id())
    await city.deliver(fact)
    assert await city.make() == 1
    [certificate] = await city.own(type=PERMIT)
    assert (certificate["status"], certificate["holder_name"]) == ("valid", "王小敏")
    assert (certificate["valid_from"], certificate["valid_until"]) == ("2026-03-02", "2031-03-01")
    issued = [told for told in await house.told(CertificateIssued) if told.type_code == PERMIT]
    assert [told.application_id for told in issued] == [fact.application_id]


async def test_a_refusal_makes_nothing_and_a_result_without_certificate_neither(city):
    await city.deliver(city.decided(outcome=DecisionOutcome.REFUSED))
    await city.deliver(city.decided(results=(ApplicationResult(name="批复"),)))
    assert await city.make() == 0
    assert await city.own() == []


async def test_a_type_that_comes_later_is_waited_for(city, house):
    results = (ApplicationResult(name="营业执照", certificate_type="business-licence"),)
    fact = city.decided(results=results)
    with pytest.raises(NotYetError):
        await city.deliver(fact)
    entry = {"code": "business-licence", "name": "营业执照", "department_name": "市场监督管理局"}
    body = {"certificate_types": [entry]}
    await house.post(f"{BASE}/certificate-types", body, as_=city.issuer())
    await city.deliver(fact)
    [certificate] = await city.own()
    assert certificate["status"] == "needs-holder"


async def test_a_holder_nobody_knows_is_added_by_the_issuer(city, house):
    await city.deliver(city.decided())
    assert await city.make() == 0
    listed = await house.get(
        f"{BASE}/certificates", as_=city.issuer(), params={"status": "needs-holder"}
    )
    [waiting] = listed.json()["results"]
    path = f"{BASE}/certificates/{waiting['id']}/holders"
    body = {"holder_name": "王小敏", "holder_number": "44510219900307002X"}
    added = await house.post(path, body, as_=city.issuer())
    again = await house.post(path, body, as_=city.issuer())
    assert (added.status_code, again.status_code) == (201, 409)
    assert await city.make() == 1
    assert (await city.certificate(waiting["id"]))["status"] == "valid"


async def test_a_maker_that_dies_in_between_is_followed_and_it_is_issued_once(city, house):
    await city.import_certificate()
    await city.deliver(city.decided())
    [lost] = await take_due(house.runtime)
    assert await make_due(house.runtime) == 0
    house.clock.move(timedelta(seconds=61))
    assert await city.make() == 1
    command = IssueCertificate(
        certificate_id=lost.certificate.id, pdf_sha256="0" * 64, issued_at=lost.at
    )
    tx = house.runtime.begin_system()
    with pytest.raises(CertificateNotDraftError):
        await issue_certificate(command, tx)
    await tx.close()
    issued = [told for told in await house.told(CertificateIssued) if told.type_code == PERMIT]
    assert len(issued) == 1


async def test_a_document_that_cannot_be_made_is_put_off_and_says_so(city, house):
    """A sign that the embedded fonts lack must not print as an empty box."""
    body = {
        "type_code": ID_CARD,
        "holder_id": str(city.holder),
        "holder_name": "王\U00020bb7",
        "holder_number": "44510219900307002X",
    }
    answer = await house.post(f"{BASE}/certificates", body, as_=city.issuer())
    await city.make()
    seen = await city.certificate(answer.json()["id"], as_=city.issuer())
    assert (seen["status"], seen["make_fault"]) == ("draft", "SignWithoutFontError")
    assert await house.told(CertificateIssued) == []


async def test_a_look_up_of_data_is_seen_by_its_subject(city, house):
    fact = RecordLookedUp(
        look_up_id=new_id(),
        grant_id=new_id(),
        resource_code="tax-records",
        provider_department="11445100007000001A",
        requester_department=city.department,
        subject_id=city.holder,
        purpose="食品经营许可审查",
        fields=("paid_until",),
        count=1,
        looked_up_at=house.clock.now(),
    )
    await city.deliver(fact, times=2, event_id=new_id())
    [use] = (await house.get(f"{BASE}/uses", as_=city.citizen())).json()["results"]
    assert (use["way"], use["certificate_name"], use["fields"]) == (
        "data-look-up",
        "tax-records",
        ["paid_until"],
    )
    assert (await house.get(f"{BASE}/uses", as_=house.person("citizen"))).json()["results"] == []


async def test_the_loop_makes_what_comes_and_ends_when_the_process_drains(city, house):
    loop = asyncio.create_task(make_documents(house.runtime))
    await city.deliver(city.decided(applicant_id=city.holder))
    [waiting] = await city.own(status="needs-holder")
    body = {"holder_name": "王小敏", "holder_number": "44510219900307002X"}
    path = f"{BASE}/certificates/{waiting['id']}/holders"
    await house.post(path, body, as_=city.issuer())

    async def valid():
        return (await city.certificate(waiting["id"]))["status"] == "valid"

    await eventually(valid)
    house.runtime.draining.set()
    await asyncio.wait_for(loop, 5)
