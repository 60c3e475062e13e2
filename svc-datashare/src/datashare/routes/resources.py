"""Data resources (数据资源) and what they hold."""

from typing import Annotated

from fastapi import APIRouter, Response

from chassis.door import Call, allow, allow_anyone, answer
from chassis.identity import Principal, Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging
from chassis.schemas import Page
from chassis.steps import StepOut
from contracts.vocabulary import Role
from datashare import queries
from datashare.domain.resource import Field, Resource, ResourceOfOtherError, ShareType
from datashare.repository import get_resource
from datashare.routes.lists import page_answer, steps_answer
from datashare.routes.policies import (
    NotTheProviderError,
    ResourceCode,
    department_of,
)
from datashare.schemas import (
    RecordsIn,
    RecordsOut,
    RegisteredOut,
    ResourceIn,
    ResourceOut,
    ResourcesIn,
)
from datashare.tables import data_resources
from datashare.use_cases.put_records import put_records, seal_records
from datashare.use_cases.register_resources import register_resources

router = APIRouter(prefix="/datashare/v1")


@router.get("/resources", response_model=Page[ResourceOut], operation_id="list_resources")
async def list_resources(
    call: Annotated[Call, allow_anyone()],
    paging: Paging,
    period: InPeriod,
    share_type: ShareType | None = None,
) -> Response:
    """The city's data catalogue, by code."""
    return await page_answer(
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
    provider = row.provider_department or department_of(principal)
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
    return await steps_answer(call, "resource", code, paging)


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
