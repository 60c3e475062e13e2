"""Cancellations and reinstatements of proofs, each proposed by one person and confirmed by another.

GET  /proofs/{code}/changes                        anyone
GET  /proof-changes                                publisher (own), system_admin   what waits for a second person
POST /proofs/{code}/cancellations, /reinstatements publisher, system_admin         a proposal
POST /proofs/{code}/changes/{id}/confirmations     another publisher, system_admin
POST /proofs/{code}/changes/{id}/returns, /revocations     publisher, system_admin
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from catalog.domain.proofs import ChangeKind, ProofChange, ProofStatus, Ruling
from catalog.queries import proofs as queries
from catalog.routes.parameters import Anyone, Code, PublisherOrAdministrator
from catalog.schemas.proofs import (
    CancellationIn,
    DecisionIn,
    ProofChangeOut,
    ReinstatementIn,
    ReturnIn,
)
from catalog.tables.proofs import proof_changes
from catalog.use_cases.decide_proof_change import DecideProofChange, Decision, decide_proof_change
from catalog.use_cases.propose_proof_change import ProposeProofChange, propose_proof_change
from chassis.clock import local_date
from chassis.door import Call, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["proofs"])


@router.get(
    "/proofs/{code}/changes", response_model=Page[ProofChangeOut], operation_id="list_proof_changes"
)
async def list_changes(code: Code, call: Anyone, paging: Paging) -> Response:
    """Cancellations and reinstatements of an entry, newest first."""
    async with call.read() as tx:
        row = await queries.proof_row(tx, code, local_date(tx.now))
        page = await page_of(
            tx,
            queries.changes_of(row.id),
            by=[proof_changes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"proof_changes {code}",
            show=lambda found: _change_out(found, call.principal.subject),
        )
    return answer(page)


@router.get(
    "/proof-changes", response_model=Page[ProofChangeOut], operation_id="list_waiting_proof_changes"
)
async def list_waiting(call: PublisherOrAdministrator, paging: Paging) -> Response:
    """What waits for a second person: of the own department, or of all for the administrator."""
    mine = "" if call.scope.everything else call.principal.department
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.changes_waiting(mine),
            by=[proof_changes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"waiting_proof_changes {mine}",
            show=lambda found: _change_out(found, call.principal.subject),
        )
    return answer(page)


@router.post(
    "/proofs/{code}/cancellations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="propose_proof_cancellation",
)
async def post_cancellation(
    code: Code, body: CancellationIn, call: PublisherOrAdministrator
) -> Response:
    """Propose to cancel a proof, with what stands in; a second person confirms it."""
    ruling = Ruling(
        status=ProofStatus.CANCELLED,
        stands_in=body.stands_in,
        certificate_type=body.certificate_type,
        data_resource=body.data_resource,
        commitment_text=body.commitment_text,
        document=body.document,
    )
    command = ProposeProofChange(
        code=code,
        kind=ChangeKind.CANCEL,
        ruling=ruling,
        effective_from=body.effective_from,
        reason=body.reason,
    )
    return await _proposed(command, call)


@router.post(
    "/proofs/{code}/reinstatements",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="propose_proof_reinstatement",
)
async def post_reinstatement(
    code: Code, body: ReinstatementIn, call: PublisherOrAdministrator
) -> Response:
    """Propose to bring a cancelled proof back, naming the law; a second person confirms it."""
    command = ProposeProofChange(
        code=code,
        kind=ChangeKind.REINSTATE,
        ruling=Ruling(status=ProofStatus.RETAINED, document=body.document),
        effective_from=body.effective_from,
        reason=body.reason,
    )
    return await _proposed(command, call)


async def _proposed(command: ProposeProofChange, call: Call) -> Response:
    async with call.begin() as tx:
        change = await propose_proof_change(command, tx)
        tx.answer(
            _change_of(change, call.principal.subject),
            status=201,
            location=f"/catalog/v1/proofs/{command.code}/changes",
        )
    return tx.response


@router.post(
    "/proofs/{code}/changes/{change_id}/confirmations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="confirm_proof_change",
)
async def post_confirmation(
    code: Code, change_id: UUID, body: DecisionIn, call: PublisherOrAdministrator
) -> Response:
    """Confirm a change that somebody else proposed; it holds from its day on."""
    return await _decided(code, change_id, "confirm", body.reason or "第二人确认", call=call)


@router.post(
    "/proofs/{code}/changes/{change_id}/returns",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="return_proof_change",
)
async def post_return(
    code: Code, change_id: UUID, body: ReturnIn, call: PublisherOrAdministrator
) -> Response:
    """Return a proposal with a reason; by who proposed it, it is taken back."""
    return await _decided(code, change_id, "return", body.reason, call=call)


@router.post(
    "/proofs/{code}/changes/{change_id}/revocations",
    status_code=201,
    response_model=ProofChangeOut,
    operation_id="revoke_proof_change",
)
async def post_revocation(
    code: Code, change_id: UUID, body: ReturnIn, call: PublisherOrAdministrator
) -> Response:
    """Revoke a confirmed change whose day has not come; the list is as it was."""
    return await _decided(code, change_id, "revoke", body.reason, call=call)


async def _decided(
    code: str, change_id: UUID, decision: Decision, reason: str, *, call: Call
) -> Response:
    command = DecideProofChange(code=code, change_id=change_id, decision=decision, reason=reason)
    async with call.begin() as tx:
        change = await decide_proof_change(command, tx)
        tx.answer(_change_of(change, call.principal.subject), status=201)
    return tx.response


def _change_out(row: Any, caller: str) -> ProofChangeOut:
    names = tuple(name for name in ProofChangeOut.model_fields if name != "is_mine")
    return ProofChangeOut(
        is_mine=row.proposed_by == caller, **{name: getattr(row, name) for name in names}
    )


def _change_of(change: ProofChange, caller: str) -> ProofChangeOut:
    ruling = asdict(change.ruling)
    ruling.pop("status")
    return ProofChangeOut(
        id=change.id,
        proof_id=change.proof_id,
        kind=change.kind,
        state=change.state,
        **ruling,
        reason=change.reason,
        effective_from=change.effective_from,
        proposed_at=change.proposed_at,
        decided_at=change.decided_at,
        is_mine=change.proposed_by == caller,
    )
