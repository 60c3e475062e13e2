"""Verification by anybody: a code or a file in, one verdict with reasons out; and what is needed to do it offline."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from sqlalchemy import Row
from starlette.datastructures import UploadFile

from certificate import queries
from certificate.documents.making import status_list_uri
from certificate.documents.offline import issuer_keys_document, sign_status_list
from certificate.documents.pki import IssuerKeys, read_issuer_keys
from certificate.documents.validation import PdfFinding, examine_pdf
from certificate.domain.certificate import CertificateState, shown_state
from certificate.domain.codes import CodeUnsoundError, read_code, tidy_short_code
from certificate.domain.status_list import BITS, pack
from certificate.domain.verdicts import (
    Reason,
    Verdict,
    verdict_on_finding,
    verdict_on_state,
    verdict_unreachable,
)
from certificate.pages import VERIFY_HTML, VERIFY_POLICY
from certificate.repository.certificates import add_use
from certificate.schemas import (
    IssuerKeysOut,
    ReasonOut,
    StatusListOut,
    VerificationIn,
    VerificationOut,
    VerifiedCertificateOut,
)
from certificate.settings import CertificateSettings
from chassis.door import Call, allow_anyone, answer
from chassis.errors import InvalidError, ProblemError, TooLargeError, UnsupportedError
from chassis.identity import Reach
from chassis.runtime import Runtime
from chassis.transaction import Transaction
from chassis.weather import is_weather
from contracts.vocabulary import PrincipalKind

router = APIRouter(prefix="/certificate/v1")

FILE_BYTES_MAX = 20 * 1024 * 1024
_WEIGHT = re.compile(r"[01](?:\.[0-9]{0,3})?")
EXAMINATIONS_MAX = asyncio.Semaphore(2)
"""Files examined at the same time by one process: each takes a core."""

Look = Callable[[Transaction], Awaitable[Row[Any] | None]]
STATUS_LIST_JWT = "application/statuslist+jwt"


class StatusListFormatError(ProblemError):
    status = 406
    code = "status-list-format"
    title_zh = "状态列表只提供 application/statuslist+jwt 与 application/json"
    title_en = "Status lists come as application/statuslist+jwt or application/json only"


VERIFICATION_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["code"],
                    "properties": {"code": {"type": "string", "maxLength": 6000}},
                }
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.post(
    "/verifications",
    response_model=VerificationOut,
    operation_id="verify_certificate",
    openapi_extra=VERIFICATION_BODY,
)
async def post_verification(
    request: Request, call: Annotated[Call, allow_anyone(reach=Reach.ALL)]
) -> Response:
    """Is this certificate good? By code (JSON) or file (multipart); says nothing of its holder."""
    keys = _keys(call.runtime)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        out = await _verify_file(await _uploaded(request), keys, call)
    elif media_type in {"application/json", ""}:
        out = await _verify_code(await _given_code(request), keys, call)
    else:
        raise UnsupportedError(
            "请以 application/json 提交 code，或以 multipart/form-data 上传 file",
            "Send a code as application/json, or a file as multipart/form-data",
        )
    return answer(out)


async def _given_code(request: Request) -> str:
    try:
        return VerificationIn.model_validate_json(await request.body()).code
    except ValidationError:
        raise InvalidError(
            '请提交 {"code": "..."}，或以 multipart 上传 file',
            'Send {"code": "..."}, or a multipart file',
            code="code-or-file-missing",
        ) from None


async def _uploaded(request: Request) -> bytes:
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidError("缺少文件 file", "The file is missing", code="code-or-file-missing")
        data = await file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise TooLargeError(
            "文件过大，最大 20 MB", "The file is too large, at most 20 MB", code="file-too-large"
        )
    return data


async def _verify_code(text: str, keys: IssuerKeys, call: Call) -> VerificationOut:
    code = _bare(text)
    if code.count(".") == 2:
        try:
            identifier = read_code(code, keys.public_codes).identifier
        except CodeUnsoundError:
            return _out(*verdict_on_finding("code-not-ours"), None, call)
        return await _ask_books(lambda tx: queries.find_by_identifier(tx, identifier), call)
    short = tidy_short_code(code)
    if short is None:
        return _out(*verdict_on_finding("code-mistyped"), None, call)
    return await _ask_books(lambda tx: queries.find_by_verify_code(tx, short), call)


def _bare(text: str) -> str:
    """The code itself, also when somebody sends the whole address from the QR code."""
    text = text.strip()
    if "://" not in text:
        return text.lstrip("#")
    try:
        parts = urlsplit(text)
    except ValueError:
        # No address at all: as little a code of ours as any other text.
        return ""
    return parts.fragment or parse_qs(parts.query).get("code", [""])[0]


async def _verify_file(pdf: bytes, keys: IssuerKeys, call: Call) -> VerificationOut:
    async with EXAMINATIONS_MAX:
        finding = await asyncio.to_thread(examine_pdf, pdf, keys, call.runtime.clock.now())
    if finding is not PdfFinding.SOUND:
        return _out(*verdict_on_finding(finding.value), None, call)
    sha256 = hashlib.sha256(pdf).hexdigest()
    return await _ask_books(lambda tx: queries.find_by_document(tx, sha256), call)


async def _ask_books(look: Look, call: Call) -> VerificationOut:
    """The books decide what is sound by itself. Books that cannot be read say "unknown", never "valid"."""
    try:
        async with call.begin() as tx:
            row = await look(tx)
            if row is not None and call.principal.kind == PrincipalKind.STAFF:
                _note_verification(row, tx)
    except Exception as error:
        if not is_weather(error):
            raise
        return _out(*verdict_unreachable(), None, call)
    if row is None or row.issued_at is None:
        return _out(*verdict_on_state(None), None, call)
    state = shown_state(CertificateState(row.status), row.valid_until, call.runtime.clock.now())
    return _out(*verdict_on_state(state), row, call)


def _note_verification(row: Row[Any], tx: Transaction) -> None:
    """An official checked it in office: the holder sees which department. A stranger leaves no trace."""
    add_use(
        tx,
        certificate_id=row.id,
        certificate_name=row.type_name,
        holder_id=row.holder_id,
        department=row.department,
        keepers=row.keepers,
        way="verification",
        used_by_department=tx.principal.department or tx.principal.place,
        purpose="核验证照",
        fields=("status",),
    )


def _out(verdict: Verdict, reason: Reason, row: Row[Any] | None, call: Call) -> VerificationOut:
    now = call.runtime.clock.now()
    shown = None
    if row is not None:
        shown = VerifiedCertificateOut(
            type_code=row.type_code,
            type_name=row.type_name,
            number=row.number,
            identifier=row.identifier,
            issuing_department_name=row.department_name,
            issued_on=row.issued_at.date(),
            valid_until=row.valid_until,
            status=shown_state(CertificateState(row.status), row.valid_until, now),
            status_as_of=now,
        )
    words = ReasonOut(code=reason.code, words=reason.zh, words_en=reason.en)
    return VerificationOut(verdict=verdict, reasons=[words], certificate=shown, checked_at=now)


@router.get(
    "/verify",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
    operation_id="show_verify_page",
)
async def show_verify_page(call: Annotated[Call, allow_anyone()]) -> Response:  # noqa: ARG001  the policy is the point
    """The public page (核验页): opened by the QR code, or to type a code or upload a file."""
    return Response(
        VERIFY_HTML,
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": VERIFY_POLICY,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        },
    )


@router.get(
    "/status-lists/{number}",
    response_model=StatusListOut,
    responses={200: {"content": {STATUS_LIST_JWT: {}}}},
    operation_id="get_status_list",
)
async def get_status_list(
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    request: Request,
    call: Annotated[Call, allow_anyone(reach=Reach.ALL)],
) -> Response:
    """Which certificates of a list are not valid, two bits each; signed, so that it may be kept and passed on."""
    wants_json = _wants_json(request.headers.get("accept", "*/*"))
    async with call.read() as tx:
        values = await queries.status_values(tx, number)
        seconds = int(await tx.rule("status-list-seconds"))
    now = int(call.runtime.clock.now().timestamp())
    out = StatusListOut(
        bits=BITS,
        lst=pack(values),
        sub=status_list_uri(call.runtime.settings.public_url, number),
        iat=now,
        exp=now + seconds,
        ttl=seconds,
    )
    if wants_json:
        return answer(out, headers={"Cache-Control": "no-cache", "Vary": "Accept"})
    token = sign_status_list(
        out.model_dump(), _keys(call.runtime), call.runtime.settings.public_url
    )
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(token, media_type=STATUS_LIST_JWT, headers=headers)


def _wants_json(accept: str) -> bool:
    """False: the signed form, which is also what anybody gets who does not say."""
    weights = accepted(accept)
    general = weights.get("application/*", weights.get("*/*", 0.0))
    signed = weights.get(STATUS_LIST_JWT, general)
    plain = weights.get("application/json", general)
    if max(signed, plain) <= 0.0:
        raise StatusListFormatError
    return plain > signed


def accepted(accept: str) -> dict[str, float]:
    """Media ranges of an Accept header with their weights (RFC 9110, 12.5.1); an empty one accepts everything."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "q":
                weight = float(value) if _WEIGHT.fullmatch(value) else 0.0
        if kind:
            weights[kind] = max(weight, weights.get(kind, 0.0))
    return weights or {"*/*": 1.0}


@router.get("/issuer-keys", response_model=IssuerKeysOut, operation_id="list_issuer_keys")
async def list_issuer_keys(call: Annotated[Call, allow_anyone()]) -> Response:
    """Public keys and certificates of the issuer, for verification without a network."""
    document = issuer_keys_document(_keys(call.runtime))
    return answer(
        IssuerKeysOut.model_validate(document), headers={"Cache-Control": "public, max-age=3600"}
    )


def _keys(runtime: Runtime) -> IssuerKeys:
    settings = runtime.settings
    assert isinstance(settings, CertificateSettings)
    return read_issuer_keys(settings.pki_dir)
