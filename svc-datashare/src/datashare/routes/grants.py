"""Grant requests (需求申请) and grants (授权): asked by one department, decided by the other."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.door import Call, allow, answer
from chassis.identity import Principal
from chassis.indicators import InPeriod
from chassis.paging import Paging
from chassis.schemas import Page
from chassis.steps import StepOut
from datashare import queries
from datashare.domain.grant import GrantState
from datashare.domain.grant_request import Decision, GrantRequestState
from datashare.repository import get_grant, get_grant_request
from datashare.routes.lists import page_answer, steps_answer
from datashare.routes.policies import (
    APPROVERS,
    REQUESTERS,
    SIDES,
    CodeFilter,
    NotTheProviderError,
    department_of,
)
from datashare.schemas import (
    ApprovalIn,
    GrantOut,
    GrantRequestIn,
    GrantRequestOut,
    ReasonIn,
    RefusalIn,
)
from datashare.tables import grant_requests, grants
from datashare.use_cases.approve_grant_request import approve_grant_request
from datashare.use_cases.refuse_grant_request import refuse_grant_request
from datashare.use_cases.revoke_grant import revoke_grant
from datashare.use_cases.submit_grant_request import SubmitGrantRequest, submit_grant_request

router = APIRouter(prefix="/datashare/v1")


@router.post(
    "/grant-requests",
    status_code=201,
    response_model=GrantRequestOut,
    operation_id="submit_grant_request",
)
async def post_grant_request(
    body: GrantRequestIn, call: Annotated[Call, allow(REQUESTERS)]
) -> Response:
    """Ask another department for some fields of a resource, for one item or for any."""
    command = SubmitGrantRequest(
        resource_code=body.resource_code,
        requester_department=department_of(call.principal),
        division=call.principal.division,
        item_code=body.item_code,
        fields=body.fields,
        purpose=body.purpose,
        legal_basis=body.legal_basis,
    )
    async with call.begin() as tx:
        request = await submit_grant_request(command, tx)
        tx.answer(
            GrantRequestOut.model_validate(request),
            status=201,
            etag=request.version,
            location=f"/datashare/v1/grant-requests/{request.id}",
        )
    return tx.response


@router.get(
    "/grant-requests", response_model=Page[GrantRequestOut], operation_id="list_grant_requests"
)
async def list_grant_requests(
    call: Annotated[Call, allow(SIDES)],
    paging: Paging,
    period: InPeriod,
    state: GrantRequestState | None = None,
    resource_code: CodeFilter = "",
    side: Literal["requester", "provider"] = "requester",
) -> Response:
    """Requests that the caller's department made or has to decide, newest first; `department` is of that side."""
    kept = queries.REQUESTS if side == "requester" else queries.REQUESTS_TO_DECIDE
    return await page_answer(
        call,
        queries.where_given(grant_requests, state=state, resource_code=resource_code).where(
            *queries.in_period(grant_requests, period, kept)
        ),
        by=[grant_requests.c.submitted_at, grant_requests.c.id],
        paging=paging,
        kind=f"grant_requests {period} {state} {resource_code} {side}",
        show=GrantRequestOut.model_validate,
    )


@router.get(
    "/grant-requests/{request_id}",
    response_model=GrantRequestOut,
    operation_id="get_grant_request",
)
async def get_one_grant_request(request_id: UUID, call: Annotated[Call, allow(SIDES)]) -> Response:
    """One request within reach."""
    async with call.read() as tx:
        row = await queries.row_by_id(tx, grant_requests, request_id)
    return answer(GrantRequestOut.model_validate(row), etag=row.version)


@router.get(
    "/grant-requests/{request_id}/steps",
    response_model=Page[StepOut],
    operation_id="list_grant_request_steps",
)
async def list_grant_request_steps(
    request_id: UUID, call: Annotated[Call, allow(SIDES)], paging: Paging
) -> Response:
    """What happened to a request, oldest first."""
    async with call.read() as tx:
        await queries.row_by_id(tx, grant_requests, request_id)
    return await steps_answer(call, "grant-request", request_id, paging)


@router.post(
    "/grant-requests/{request_id}/approvals",
    status_code=201,
    response_model=GrantOut,
    operation_id="approve_grant_request",
)
async def post_approval(
    request_id: UUID, body: ApprovalIn, call: Annotated[Call, allow(APPROVERS)]
) -> Response:
    """Agree to share, wholly or in part; answers with the grant."""
    decision = Decision(
        reason=body.reason,
        legal_basis=body.legal_basis,
        decided_by=call.principal.subject,
        fields=body.fields,
        valid_until=body.valid_until,
    )
    async with call.begin() as tx:
        request = await get_grant_request(tx, request_id)
        _must_provide(request.provider_department, call.principal)
        tx.expect(request.version)
        grant = await approve_grant_request(request, decision, tx)
        tx.answer(
            GrantOut.model_validate(grant),
            status=201,
            etag=grant.version,
            location=f"/datashare/v1/grants/{grant.id}",
        )
    return tx.response


@router.post(
    "/grant-requests/{request_id}/refusals",
    status_code=201,
    response_model=GrantRequestOut,
    operation_id="refuse_grant_request",
)
async def post_refusal(
    request_id: UUID, body: RefusalIn, call: Annotated[Call, allow(APPROVERS)]
) -> Response:
    """Refuse to share, with reason and law."""
    decision = Decision(
        reason=body.reason, legal_basis=body.legal_basis, decided_by=call.principal.subject
    )
    async with call.begin() as tx:
        request = await get_grant_request(tx, request_id)
        _must_provide(request.provider_department, call.principal)
        tx.expect(request.version)
        await refuse_grant_request(request, decision, tx)
        tx.answer(GrantRequestOut.model_validate(request), status=201, etag=request.version)
    return tx.response


def _must_provide(provider: str, principal: Principal) -> None:
    # Both sides can read a request; only one of them can decide it.
    if provider != principal.department:
        raise NotTheProviderError


@router.get("/grants", response_model=Page[GrantOut], operation_id="list_grants")
async def list_grants(
    call: Annotated[Call, allow(SIDES)],
    paging: Paging,
    period: InPeriod,
    state: GrantState | None = None,
    resource_code: CodeFilter = "",
) -> Response:
    """Grants that the caller's department holds or gave, newest first."""
    return await page_answer(
        call,
        queries.where_given(grants, state=state, resource_code=resource_code).where(
            *queries.in_period(grants, period, queries.GRANTS)
        ),
        by=[grants.c.id],
        paging=paging,
        kind=f"grants {period} {state} {resource_code}",
        show=GrantOut.model_validate,
    )


@router.get("/grants/{grant_id}", response_model=GrantOut, operation_id="get_grant")
async def get_one_grant(grant_id: UUID, call: Annotated[Call, allow(SIDES)]) -> Response:
    """One grant within reach."""
    async with call.read() as tx:
        row = await queries.row_by_id(tx, grants, grant_id)
    return answer(GrantOut.model_validate(row), etag=row.version)


@router.get(
    "/grants/{grant_id}/steps", response_model=Page[StepOut], operation_id="list_grant_steps"
)
async def list_grant_steps(
    grant_id: UUID, call: Annotated[Call, allow(SIDES)], paging: Paging
) -> Response:
    """What happened to a grant, oldest first."""
    async with call.read() as tx:
        await queries.row_by_id(tx, grants, grant_id)
    return await steps_answer(call, "grant", grant_id, paging)


@router.post(
    "/grants/{grant_id}/revocations",
    status_code=201,
    response_model=GrantOut,
    operation_id="revoke_grant",
)
async def post_revocation(
    grant_id: UUID, body: ReasonIn, call: Annotated[Call, allow(APPROVERS)]
) -> Response:
    """Take a grant back; from now on nothing is fetched under it."""
    async with call.begin() as tx:
        grant = await get_grant(tx, grant_id)
        _must_provide(grant.provider_department, call.principal)
        tx.expect(grant.version)
        await revoke_grant(grant, body.reason, tx)
        tx.answer(GrantOut.model_validate(grant), status=201, etag=grant.version)
    return tx.response
