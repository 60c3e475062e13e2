"""Presentations (亮证): the holder consents, a window scans, an application claims (that comes by event)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from certificate import queries
from certificate.documents.rendering import qr_svg
from certificate.domain.certificate import Certificate, CertificateType
from certificate.domain.presentation import Presentation, PresentationState
from certificate.repository.certificates import presentation_of
from certificate.schemas import (
    PresentationCreatedOut,
    PresentationIn,
    PresentationOut,
    ScanIn,
    ScannedCertificateOut,
    ScanOut,
)
from certificate.tables import presentations
from certificate.use_cases.present_certificates import PresentCertificates, present_certificates
from certificate.use_cases.scan_presentation import scan_presentation
from certificate.use_cases.withdraw_presentation import withdraw_presentation
from chassis.door import Call, allow, answer
from chassis.encryption import mask_id_number, mask_name
from chassis.identity import Reach
from chassis.ids import new_secret_code
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction
from contracts.vocabulary import Role

router = APIRouter(prefix="/certificate/v1")

HOLDERS = {Role.CITIZEN: Reach.OWN, Role.ENTERPRISE_AGENT: Reach.OWN}
# The code is the right to see: whoever stands at a window reads what was shown to them, wherever it was issued.
WINDOWS = {Role.CLERK: Reach.ALL, Role.REVIEWER: Reach.ALL}


@router.post(
    "/presentations",
    status_code=201,
    response_model=PresentationCreatedOut,
    operation_id="present_certificates",
)
async def post_presentation(
    body: PresentationIn, call: Annotated[Call, allow(HOLDERS, assurance=2)]
) -> Response:
    """Consent to show own certificates for one purpose and one item; the code works once, for a short time."""
    code = new_secret_code()
    drawing = qr_svg(code)
    command = PresentCertificates(
        code=code,
        holder_id=UUID(call.principal.owner_id),
        certificate_types=body.certificate_types,
        certificate_ids=body.certificate_ids,
        purpose=body.purpose,
        item_code=body.item_code,
    )
    async with call.begin() as tx:
        presentation = await present_certificates(command, tx)
        shown = _presentation_out(presentation, tx)
        tx.answer(
            PresentationCreatedOut(**shown.model_dump(), code=code, qr_svg=drawing),
            status=201,
            location=f"/certificate/v1/presentations/{presentation.id}",
        )
    return tx.response


@router.get(
    "/presentations", response_model=Page[PresentationOut], operation_id="list_presentations"
)
async def list_presentations(
    call: Annotated[Call, allow(HOLDERS)],
    paging: Paging,
    state: Annotated[PresentationState | None, Query()] = None,
) -> Response:
    """What the caller consented to show, newest first."""
    statement = queries.presentations_of(call.principal.owner_id)
    if state is not None:
        statement = statement.where(presentations.c.state == state)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[presentations.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"presentations {state}",
            show=lambda row: _presentation_out(presentation_of(row), tx),
        )
    return answer(page)


@router.get(
    "/presentations/{presentation_id}",
    response_model=PresentationOut,
    operation_id="get_presentation",
)
async def get_presentation(
    presentation_id: UUID, call: Annotated[Call, allow(HOLDERS)]
) -> Response:
    """One consent of the caller's; the code was shown once and is not in it."""
    async with call.read() as tx:
        row = await queries.presentation_row(tx, call.principal.owner_id, presentation_id)
        out = _presentation_out(presentation_of(row), tx)
    return answer(out)


@router.post("/presentations/scans", response_model=ScanOut, operation_id="scan_presentation")
async def post_scan(body: ScanIn, call: Annotated[Call, allow(WINDOWS)]) -> Response:
    """Read a shown code, once: what is shown is masked, and its holder sees that it was read."""
    async with call.begin() as tx:
        presentation, shown = await scan_presentation(body.code, tx)
        tx.answer(
            ScanOut(
                presentation_id=presentation.id,
                purpose=presentation.purpose,
                item_code=presentation.item_code,
                certificates=[_scanned_out(certificate, type) for certificate, type in shown],
            )
        )
    return tx.response


@router.post(
    "/presentations/{presentation_id}/withdrawals",
    response_model=PresentationOut,
    operation_id="withdraw_presentation",
)
async def post_withdrawal(presentation_id: UUID, call: Annotated[Call, allow(HOLDERS)]) -> Response:
    """Take a consent back before it was used."""
    async with call.begin() as tx:
        presentation = await withdraw_presentation(presentation_id, tx)
        tx.answer(_presentation_out(presentation, tx))
    return tx.response


def _presentation_out(presentation: Presentation, tx: Transaction) -> PresentationOut:
    columns: dict[str, Any] = {
        name: getattr(presentation, name)
        for name in PresentationOut.model_fields
        if name not in {"state", "certificate_ids"}
    }
    return PresentationOut(
        state=presentation.state_at(tx.now),
        certificate_ids=list(presentation.certificate_ids),
        **columns,
    )


def _scanned_out(certificate: Certificate, type: CertificateType) -> ScannedCertificateOut:
    holder = certificate.holder
    return ScannedCertificateOut(
        type_code=type.code,
        type_name=type.name,
        number=certificate.number,
        holder_name=mask_name(holder.name) if holder else None,
        holder_number=mask_id_number(holder.number) if holder else None,
        issuing_department_name=certificate.department_name,
        valid_until=certificate.valid_until,
    )
