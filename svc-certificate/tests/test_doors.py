from datetime import timedelta

from contracts.events.certificate import (
    CertificateIssued,
    CertificateRevoked,
    PresentationConsented,
    SealUsed,
)

BASE = "/certificate/v1"


async def test_a_type_gets_its_number_and_its_department_a_seal(city, house):
    types = (await house.get(f"{BASE}/certificate-types")).json()["results"]
    assert sorted(type["type_identifier"] for type in types) == [
        city.department + "001",
        city.department + "002",
    ]
    seals = (await house.get(f"{BASE}/seals", as_=city.keeper())).json()["results"]
    assert [seal["department"] for seal in seals] == [city.department]


async def test_registering_again_changes_and_keeps_the_number(city, house):
    again = await city.register_types()
    assert {type["version"] for type in again} == {2}
    assert len({type["type_identifier"] for type in again}) == 2


async def test_an_issuer_registers_types_of_the_own_department_only(city, house):
    body = {
        "certificate_types": [
            {
                "code": "business-licence",
                "name": "营业执照",
                "department": city.other_department,
                "department_name": "潮州市市场监督管理局",
            }
        ]
    }
    refused = await house.post(f"{BASE}/certificate-types", body, as_=city.issuer())
    taken = await house.post(f"{BASE}/certificate-types", body, as_=house.staff("system_admin"))
    assert (refused.status_code, taken.status_code) == (403, 200)
    assert refused.json()["type"] == "/problems/other-department"


async def test_an_imported_certificate_is_sealed_and_valid(city, house):
    certificate = await city.import_certificate()
    assert certificate["status"] == "valid"
    assert certificate["holder_name"] == "王小敏"
    assert certificate["identifier"].startswith(f"1.2.156.3005.2.{city.department}001.")
    [issued] = await house.told(CertificateIssued)
    [sealed] = await house.told(SealUsed)
    assert str(issued.certificate_id) == certificate["id"]
    assert sealed.document_sha256 == certificate["pdf_sha256"]
    steps = await house.get(f"{BASE}/certificates/{certificate['id']}/steps", as_=city.citizen())
    assert [step["step"] for step in steps.json()["results"]] == ["drafted", "issued"]


async def test_personal_data_is_encrypted_in_the_books_and_absent_from_facts(city, house):
    await city.import_certificate(fields={"address": "湘桥区太平路1号"})
    books = repr(await house.sql("SELECT * FROM certificates"))
    facts = repr(await house.sql("SELECT convert_from(message, 'UTF8') FROM outbox"))
    for secret in ("王小敏", "44510219900307002X", "太平路"):
        assert secret not in books + facts


async def test_staff_see_the_holder_masked_and_no_fields(city):
    certificate = await city.import_certificate(fields={"address": "湘桥区太平路1号"})
    seen = await city.certificate(certificate["id"], as_=city.issuer())
    assert seen["holder_name"] == "王**"
    assert seen["holder_number"] == "445***********002X"
    assert (seen["fields"], seen["verify_code"]) == ({}, None)
    assert certificate["fields"] == {"address": "湘桥区太平路1号"}


async def test_a_batch_is_taken_in_whole(city, house):
    entry = {
        "type_code": "resident-id",
        "holder_id": str(city.holder),
        "holder_name": "王小敏",
        "holder_number": "44510219900307002X",
    }
    good = await house.post(
        f"{BASE}/certificates/batches", {"certificates": [entry] * 3}, as_=city.issuer()
    )
    bad = await house.post(
        f"{BASE}/certificates/batches",
        {"certificates": [entry, {**entry, "type_code": "made-up"}]},
        as_=city.issuer(),
    )
    assert (good.status_code, bad.status_code) == (201, 404)
    assert await city.make() == 3
    assert len(await city.own(status="valid")) == 3


async def test_a_certificate_of_another_departments_type_is_not_taken(city, house):
    other = city.issuer(department=city.other_department)
    body = {
        "type_code": "resident-id",
        "holder_id": str(city.holder),
        "holder_name": "王小敏",
        "holder_number": "1",
    }
    answer = await house.post(f"{BASE}/certificates", body, as_=other)
    assert answer.json()["type"] == "/problems/type-of-other-department"


async def test_a_presentation_is_consented_shown_once_and_scanned_once(city, house):
    await city.import_certificate()
    presentation = await city.show()
    assert len(presentation["code"]) >= 22
    assert presentation["qr_svg"].startswith("<svg")
    assert [fact.item_code for fact in await house.told(PresentationConsented)] == [city.item]
    clerk = house.staff("clerk", department=city.department)
    body = {"code": presentation["code"]}
    first = await house.post(f"{BASE}/presentations/scans", body, as_=clerk)
    second = await house.post(f"{BASE}/presentations/scans", body, as_=clerk)
    assert (first.status_code, second.status_code) == (200, 410)
    assert first.json()["certificates"][0]["holder_name"] == "王**"
    uses = (await house.get(f"{BASE}/uses", as_=city.citizen())).json()["results"]
    assert [(use["way"], use["used_by_department"]) for use in uses] == [("scan", city.department)]
    listed = (await house.get(f"{BASE}/presentations", as_=city.citizen())).json()["results"]
    assert [each["state"] for each in listed] == ["claimed"]
    assert "code" not in listed[0]


async def test_a_presentation_ends_with_its_minute(city, house):
    await city.import_certificate()
    presentation = await city.show()
    house.clock.move(timedelta(seconds=61))
    body = {"code": presentation["code"]}
    answer = await house.post(f"{BASE}/presentations/scans", body, as_=house.staff("clerk"))
    assert answer.json()["type"] == "/problems/presentation-expired"


async def test_a_withdrawn_presentation_shows_nothing(city, house):
    await city.import_certificate()
    presentation = await city.show()
    path = f"{BASE}/presentations/{presentation['id']}/withdrawals"
    stranger = await house.post(path, as_=house.person("citizen"))
    own = await house.post(path, as_=city.citizen())
    assert (stranger.status_code, own.json()["state"]) == (404, "withdrawn")
    body = {"code": presentation["code"]}
    answer = await house.post(f"{BASE}/presentations/scans", body, as_=house.staff("clerk"))
    assert answer.status_code == 410


async def test_one_shows_only_what_one_holds_and_only_with_a_real_name(city, house):
    body = {
        "certificate_types": ["food-business-permit"],
        "purpose": "申请",
        "item_code": city.item,
    }
    not_held = await house.post(f"{BASE}/presentations", body, as_=city.citizen())
    weak = await house.post(f"{BASE}/presentations", body, as_=city.citizen(assurance=1))
    nothing = await house.post(
        f"{BASE}/presentations", {**body, "certificate_types": []}, as_=city.citizen()
    )
    others = await city.import_certificate(holder_id="019a0000-0000-7000-8000-0000000000ff")
    foreign = await house.post(
        f"{BASE}/presentations",
        {**body, "certificate_types": [], "certificate_ids": [others["id"]]},
        as_=city.citizen(),
    )
    kinds = [answer.json()["type"] for answer in (not_held, weak, nothing, foreign)]
    assert kinds == [
        "/problems/certificate-not-held",
        "/problems/assurance-too-low",
        "/problems/nothing-to-show",
        "/problems/certificate-not-held",
    ]


async def test_a_revocation_needs_two_people_and_works_at_once(city, house):
    certificate = await city.import_certificate()
    both = {"sub": "019a0000-0000-7000-8000-00000000000a", "roles": ["issuer", "seal_keeper"]}
    proposal = (await city.propose(certificate, as_=city.issuer(**both))).json()
    assert proposal["state"] == "pending"
    assert (await city.certificate(certificate["id"]))["status"] == "valid"
    path = f"{BASE}/certificates/{certificate['id']}/revocations/{proposal['id']}/approvals"
    same = await house.post(path, as_=city.issuer(**both))
    other_house = await house.post(path, as_=city.keeper(department=city.other_department))
    done = await house.post(path, as_=city.keeper())
    again = await house.post(path, as_=city.keeper())
    assert same.json()["type"] == "/problems/same-person"
    assert (other_house.status_code, done.status_code, again.status_code) == (404, 200, 409)
    assert (await city.certificate(certificate["id"]))["status"] == "revoked"
    [fact] = await house.told(CertificateRevoked)
    assert (fact.status, fact.reason_code) == ("revoked", "granted-unlawfully")


async def test_a_declined_revocation_changes_nothing(city, house):
    certificate = await city.import_certificate()
    proposal = (await city.propose(certificate)).json()
    second = await city.propose(certificate)
    assert second.json()["type"] == "/problems/revocation-pending"
    path = f"{BASE}/certificates/{certificate['id']}/revocations"
    declined = await house.post(f"{path}/{proposal['id']}/refusals", as_=city.keeper())
    assert declined.json()["state"] == "declined"
    assert (await city.certificate(certificate["id"]))["status"] == "valid"
    assert (await city.propose(certificate)).status_code == 202
    listed = (await house.get(path, as_=city.keeper())).json()["results"]
    assert [each["state"] for each in listed] == ["pending", "declined"]


async def test_a_revocation_says_why_in_known_words(city):
    certificate = await city.import_certificate()
    answer = await city.propose(certificate, reason_code="made-up")
    assert answer.json()["type"] == "/problems/revocation-reason-unknown"


async def test_a_revoked_certificate_is_not_shown_any_more(city, house):
    certificate = await city.import_certificate()
    await city.revoke(certificate)
    body = {
        "certificate_types": ["resident-id"],
        "purpose": "申请",
        "item_code": city.item,
    }
    answer = await house.post(f"{BASE}/presentations", body, as_=city.citizen())
    assert answer.json()["type"] == "/problems/certificate-not-held"


async def test_files_come_as_pdf_and_json_and_the_rest_later(city, house):
    certificate = await city.import_certificate()
    path = f"{BASE}/certificates/{certificate['id']}/file"
    pdf = await house.get(path, as_=city.citizen())
    later = await house.get(path, as_=city.citizen(), params={"format": "ofd"})
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert (later.status_code, later.json()["type"]) == (406, "/problems/format-later")


async def test_figures_count_what_the_books_hold(city, house):
    first = await city.import_certificate()
    await city.import_certificate()
    await city.revoke(first)
    values = {}
    for code in ("valid", "issued", "revoked"):
        path = f"{BASE}/indicators/certificates_{code}"
        values[code] = (await house.get(path)).json()["value"]
    assert values == {"valid": 1, "issued": 2, "revoked": 1}


async def test_the_use_of_a_seal_is_on_record(city, house):
    certificate = await city.import_certificate()
    [seal] = (await house.get(f"{BASE}/seals", as_=city.keeper())).json()["results"]
    path = f"{BASE}/seals/{seal['id']}/uses"
    uses = (await house.get(path, as_=city.keeper())).json()["results"]
    assert [use["document_sha256"] for use in uses] == [certificate["pdf_sha256"]]
    other = city.keeper(department=city.other_department)
    assert (await house.get(path, as_=other)).status_code == 404


async def test_whoever_reads_the_document_in_office_says_why_and_the_holder_sees_it(city, house):
    certificate = await city.import_certificate()
    path = f"{BASE}/certificates/{certificate['id']}"
    silent = await house.get(f"{path}/file", as_=city.issuer(), params={"format": "json"})
    asked = {"format": "json", "purpose": "核对申请"}
    told = await house.get(f"{path}/file", as_=city.issuer(), params=asked)
    own = await house.get(f"{path}/file", as_=city.citizen())
    assert (silent.status_code, silent.json()["type"]) == (422, "/problems/purpose-missing")
    assert (told.status_code, own.status_code) == (200, 200)
    uses = (await house.get(f"{path}/uses", as_=city.citizen())).json()["results"]
    assert [(use["way"], use["purpose"]) for use in uses] == [("document", "核对申请")]
    mine = await house.get(f"{BASE}/uses", as_=city.citizen(), params={"way": "document"})
    assert [use["purpose"] for use in mine.json()["results"]] == ["核对申请"]


async def test_a_presentation_is_found_again_by_its_holder_without_its_code(city, house):
    await city.import_certificate()
    shown = await city.show()
    path = f"{BASE}/presentations/{shown['id']}"
    own = await house.get(path, as_=city.citizen())
    assert (own.status_code, own.json()["state"]) == (200, "consented")
    assert "code" not in own.json()
    assert (await house.get(path, as_=house.person("citizen"))).status_code == 404
    assert (await house.get(path, as_=city.issuer())).status_code == 403
