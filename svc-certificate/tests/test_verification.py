import asyncio
import io
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, KeySet
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certificate.documents.pki import IssuerKeysError, ensure_local_keys, read_issuer_keys
from certificate.documents.sealing import seal_pdf
from certificate.domain.codes import PublicFields, new_short_code, read_code, tidy_short_code
from certificate.domain.status_list import INVALID, VALID, read_place
from certificate.routes.verification import _bare
from certificate.service import SERVICE
from chassis.database import Connections, make_engine
from chassis.testing import START

BASE = "/certificate/v1"


async def offline_keys(house) -> KeySet:
    """What a verifier fetched once: the first key signs codes."""
    document = (await house.get(f"{BASE}/issuer-keys")).json()
    return KeySet([ECKey.import_key(document["keys"][0])])


async def status_of(house, code: str) -> int:
    """Read as an offline verifier would: where the code says, with the issuer's keys alone."""
    keys = await offline_keys(house)
    told = read_code(code, keys)
    path = told.status_uri.split("/certificate/", 1)[1]
    answer = await house.get(
        f"/certificate/{path}", headers={"Accept": "application/statuslist+jwt"}
    )
    token = jws.deserialize_compact(answer.text, keys, algorithms=["ES256"])
    claims = json.loads(token.payload)
    assert claims["sub"] == told.status_uri
    return read_place(claims["status_list"]["lst"], told.status_index)


async def test_the_signed_code_verifies_offline_and_online_and_names_nobody(city, house):
    certificate = await city.import_certificate()
    code = await city.signed_code(certificate)
    told = read_code(code, await offline_keys(house))
    printed = PublicFields(
        identifier=certificate["identifier"],
        number=certificate["number"],
        type_code=certificate["type_code"],
        type_name="居民身份证",
        issuer_name="潮州市公安局",
        issued_on=date(2026, 3, 2),
        valid_until=None,
    )
    assert (told.identifier, told.digest) == (certificate["identifier"], printed.digest())
    assert await status_of(house, code) == VALID
    answer = await city.verify(code)
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("valid", "in-books-and-valid")
    assert "王" not in json.dumps(answer, ensure_ascii=False)
    assert "holder" not in json.dumps(answer)


async def test_the_address_of_the_qr_code_and_the_short_code_verify_as_well(city):
    certificate = await city.import_certificate()
    code = await city.signed_code(certificate)
    address = f"http://127.0.0.1:8080/certificate/v1/verify#{code}"
    short = certificate["verify_code"]
    for text in (address, short, short.lower().replace("-", " ")):
        assert (await city.verify(text))["verdict"] == "valid", text


async def test_a_changed_or_foreign_or_mistyped_code_is_invalid(city, foreign_keys):
    certificate = await city.import_certificate()
    code = await city.signed_code(certificate)
    head, body, signature = code.split(".")
    changed = f"{head}.{body[:-4]}AAAA.{signature}"
    forged = jws.serialize_compact(
        {"alg": "ES256", "kid": foreign_keys.kid, "typ": "certificate-code+jwt"},
        jws.extract_compact(code.encode()).payload,
        foreign_keys.codes,
    )
    mistyped = certificate["verify_code"][:-1] + "!"
    found = {text: await city.verify(text) for text in (changed, forged, mistyped, "x", "...")}
    assert {each["verdict"] for each in found.values()} == {"invalid"}
    assert found[forged]["reasons"][0]["code"] == "code-not-ours"
    assert found[mistyped]["reasons"][0]["code"] == "code-mistyped"


async def test_a_short_code_that_is_well_formed_but_not_in_the_books_is_unknown(city):
    answer = await city.verify(new_short_code())
    assert (answer["verdict"], answer["certificate"]) == ("unknown", None)


async def test_a_revocation_shows_on_the_page_in_the_list_and_in_the_file(city, house):
    certificate = await city.import_certificate()
    code, pdf = await city.signed_code(certificate), await city.pdf(certificate)
    assert (await city.verify_file(pdf))["verdict"] == "valid"
    await city.revoke(certificate)
    assert (await city.verify(code))["verdict"] == "revoked"
    assert (await city.verify(certificate["verify_code"]))["verdict"] == "revoked"
    assert (await city.verify_file(pdf))["verdict"] == "revoked"
    assert await status_of(house, code) == INVALID


async def test_a_cancelled_one_says_so_and_an_expired_one_too(city, house):
    cancelled = await city.import_certificate()
    expiring = await city.import_certificate(valid_until="2026-03-31")
    await city.revoke(cancelled, kind="cancelled", reason_code="holder-request")
    assert (await city.verify(cancelled["verify_code"]))["reasons"][0]["code"] == "cancelled"
    assert (await city.verify(expiring["verify_code"]))["verdict"] == "valid"
    house.clock.move(timedelta(days=30))
    assert (await city.verify(expiring["verify_code"]))["verdict"] == "expired"
    assert [each["id"] for each in await city.own(status="expired")] == [expiring["id"]]


async def test_the_pdf_is_sealed_as_pades_and_an_independent_validator_agrees(city, pki, tmp_path):
    pdf = await city.pdf(await city.import_certificate())
    trust = ValidationContext(trust_roots=[load_cert_from_pemder(str(pki / "root.pem"))])
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    status = await validated(signature, trust)
    assert (status.bottom_line, status.coverage.name) == (True, "ENTIRE_FILE")
    assert b"pdfaid" in pdf
    if shutil.which("pdfsig"):
        path = tmp_path / "certificate.pdf"
        path.write_bytes(pdf)
        said = await asyncio.to_thread(
            subprocess.run, ["pdfsig", path], capture_output=True, text=True, check=False
        )
        assert "Signature is Valid" in said.stdout
        assert "Total document signed" in said.stdout


async def validated(signature, trust):
    return await async_validate_pdf_signature(signature, signer_validation_context=trust)


async def test_a_file_that_was_touched_is_named_by_what_was_done_to_it(city, foreign_keys):
    pdf = await city.pdf(await city.import_certificate())
    flipped = bytearray(pdf)
    flipped[pdf.find(b"stream", 2_000) + 100] ^= 1
    plain = pdf[: pdf.find(b"%%EOF") + 6]
    foreign = seal_in_thread(plain, foreign_keys)
    found = {
        "changed": (await city.verify_file(bytes(flipped)), "content-changed"),
        "added": (await city.verify_file(pdf + b"\n% added later"), "added-after-sealing"),
        "unsigned": (await city.verify_file(plain), "no-signature"),
        "foreign": (await city.verify_file(await foreign), "unknown-signer"),
        "text": (await city.verify_file("食品经营许可证".encode()), "not-a-pdf"),
        "cut": (await city.verify_file(pdf[: len(pdf) // 2]), "not-a-pdf"),
    }
    assert {name: answer["reasons"][0]["code"] for name, (answer, _) in found.items()} == {
        name: code for name, (_, code) in found.items()
    }
    verdicts = {name: answer["verdict"] for name, (answer, _) in found.items()}
    assert verdicts == {
        "changed": "changed",
        "added": "changed",
        "unsigned": "invalid",
        "foreign": "untrusted",
        "text": "invalid",
        "cut": "invalid",
    }


async def seal_in_thread(pdf, keys):
    return await asyncio.to_thread(seal_pdf, pdf, keys, reason="签发", location="潮州")


async def test_our_seal_on_a_paper_that_is_not_in_the_books_proves_nothing(city, pki):
    pdf = await city.pdf(await city.import_certificate())
    plain = pdf[: pdf.find(b"%%EOF") + 6]
    answer = await city.verify_file(await seal_in_thread(plain, read_issuer_keys(pki)))
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("unknown", "not-in-books")


async def test_books_that_cannot_be_read_never_say_valid(city, house):
    certificate = await city.import_certificate()
    code = await city.signed_code(certificate)
    connections = house.runtime.connections
    house.runtime.connections = Connections(
        make_engine("postgresql://nobody:x@127.0.0.1:1/none", name="away"), connections_max=1
    )
    try:
        answer = await city.verify(code)
    finally:
        await house.runtime.connections.close()
        house.runtime.connections = connections
    assert (answer["verdict"], answer["reasons"][0]["code"]) == ("unknown", "status-unreachable")


async def test_a_draft_is_not_in_the_books_for_the_public(city, house):
    body = {
        "type_code": "resident-id",
        "holder_id": str(city.holder),
        "holder_name": "王小敏",
        "holder_number": "44510219900307002X",
    }
    made = await house.post(f"{BASE}/certificates", body, as_=city.issuer())
    assert made.json()["status"] == "draft"
    path = f"{BASE}/certificates/{made.json()['id']}/file"
    assert (await house.get(path, as_=city.citizen())).status_code == 409


async def test_the_public_page_is_whole_in_itself(house):
    answer = await house.get(f"{BASE}/verify")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert "https://" not in answer.text
    assert 'lang="zh-CN"' in answer.text


async def test_a_verification_without_code_or_file_says_what_to_send(house):
    empty = await house.post(f"{BASE}/verifications", {})
    wrong = await house.post(f"{BASE}/verifications", files={"other": ("a", b"x")})
    assert empty.json()["type"] == wrong.json()["type"] == "/problems/code-or-file-missing"


async def test_a_status_list_comes_in_two_forms_and_no_third(city, house):
    await city.import_certificate()
    path = f"{BASE}/status-lists/1"
    plain = await house.get(path, headers={"Accept": "application/json"})
    signed = await house.get(path)
    other = await house.get(path, headers={"Accept": "application/statuslist+cwt"})
    assert plain.json()["bits"] == 2
    assert signed.headers["content-type"].startswith("application/statuslist+jwt")
    assert other.json()["type"] == "/problems/status-list-format"
    assert (await house.get(f"{BASE}/status-lists/9")).status_code == 404


async def test_the_local_keys_are_readable_by_their_owner_only(pki):
    for name in ("root.key.pem", "seal.key.pem", "codes.jwk.json"):
        assert (pki / name).stat().st_mode & 0o077 == 0


async def test_in_production_missing_keys_stop_the_start_and_name_the_file(houses, tmp_path):
    settings = {"pki_dir": tmp_path, "environment": "production"}
    with pytest.raises(IssuerKeysError, match=r"root\.pem"):
        await houses.open(SERVICE, settings=settings)
    assert not (tmp_path / "root.key.pem").exists()


def test_two_processes_that_start_at_once_make_one_set_of_keys(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ensure_local_keys(tmp_path, START), range(4)))
    assert read_issuer_keys(tmp_path).root_pem.startswith("-----BEGIN CERTIFICATE-----")


async def test_the_holder_sees_which_office_checked_and_strangers_leave_no_trace(city, house):
    certificate = await city.import_certificate()
    await city.verify(certificate["verify_code"])
    clerk = house.staff("clerk", department=city.other_department)
    body = {"code": certificate["verify_code"]}
    checked = await house.post(f"{BASE}/verifications", body, as_=clerk)
    assert checked.json()["verdict"] == "valid"
    uses = (await house.get(f"{BASE}/uses", as_=city.citizen())).json()["results"]
    assert [(use["way"], use["used_by_department"]) for use in uses] == [
        ("verification", city.other_department)
    ]


@pytest.mark.parametrize(
    "code",
    ["http://[::1/?code=x", "://", "a.b.c", "....", "#", "\u202e", "http://x/#" + "a" * 5000],
)
async def test_whatever_is_typed_gets_a_verdict(city, code):
    assert (await city.verify(code))["verdict"] == "invalid"


async def test_a_code_comes_as_json(house):
    answer = await house.client.post(
        f"{BASE}/verifications",
        content=b'{"code": "x"}',
        headers={**house.headers(None), "content-type": "text/plain"},
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/statuslist+jwt"),
        ("*/*", "application/statuslist+jwt"),
        ("application/json", "application/json"),
        ("application/json;q=0.1, application/statuslist+jwt", "application/statuslist+jwt"),
        ("application/statuslist+jwt;q=0, application/json", "application/json"),
        ("application/statuslist+jwt;q=0, */*", "application/json"),
        ("text/html", None),
        ("application/json;q=0", None),
    ],
)
async def test_a_status_list_comes_in_the_form_that_was_asked_for(house, accept, kind):
    answer = await house.get(f"{BASE}/status-lists/1", headers={"Accept": accept})
    if kind is None:
        assert answer.status_code == 406
        return
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["vary"] == "Accept"


@settings(max_examples=500, deadline=None)
@given(code=st.text(min_size=1, max_size=200))
def test_any_text_is_a_code_or_none_of_ours(code):
    bare = _bare(code)
    assert tidy_short_code(bare) is None or len(bare) >= 16
