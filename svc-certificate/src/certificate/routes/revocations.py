"""Revocations: the issuer proposes, the seal keeper of the same department decides."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from certificate import queries
from certificate.schemas import RevocationDecisionIn, RevocationIn, RevocationOut
from certificate.tables import revocations
from certificate.use_cases.decide_revocation import DecideRevocation, decide_revocation
from certificate.use_cases.propose_revocation import ProposeRevocation, propose_revocation
from chassis.door import Call, allow, answer
from chassis.identity import Reach
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from contracts.vocabulary import Role

router = APIRouter(prefix="/certificate/v1/certificates/{certificate_id}/revocations")

PROPOSERS = {Role.ISSUER: Reach.DEPARTMENT}
DECIDERS = {Role.SEAL_KEEPER: Reach.DEPARTMENT}
READERS = {**PROPOSERS, **DECIDERS, Role.AUDITOR: Reach.ALL}


@router.get("", response_model=Page[RevocationOut], operation_id="list_revocations")
async def list_revocations(
    certificate_id: UUID, call: Annotated[Call, allow(READERS)], paging: Paging
) -> Response:
    """The proposals to end a certificate, newest first."""
    async with call.read() as tx:
        await queries.certificate_row(tx, certificate_id)
        page = await page_of(
            tx,
            queries.revocations_of(certificate_id),
            by=[revocations.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"revocations {certificate_id}",
            show=RevocationOut.model_validate,
        )
    return answer(page)


@router.post("", status_code=202, response_model=RevocationOut, operation_id="propose_revocation")
async def post_revocation(
    certificate_id: UUID, body: RevocationIn, call: Annotated[Call, allow(PROPOSERS)]
) -> Response:
    """Propose to revoke (吊销/撤销) or cancel (注销); a second person decides."""
    command = ProposeRevocation(certificate_id=certificate_id, **body.model_dump())
    async with call.begin() as tx:
        revocation = await propose_revocation(command, tx)
        tx.answer(
            RevocationOut.model_validate(revocation),
            status=202,
            location=f"/certificate/v1/certificates/{certificate_id}/revocations",
        )
    return tx.response


@router.post(
    "/{revocation_id}/approvals", response_model=RevocationOut, operation_id="approve_revocation"
)
async def post_approval(
    certificate_id: UUID,
    revocation_id: UUID,
    call: Annotated[Call, allow(DECIDERS)],
    body: RevocationDecisionIn | None = None,
) -> Response:
    """Approve: the certificate ends at once, in the books, the status list and on the public page."""
    command = DecideRevocation(
        certificate_id=certificate_id,
        revocation_id=revocation_id,
        approve=True,
        reason=body.reason if body else None,
    )
    return await _decide(command, call)


@router.post(
    "/{revocation_id}/refusals", response_model=RevocationOut, operation_id="refuse_revocation"
)
async def post_refusal(
    certificate_id: UUID,
    revocation_id: UUID,
    call: Annotated[Call, allow(DECIDERS)],
    body: RevocationDecisionIn | None = None,
) -> Response:
    """Decline: the certificate stays as it is."""
    command = DecideRevocation(
        certificate_id=certificate_id,
        revocation_id=revocation_id,
        approve=False,
        reason=body.reason if body else None,
    )
    return await _decide(command, call)


async def _decide(command: DecideRevocation, call: Call) -> Response:
    async with call.begin() as tx:
        revocation = await decide_revocation(command, tx)
        tx.answer(RevocationOut.model_validate(revocation))
    return tx.response
