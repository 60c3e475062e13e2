"""Certificates: taken in, listed, read, handed out as a file; and who looked at them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from certificate import queries
from certificate.documents.making import Making, signed_code
from certificate.documents.pki import read_issuer_keys
from certificate.domain.certificate import (
    CertificateNotValidError,
    CertificateState,
    Holder,
    shown_state,
)
from certificate.repository.certificates import (
    VERIFY_CODE_CONTEXT,
    add_use,
    certificate_of,
    get_type,
)
from certificate.routes.showing import certificate_out, fields_of, holder_shown
from certificate.schemas import (
    CertificateBatchIn,
    CertificateDocumentOut,
    CertificateIn,
    CertificateOut,
    CertificateStepOut,
    CertificateUseOut,
    HandOverIn,
    HolderIn,
    UseWay,
)
from certificate.settings import CertificateSettings
from certificate.tables import certificate_steps, certificate_uses, certificates
from certificate.use_cases.draft_certificate import DraftCertificate, draft_certificate
from certificate.use_cases.hand_over_certificate import (
    HandOverCertificate,
    hand_over_certificate,
)
from certificate.use_cases.name_holder import name_holder
from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import InvalidError, ProblemError
from chassis.identity import Reach
from chassis.indicators import InPeriod, Period
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/certificate/v1")

HOLDERS = {Role.CITIZEN: Reach.OWN, Role.ENTERPRISE_AGENT: Reach.OWN}
ISSUERS = {Role.ISSUER: Reach.DEPARTMENT}
KEEPERS = {**ISSUERS, Role.SEAL_KEEPER: Reach.DEPARTMENT}
READERS = {**HOLDERS, **KEEPERS, Role.AUDITOR: Reach.ALL}


class PurposeMissingError(InvalidError):
    """Looking at personal data in clear takes a purpose (roles.md)."""

    code = "purpose-missing"
    title_zh = "查看证照原文须填写用途（purpose），持证人可以看到此次查看"
    title_en = "Reading it in clear takes a purpose; the holder will see that you looked"


class FormatLaterError(ProblemError):
    status = 406
    code = "format-later"
    title_zh = "此格式尚未提供，请使用 pdf 或 json；OFD 与 SD-JWT 将在后续版本提供"
    title_en = "This format is not offered yet; use pdf or json. OFD and SD-JWT come later"


@router.get("/certificates", response_model=Page[CertificateOut], operation_id="list_certificates")
async def list_certificates(
    call: Annotated[Call, allow(READERS)],
    period: InPeriod,
    paging: Paging,
    type: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = "",
    status: Annotated[list[CertificateState] | None, Query(max_length=10)] = None,
    issued: bool | None = None,
    application_id: UUID | None = None,
    holder_id: UUID | None = None,
    kept_by: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
) -> Response:
    """Certificates within the caller's reach, newest first; a citizen sees the own ones."""
    wanted = queries.CertificateFilter(
        type=type,
        statuses=tuple(status or ()),
        issued=issued,
        application_id=application_id,
        holder_id=holder_id,
        kept_by=kept_by,
        period=period,
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.certificates_like(wanted, tx.now),
            by=[certificates.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"certificates {wanted}",
            show=lambda row: certificate_out(row, tx),
        )
    return answer(page)


@router.post(
    "/certificates",
    status_code=201,
    response_model=CertificateOut,
    operation_id="import_certificate",
)
async def post_certificate(body: CertificateIn, call: Annotated[Call, allow(ISSUERS)]) -> Response:
    """Take an existing certificate into the books. Its document is made right after: `status` turns valid."""
    async with call.begin() as tx:
        certificate = await draft_certificate(_command(body), tx)
        await _answer_certificate(tx, certificate.id, status=201)
    return tx.response


@router.post(
    "/certificates/batches",
    status_code=201,
    response_model=Page[CertificateOut],
    operation_id="import_certificates",
)
async def post_certificate_batch(
    body: CertificateBatchIn, call: Annotated[Call, allow(ISSUERS)]
) -> Response:
    """Take many into the books in one go: all or none."""
    async with call.begin() as tx:
        made = [await draft_certificate(_command(entry), tx) for entry in body.certificates]
        rows = await tx.all(
            queries.with_types()
            .where(certificates.c.id.in_([certificate.id for certificate in made]))
            .order_by(certificates.c.id)
        )
        tx.answer(
            Page[CertificateOut](results=[certificate_out(row, tx) for row in rows]), status=201
        )
    return tx.response


@router.get(
    "/certificates/{certificate_id}",
    response_model=CertificateOut,
    operation_id="get_certificate",
)
async def get_certificate(certificate_id: UUID, call: Annotated[Call, allow(READERS)]) -> Response:
    """One certificate within the caller's reach."""
    async with call.read() as tx:
        row = await queries.certificate_row(tx, certificate_id)
        out = certificate_out(row, tx)
    return answer(out, etag=row.version)


@router.post(
    "/certificates/{certificate_id}/holders",
    status_code=201,
    response_model=CertificateOut,
    operation_id="name_certificate_holder",
)
async def post_holder(
    certificate_id: UUID, body: HolderIn, call: Annotated[Call, allow(ISSUERS)]
) -> Response:
    """Add whose certificate it is, for a draft that waits for that (`needs-holder`)."""
    holder = Holder(name=body.holder_name, number=body.holder_number)
    async with call.begin() as tx:
        await name_holder(certificate_id, holder, tx)
        await _answer_certificate(tx, certificate_id, status=201)
    return tx.response


@router.post(
    "/certificates/{certificate_id}/hand-overs",
    status_code=201,
    response_model=CertificateOut,
    operation_id="hand_over_certificate",
)
async def post_hand_over(
    certificate_id: UUID, body: HandOverIn, call: Annotated[Call, allow(ISSUERS)]
) -> Response:
    """Pass it to who received its power (职权调整) where that could not be told by division; or back."""
    command = HandOverCertificate(
        certificate_id=certificate_id, department=body.department, reason=body.reason
    )
    async with call.begin() as tx:
        await hand_over_certificate(command, tx)
        await _answer_certificate(tx, certificate_id, status=201)
    return tx.response


@router.get(
    "/certificates/{certificate_id}/steps",
    response_model=Page[CertificateStepOut],
    operation_id="list_certificate_steps",
)
async def list_certificate_steps(
    certificate_id: UUID, call: Annotated[Call, allow(READERS)], paging: Paging
) -> Response:
    """What happened to a certificate, oldest first."""
    async with call.read() as tx:
        await queries.certificate_row(tx, certificate_id)
        page = await page_of_steps(
            tx,
            certificate_steps,
            of={"certificate_id": certificate_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=CertificateStepOut,
        )
    return answer(page)


@router.get(
    "/certificates/{certificate_id}/uses",
    response_model=Page[CertificateUseOut],
    operation_id="list_certificate_uses",
)
async def list_certificate_uses(
    certificate_id: UUID, call: Annotated[Call, allow(READERS)], paging: Paging
) -> Response:
    """Who looked at a certificate, newest first."""
    async with call.read() as tx:
        await queries.certificate_row(tx, certificate_id)
        page = await page_of(
            tx,
            queries.uses_of(certificate_id),
            by=[certificate_uses.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"certificate_uses {certificate_id}",
            show=CertificateUseOut.model_validate,
        )
    return answer(page)


@router.get("/uses", response_model=Page[CertificateUseOut], operation_id="list_uses")
async def list_uses(
    call: Annotated[Call, allow({**HOLDERS, Role.AUDITOR: Reach.ALL})],
    paging: Paging,
    way: Annotated[UseWay | None, Query()] = None,
    first_day: Annotated[date | None, Query(alias="from")] = None,
    last_day: Annotated[date | None, Query(alias="to")] = None,
    department: Annotated[str, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = "",
) -> Response:
    """Who looked at me (谁查了我): every use of the caller's certificates and data, newest first."""
    wanted = queries.UseFilter(
        way=way or "",
        period=Period(first_day=first_day, last_day=last_day, department=department),
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.uses_like(wanted),
            by=[certificate_uses.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"uses {wanted}",
            show=CertificateUseOut.model_validate,
        )
    return answer(page)


@router.get(
    "/certificates/{certificate_id}/file",
    response_model=CertificateDocumentOut,
    responses={200: {"content": {"application/pdf": {}}}},
    operation_id="get_certificate_file",
)
async def get_certificate_file(
    certificate_id: UUID,
    call: Annotated[Call, allow({**HOLDERS, **KEEPERS})],
    format: Annotated[str, Query(pattern=r"^[a-z-]{1,16}$")] = "pdf",
    purpose: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The sealed PDF, or the certificate as data with its signed code; in clear.

    Whoever is not the holder says for what (`purpose`), and the holder sees that they looked.
    """
    if format not in {"pdf", "json"}:
        raise FormatLaterError
    async with call.begin() as tx:
        row = await queries.certificate_row(tx, certificate_id)
        if row.pdf_sha256 is None:
            raise CertificateNotValidError(
                "证照尚未签发，请稍后再下载", "The certificate is not issued yet; try again later"
            )
        if str(row.holder_id) != call.principal.owner_id:
            _note_reading(row, tx, purpose)
        document = await _document_out(row, tx, call) if format == "json" else None
    if document is not None:
        return answer(document)
    pdf = await call.runtime.blobs.get(row.pdf_sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{row.number}.pdf"',
        "Cache-Control": "no-store",
        "ETag": f'"{row.pdf_sha256}"',
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _note_reading(row: Any, tx: DoorTransaction, purpose: str) -> None:
    """Personal data in clear takes a purpose, and leaves a row that its owner can see."""
    if not purpose.strip():
        raise PurposeMissingError
    add_use(
        tx,
        certificate_id=row.id,
        certificate_name=row.type_name,
        holder_id=row.holder_id,
        department=row.department,
        keepers=row.keepers,
        way="document",
        used_by_department=tx.principal.department or tx.principal.place,
        purpose=purpose.strip(),
        fields=("document",),
    )


async def _document_out(row: Any, tx: DoorTransaction, call: Call) -> CertificateDocumentOut:
    settings = call.runtime.settings
    assert isinstance(settings, CertificateSettings)
    making = Making(
        certificate=certificate_of(row, tx.keyring),
        type=await get_type(tx, row.type_code),
        verify_code=tx.keyring.decrypt(row.verify_code_encrypted, context=VERIFY_CODE_CONTEXT),
        public_url=settings.public_url,
        at=row.issued_at,
    )
    name, number = holder_shown(row, tx, masked=False)
    return CertificateDocumentOut(
        identifier=row.identifier,
        number=row.number,
        type_code=row.type_code,
        type_name=row.type_name,
        status=shown_state(CertificateState(row.status), row.valid_until, tx.now),
        holder_name=name,
        holder_number=number,
        fields=fields_of(row, tx),
        issuing_department=row.department,
        issuing_department_name=row.department_name,
        issued_at=row.issued_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        signed_code=signed_code(making, read_issuer_keys(settings.pki_dir)),
        pdf_sha256=row.pdf_sha256,
    )


def _command(body: CertificateIn) -> DraftCertificate:
    return DraftCertificate(
        type_code=body.type_code,
        holder_id=body.holder_id,
        holder=Holder(name=body.holder_name, number=body.holder_number),
        fields=dict(body.fields),
        valid_until=body.valid_until,
    )


async def _answer_certificate(tx: DoorTransaction, certificate_id: UUID, *, status: int) -> None:
    row = await queries.certificate_row(tx, certificate_id)
    tx.answer(
        certificate_out(row, tx),
        status=status,
        etag=row.version,
        location=f"/certificate/v1/certificates/{certificate_id}",
    )
