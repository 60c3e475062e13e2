"""The HTTP door of svc-datashare: path, policy, schema in and out, one call to a use case.

GET  /resources, /{code}, /{code}/steps     anyone               the catalogue
POST /resources                             steward              register, or bring up to date
POST /resources/{code}/records              provider's steward   what it holds, in batches
POST /grant-requests                        steward, head        ask; the share type may decide at once
POST /grant-requests/{id}/approvals         provider's approver  a grant is given
POST /grant-requests/{id}/refusals          provider's approver  with reason and law
POST /grants/{id}/revocations               provider's approver  ends at once
GET  /grant-requests, /grants, /steps       both sides, auditor
GET  /look-ups, /{id}                       own, both departments, auditor
GET  /deliveries                            the reviewing department
GET  /indicators, /rules                    anyone
Partners and the feed: partner_routes.py
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Column, Select

from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import ForbiddenError, InvalidError
from chassis.identity import Principal, Reach
from chassis.indicators import InPeriod, indicator_router
from chassis.masking import mask_text
from chassis.paging import PageQuery, Paging, page_of
from chassis.rule_routes import rule_router
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps
from contracts.vocabulary import Role
from datashare import partner_routes, queries
from datashare.domain.grant import GrantState
from datashare.domain.grant_request import Decision, GrantRequestState
from datashare.domain.resource import Field, Resource, ResourceOfOtherError, ShareType
from datashare.repository import get_grant, get_grant_request, get_resource
from datashare.schemas import (
    ApprovalIn,
    DeliveredFieldOut,
    DeliveryOut,
    GrantOut,
    GrantRequestIn,
    GrantRequestOut,
    LookUpOut,
    ReasonIn,
    RecordsIn,
    RecordsOut,
    RefusalIn,
    RegisteredOut,
    ResourceIn,
    ResourceOut,
    ResourcesIn,
)
from datashare.tables import data_resources, grant_requests, grants, look_ups, steps
from datashare.use_cases.approve_grant_request import approve_grant_request
from datashare.use_cases.put_records import put_records, seal_records
from datashare.use_cases.read_deliveries import Handed, read_deliveries
from datashare.use_cases.refuse_grant_request import refuse_grant_request
from datashare.use_cases.register_resources import register_resources
from datashare.use_cases.revoke_grant import revoke_grant
from datashare.use_cases.submit_grant_request import SubmitGrantRequest, submit_grant_request

router = APIRouter(prefix="/datashare/v1")

ResourceCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
CodeFilter = Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,64}$")]


REQUESTERS = {Role.DATA_STEWARD: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}
APPROVERS = {Role.DATA_APPROVER: Reach.DEPARTMENT}
SIDES = {**REQUESTERS, **APPROVERS, Role.AUDITOR: Reach.ALL}
LOOK_UP_READERS = {
    **SIDES,
    Role.CITIZEN: Reach.OWN,
    Role.ENTERPRISE_AGENT: Reach.OWN,
}
REVIEWERS = {Role.REVIEWER: Reach.DEPARTMENT, Role.DEPARTMENT_HEAD: Reach.DEPARTMENT}


class DepartmentMissingError(ForbiddenError):
    code = "department-missing"
    title_zh = "您的账号未关联部门，请联系系统管理员设置后再办理"
    title_en = "Your account names no department; ask your administrator to set it"


class NotTheProviderError(ForbiddenError):
    code = "not-the-provider"
    title_zh = "只有数据提供部门可以办理此步骤"
    title_en = "Only the provider of the data takes this step"


class ClearNeedsPurposeError(InvalidError):
    code = "clear-needs-purpose"
    title_zh = "查看明文须写明用途（purpose），本次查看将告知数据主体"
    title_en = "Name a purpose to see values in clear; the person will see this look-up"


def _department(principal: Principal) -> str:
    if not principal.department:
        raise DepartmentMissingError
    return principal.department


@router.get("/resources", response_model=Page[ResourceOut], operation_id="list_resources")
async def list_resources(
    call: Annotated[Call, allow_anyone()],
    paging: Paging,
    period: InPeriod,
    share_type: ShareType | None = None,
) -> Response:
    """The city's data catalogue, by code."""
    return await _page(
        call,
        queries.where_given(data_resources, share_type=share_type).where(
            *queries.in_period(data_resources, period, queries.RESOURCES)
        ),
        by=[data_resources.c.code],
        paging=paging,
        kind=f"resources {period} {share_type}",
        show=ResourceOut.model_validate,
        descending=False,
    )


@router.post("/resources", response_model=RegisteredOut, operation_id="register_resources")
async def post_resources(
    body: ResourcesIn,
    call: Annotated[
        Call, allow({Role.DATA_STEWARD: Reach.DEPARTMENT, Role.SYSTEM_ADMIN: Reach.ALL})
    ],
) -> Response:
    """Register resources of the caller's department, or bring them up to date; the same again changes nothing."""
    resources = [_resource(row, call.principal) for row in body.rows]
    async with call.begin() as tx:
        registered = await register_resources(resources, tx)
        tx.answer(RegisteredOut.model_validate(registered))
    return tx.response


def _resource(row: ResourceIn, principal: Principal) -> Resource:
    provider = row.provider_department or _department(principal)
    if provider != principal.department and Role.SYSTEM_ADMIN not in principal.roles:
        raise ResourceOfOtherError
    return Resource(
        code=row.code,
        name=row.name,
        provider_department=provider,
        division=row.division or principal.division,
        fields=tuple(
            Field(name=field.name, label=field.label, level=field.level) for field in row.fields
        ),
        share_type=row.share_type,
        conditions=row.conditions,
        law=row.law,
        update_cycle=row.update_cycle,
        state=row.state,
    )


@router.get("/resources/{code}", response_model=ResourceOut, operation_id="get_resource")
async def get_one_resource(code: ResourceCode, call: Annotated[Call, allow_anyone()]) -> Response:
    """One resource: what it holds, whose it is, on which terms it is shared."""
    async with call.read() as tx:
        row = await queries.resource_row(tx, code)
    return answer(ResourceOut.model_validate(row), etag=row.version)


@router.get(
    "/resources/{code}/steps", response_model=Page[StepOut], operation_id="list_resource_steps"
)
async def list_resource_steps(
    code: ResourceCode, call: Annotated[Call, allow_anyone()], paging: Paging
) -> Response:
    """How the catalogue entry came to be as it is."""
    async with call.read() as tx:
        await get_resource(tx, code)
    return await _steps(call, "resource", code, paging)


@router.post(
    "/resources/{code}/records", response_model=RecordsOut, operation_id="put_resource_records"
)
async def post_records(
    code: ResourceCode,
    body: RecordsIn,
    call: Annotated[Call, allow({Role.DATA_STEWARD: Reach.DEPARTMENT})],
) -> Response:
    """Keep what the provider holds on its subjects, each in place of the former."""
    async with call.read() as reading:
        resource = await get_resource(reading, code)
    if resource.provider_department != call.principal.department:
        raise NotTheProviderError
    rows = [(row.subject_id, dict(row.values)) for row in body.rows]
    sealed = seal_records(resource, rows, keyring=call.runtime.keyring)
    async with call.begin() as tx:
        kept = await put_records(resource, sealed, tx)
        tx.answer(RecordsOut(kept=kept))
    return tx.response


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
        requester_department=_department(call.principal),
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
    return await _page(
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
    return await _steps(call, "grant-request", request_id, paging)


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
    return await _page(
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
    return await _steps(call, "grant", grant_id, paging)


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


@router.get("/look-ups", response_model=Page[LookUpOut], operation_id="list_look_ups")
async def list_look_ups(
    call: Annotated[Call, allow(LOOK_UP_READERS)],
    paging: Paging,
    period: InPeriod,
    application_id: UUID | None = None,
    resource_code: CodeFilter = "",
) -> Response:
    """谁查了我: a person sees every reading of their records; a department those it made or was asked for."""
    return await _page(
        call,
        queries.where_given(
            look_ups, application_id=application_id, resource_code=resource_code
        ).where(*queries.in_period(look_ups, period, queries.LOOK_UPS)),
        by=[look_ups.c.id],
        paging=paging,
        kind=f"look_ups {period} {application_id} {resource_code}",
        show=LookUpOut.model_validate,
    )


@router.get("/look-ups/{look_up_id}", response_model=LookUpOut, operation_id="get_look_up")
async def get_look_up(look_up_id: UUID, call: Annotated[Call, allow(LOOK_UP_READERS)]) -> Response:
    """One reading within reach."""
    async with call.read() as tx:
        row = await queries.row_by_id(tx, look_ups, look_up_id)
    return answer(LookUpOut.model_validate(row))


@router.get("/deliveries", response_model=Page[DeliveryOut], operation_id="list_deliveries")
async def list_deliveries(
    call: Annotated[Call, allow(REVIEWERS)],
    application_id: UUID,
    clear: bool = False,
    purpose: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What was fetched for an application: masked, or in clear for a purpose, which its subject then sees."""
    if clear and len(purpose.strip()) < 2:
        raise ClearNeedsPurposeError
    async with call.begin() as tx:
        clear_for = mask_text(purpose.strip()) if clear else None
        handed = await read_deliveries(application_id, tx, clear_for=clear_for)
        tx.answer(Page[DeliveryOut](results=[_delivery(one, masked=not clear) for one in handed]))
    return tx.response


def _delivery(handed: Handed, *, masked: bool) -> DeliveryOut:
    row, resource, values = handed
    return DeliveryOut(
        id=row.id,
        application_id=row.application_id,
        material_code=row.material_code,
        resource_code=resource.code,
        resource_name=resource.name,
        provider_department=row.provider_department,
        grant_id=row.grant_id,
        masked=masked,
        fields=[
            DeliveredFieldOut(
                name=field.name, label=field.label, level=field.level, value=values[field.name]
            )
            for field in resource.fields
            if field.name in values
        ],
        delivered_at=row.delivered_at,
    )


async def _page(
    call: Call,
    statement: Select[Any],
    *,
    by: list[Column[Any]],
    paging: PageQuery,
    kind: str,
    show: Callable[[Any], Any],
    descending: bool = True,
) -> Response:
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=by,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=kind,
            show=show,
            descending=descending,
        )
    return answer(page)


async def _steps(call: Call, kind: str, of_id: UUID | str, paging: PageQuery) -> Response:
    async with call.read() as tx:
        page = await page_of_steps(
            tx,
            steps,
            of={"kind": kind, "of_id": str(of_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)


ROUTERS = (
    router,
    partner_routes.router,
    indicator_router("datashare", queries.INDICATORS),
    rule_router("datashare", {Role.SYSTEM_ADMIN: Reach.ALL}),
)
