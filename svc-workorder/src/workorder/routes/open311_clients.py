"""Open311's services and clients: data that an administrator keeps.

GET, PUT /open311-services, /{code}       system admin (reads: auditor too)
GET, POST /open311-clients, PUT /{id}     system admin (reads: auditor too)
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy import select

from chassis.door import Call, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.routes.policies import ADMINISTRATORS, OPEN311_READERS
from workorder.schemas.open311 import (
    ClientChangeIn,
    ClientIn,
    ClientKeyOut,
    ClientOut,
    ServiceIn,
    ServiceOut,
)
from workorder.tables import open311_clients, open311_services
from workorder.use_cases.change_open311_client import change_open311_client
from workorder.use_cases.put_open311_service import PutService, put_open311_service
from workorder.use_cases.register_open311_client import register_open311_client

router = APIRouter(prefix="/workorder/v1", tags=["open311"])

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@router.get(
    "/open311-services", response_model=Page[ServiceOut], operation_id="list_open311_services"
)
async def list_services(call: Annotated[Call, allow(OPEN311_READERS)], paging: Paging) -> Response:
    """Every service, offered or not, by code."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(open311_services),
            by=[open311_services.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="open311_services",
            show=_service,
            descending=False,
        )
    return answer(page)


@router.put(
    "/open311-services/{code}", response_model=ServiceOut, operation_id="put_open311_service"
)
async def put_service(
    code: Code, body: ServiceIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Offer a service, change it, or withdraw it (`is_offered` false); withdrawn, it can be offered again."""
    values = body.model_dump(exclude={"reason", "group"}, mode="json")
    values["group_name"] = body.group
    command = PutService(code=code, values=values, reason=body.reason)
    async with call.begin() as tx:
        version = await put_open311_service(command, tx)
        shown = body.model_dump(exclude={"reason"}, mode="json")
        tx.answer(ServiceOut(code=code, version=version, **shown), etag=version)
    return tx.response


@router.get("/open311-clients", response_model=Page[ClientOut], operation_id="list_open311_clients")
async def list_clients(call: Annotated[Call, allow(OPEN311_READERS)], paging: Paging) -> Response:
    """Whose applications may write, newest first; without keys."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            select(open311_clients),
            by=[open311_clients.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind="open311_clients",
            show=ClientOut.model_validate,
        )
    return answer(page)


@router.post(
    "/open311-clients",
    status_code=201,
    response_model=ClientKeyOut,
    operation_id="register_open311_client",
)
async def post_client(body: ClientIn, call: Annotated[Call, allow(ADMINISTRATORS)]) -> Response:
    """Let an application write; its key is in this answer and nowhere else."""
    async with call.begin() as tx:
        client_id, key = await register_open311_client(tx, name=body.name, division=body.division)
        shown = ClientKeyOut(
            id=client_id,
            name=body.name,
            division=body.division,
            is_enabled=True,
            version=1,
            api_key=key,
        )
        tx.answer(shown, status=201, etag=1)
    return tx.response


@router.put(
    "/open311-clients/{client_id}", response_model=ClientOut, operation_id="change_open311_client"
)
async def put_client(
    client_id: UUID, body: ClientChangeIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Shut an application out, or let it in again."""
    async with call.begin() as tx:
        row = await change_open311_client(
            tx, client_id, is_enabled=body.is_enabled, reason=body.reason
        )
        shown = ClientOut(
            id=row.id,
            name=row.name,
            division=row.division,
            is_enabled=body.is_enabled,
            version=row.version + 1,
        )
        tx.answer(shown, etag=row.version + 1)
    return tx.response


def _service(row: Any) -> ServiceOut:
    columns = {name: getattr(row, name) for name in ServiceOut.model_fields if name != "group"}
    return ServiceOut(group=row.group_name, **columns)
