"""J1, all ten steps through the gateway of a running city, and what must hold after it."""

import asyncio
import base64
import io
import json
import zlib

import httpx
import pytest
from asn1crypto import pem, x509
from joserfc import jwt
from joserfc.jwk import KeySet
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from localcity.journeys.caller import Caller, eventually
from localcity.journeys.j1 import walk


@pytest.fixture
def told() -> list[str]:
    return []


async def test_a_citizen_gets_a_certificate_without_bringing_paper(cast, told):
    course = await walk(cast, lambda step, zh, en: told.append(f"{step} {zh} | {en}"))
    assert [line.split()[0] for line in told] == [str(n) for n in range(1, 11)]
    assert course.application_number
    steps = await cast.citizen.get(f"/workorder/v1/applications/{course.application_id}/steps")
    assert len(steps["results"]) >= 6
    assert all(step["taken_at"] for step in steps["results"])


async def test_its_document_verifies_without_us(cast):
    """By an independent validator with only the city's root, and by the QR code with only the city's keys."""
    course = await walk(cast, lambda *words: None)
    keys = await cast.stranger.get("/certificate/v1/issuer-keys")
    root = keys["root_certificate_pem"]
    assert await asyncio.to_thread(validated, course.pdf, root) == "valid"
    broken = bytearray(course.pdf)
    broken[len(broken) // 2] ^= 1
    assert await asyncio.to_thread(validated, bytes(broken), root) != "valid"
    path = f"/certificate/v1/certificates/{course.certificate_id}/file"
    document = await cast.citizen.get(path, format="json")
    claims = jwt.decode(
        document["signed_code"], KeySet.import_key_set({"keys": keys["keys"]}), algorithms=["ES256"]
    ).claims
    assert document["identifier"] in json.dumps(claims)
    assert "13800000000" not in json.dumps(claims)
    status = claims["status"]["status_list"]
    answer = await cast.stranger.raw(httpx.URL(status["uri"]).path)
    signed = jwt.decode(
        answer.text, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=["ES256"]
    )
    listed = signed.claims["status_list"]
    bits = zlib.decompress(base64.urlsafe_b64decode(listed["lst"] + "=="))
    width = listed["bits"]
    byte, place = divmod(status["idx"] * width, 8)
    assert (bits[byte] >> place) & ((1 << width) - 1) != 0, "the status list does not say revoked"


def validated(pdf: bytes, root_pem: str) -> str:
    """pyHanko's own validation, given nothing of ours but the root."""
    roots = [x509.Certificate.load(pem.unarmor(root_pem.encode())[2])]
    try:
        signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
        context = ValidationContext(trust_roots=roots)
        status = validate_pdf_signature(signature, context)
    except Exception as error:  # noqa: BLE001  a broken file may fail anywhere in the reader
        return type(error).__name__
    return "valid" if status.bottom_line else "changed"


async def test_nobody_else_sees_it(city, cast, told):
    course = await walk(cast, lambda *words: None)
    other = Caller(cast.citizen.http, city.token("citizen_2"))
    elsewhere = Caller(cast.citizen.http, city.token("reviewer_2"))
    paths = (
        f"/workorder/v1/applications/{course.application_id}",
        f"/certificate/v1/certificates/{course.certificate_id}",
        f"/evaluation/v1/ratings/{course.rating_id}",
        f"/workorder/v1/work-orders/{course.work_order_id}",
    )
    assert [(await other.raw(path)).status_code for path in paths] == [404] * 4
    assert (await elsewhere.raw(paths[0])).status_code == 404
    assert (await cast.stranger.raw(paths[0])).status_code == 401


async def test_one_trace_goes_from_the_gateway_to_the_last_handler(city, cast, collector):
    body = {"type": "consultation", "title": "问路", "content": "政务大厅在哪里"}
    agent = Caller(cast.citizen.http, city.token("hotline_agent"))
    answer = await agent.post_raw("/workorder/v1/hotline-orders", body)
    assert answer.is_success, answer.text
    trace_id = answer.headers["traceparent"].split("-")[1]

    async def whole() -> bool:
        services = {span.service.removeprefix("yiwang-") for span in collector.of_trace(trace_id)}
        return {"gateway", "workorder", "datashare"} <= services

    await eventually("spans of every process on the way", whole, within=20)
    spans = collector.of_trace(trace_id)
    ids = {span.span_id for span in spans}
    roots = [span for span in spans if span.parent_id not in ids]
    assert len(roots) == 1, roots
    assert any(span.name.startswith("handle workorder.work-order.opened") for span in spans)
