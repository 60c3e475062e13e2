"""What people are told, and on which platform, through the HTTP door.

GET  /delivery-endpoints, POST, GET /{id}, PUT /{id}, GET /{id}/steps     administrators    office platforms
POST /delivery-endpoints/{id}/switch-ons, /switch-offs, /secret-rotations, /redeliveries    administrators
GET  /notices, /notices/export, /notices/{id}     desks, auditors, administrators    who was told what, with receipts
POST /notices/{id}/redeliveries                   heads, hotline lead, administrators    send one again
GET  /todo-feed?after=                            desks, partners                    to-dos, for who comes and reads
"""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import LIMIT_MAX, Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from workorder.domain.notices import Network, networks_of, words_of
from workorder.domain.process.definition import CODE_PATTERN
from workorder.queries import notices as queries
from workorder.routes.policies import (
    ADMINISTRATORS,
    FEED_READERS,
    NOTICE_READERS,
    REDELIVERERS,
)
from workorder.schemas.notices import (
    EndpointChangeIn,
    EndpointIn,
    EndpointOut,
    EndpointSecretOut,
    EndpointState,
    EndpointStepOut,
    FeedEntryOut,
    FeedOut,
    NoticeOut,
    NoticeState,
    RedeliveryIn,
    RedeliveryOut,
    SwitchIn,
)
from workorder.settings import WorkOrderSettings
from workorder.tables import delivery_endpoint_steps, delivery_endpoints, notices
from workorder.use_cases.change_endpoint import ChangeEndpoint, change_endpoint
from workorder.use_cases.redeliver_notices import (
    Redelivery,
    redeliver_notice,
    redeliver_notices,
)
from workorder.use_cases.register_endpoint import RegisterEndpoint, register_endpoint
from workorder.use_cases.rotate_endpoint_secret import rotate_endpoint_secret
from workorder.use_cases.switch_endpoint import switch_endpoint

router = APIRouter(prefix="/workorder/v1", tags=["notices"])
FEED_DEFAULT = 100

COLUMNS = [
    ExportColumn(name="created_at", head="时间", width=20),
    ExportColumn(name="kind", head="事由", read=lambda row: words_of(row.kind), width=24),
    ExportColumn(name="number", head="编号"),
    ExportColumn(name="title", head="标题", width=40),
    ExportColumn(name="department", head="部门", width=24),
    ExportColumn(name="recipient", head="接收方"),
    ExportColumn(name="due_at", head="应办时间", width=20),
    ExportColumn(name="state", head="送达状态"),
    ExportColumn(name="delivered_at", head="送达时间", width=20),
    ExportColumn(name="receipt", head="回执号", width=24),
    ExportColumn(name="tries", head="推送次数"),
    ExportColumn(name="error", head="最近错误", width=30),
]


def _networks(call: Call) -> tuple[Network, ...]:
    return networks_of(cast("WorkOrderSettings", call.runtime.settings).notice_networks)


@router.get(
    "/delivery-endpoints",
    response_model=Page[EndpointOut],
    operation_id="list_delivery_endpoints",
)
async def list_endpoints(
    call: Annotated[Call, allow(ADMINISTRATORS)],
    paging: Paging,
    state: EndpointState | None = None,
    department: Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{0,22}$")] = None,
) -> Response:
    """Office platforms, newest first."""
    t = delivery_endpoints.c
    statement = select(delivery_endpoints)
    if state is not None:
        statement = statement.where(t.state == state)
    if department is not None:
        statement = statement.where(t.department == department)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"delivery-endpoints {state} {department}",
            show=EndpointOut.model_validate,
        )
    return answer(page)


@router.post(
    "/delivery-endpoints",
    status_code=201,
    response_model=EndpointSecretOut,
    operation_id="register_delivery_endpoint",
)
async def post_endpoint(body: EndpointIn, call: Annotated[Call, allow(ADMINISTRATORS)]) -> Response:
    """Register a platform; it is challenged, and sent to once it said the challenge back."""
    command = RegisterEndpoint(**body.model_dump())
    async with call.begin() as tx:
        endpoint_id, secret = await register_endpoint(command, tx, _networks(call))
        await _answer_endpoint(tx, endpoint_id, status=201, secret=secret)
    return tx.response


@router.get(
    "/delivery-endpoints/{endpoint_id}",
    response_model=EndpointOut,
    operation_id="get_delivery_endpoint",
)
async def get_endpoint(endpoint_id: UUID, call: Annotated[Call, allow(ADMINISTRATORS)]) -> Response:
    """One platform: whether it is verified, and what its messages run into."""
    async with call.read() as tx:
        row = await queries.endpoint_row(tx, endpoint_id)
    return answer(EndpointOut.model_validate(row), etag=row.version)


@router.put(
    "/delivery-endpoints/{endpoint_id}",
    response_model=EndpointOut,
    operation_id="change_delivery_endpoint",
)
async def put_endpoint(
    endpoint_id: UUID, body: EndpointChangeIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Change a platform (If-Match); a new address is challenged first."""
    call.if_match()
    command = ChangeEndpoint(endpoint_id=endpoint_id, **body.model_dump())
    async with call.begin() as tx:
        await change_endpoint(command, tx, _networks(call))
        await _answer_endpoint(tx, endpoint_id)
    return tx.response


@router.post(
    "/delivery-endpoints/{endpoint_id}/switch-offs",
    status_code=201,
    response_model=EndpointOut,
    operation_id="switch_delivery_endpoint_off",
)
async def post_switch_off(
    endpoint_id: UUID, body: SwitchIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Nothing goes there any more; what it has still to get is held for when it is on again."""
    async with call.begin() as tx:
        await switch_endpoint(endpoint_id, "off", body.reason, tx)
        await _answer_endpoint(tx, endpoint_id, status=201)
    return tx.response


@router.post(
    "/delivery-endpoints/{endpoint_id}/switch-ons",
    status_code=201,
    response_model=EndpointOut,
    operation_id="switch_delivery_endpoint_on",
)
async def post_switch_on(
    endpoint_id: UUID, body: SwitchIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """On again, after another challenge; also of one that failed its challenge, or was disabled."""
    async with call.begin() as tx:
        await switch_endpoint(endpoint_id, "on", body.reason, tx)
        await _answer_endpoint(tx, endpoint_id, status=201)
    return tx.response


@router.post(
    "/delivery-endpoints/{endpoint_id}/secret-rotations",
    status_code=201,
    response_model=EndpointSecretOut,
    operation_id="rotate_delivery_endpoint_secret",
)
async def post_secret_rotation(
    endpoint_id: UUID, body: SwitchIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """A new secret; messages are signed with the old one too for a day."""
    async with call.begin() as tx:
        secret = await rotate_endpoint_secret(endpoint_id, body.reason, tx)
        await _answer_endpoint(tx, endpoint_id, status=201, secret=secret)
    return tx.response


@router.post(
    "/delivery-endpoints/{endpoint_id}/redeliveries",
    status_code=201,
    response_model=RedeliveryOut,
    operation_id="redeliver_notices",
)
async def post_redeliveries(
    endpoint_id: UUID, body: RedeliveryIn, call: Annotated[Call, allow(ADMINISTRATORS)]
) -> Response:
    """Send again what it was to get in a time, each under its own id, so that who has it already knows it."""
    command = Redelivery(endpoint_id=endpoint_id, **body.model_dump())
    async with call.begin() as tx:
        count = await redeliver_notices(command, tx)
        tx.answer(RedeliveryOut(count=count), status=201)
    return tx.response


@router.get(
    "/delivery-endpoints/{endpoint_id}/steps",
    response_model=Page[EndpointStepOut],
    operation_id="list_delivery_endpoint_steps",
)
async def list_endpoint_steps(
    endpoint_id: UUID, call: Annotated[Call, allow(ADMINISTRATORS)], paging: Paging
) -> Response:
    """What happened to a platform, oldest first."""
    async with call.read() as tx:
        await queries.endpoint_row(tx, endpoint_id)
        page = await page_of_steps(
            tx,
            delivery_endpoint_steps,
            of={"delivery_endpoint_id": endpoint_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=EndpointStepOut,
        )
    return answer(page)


State = Annotated[NoticeState | None, Query()]
Kind = Annotated[str | None, Query(pattern=CODE_PATTERN)]
Number = Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{1,40}$")]
Recipient = Annotated[
    str | None,
    Query(pattern=r"^[a-z0-9-]{1,48}$", description="告知对象；110：告知 110 的办理结果"),
]


@router.get("/notices", response_model=Page[NoticeOut], operation_id="list_notices")
async def list_notices(
    call: Annotated[Call, allow(NOTICE_READERS)],
    paging: Paging,
    period: InPeriod,
    state: State = None,
    kind: Kind = None,
    endpoint: UUID | None = None,
    number: Number = None,
    recipient: Recipient = None,
) -> Response:
    """Who was told what, newest first, and whether their platform has it."""
    statement = queries.notices_where(
        period, state=state, kind=kind, endpoint=endpoint, number=number, recipient=recipient
    )
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[notices.c.position],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"notices {period} {state} {kind} {endpoint} {number} {recipient}",
            show=NoticeOut.of,
        )
    return answer(page)


@router.get(
    "/notices/export",
    operation_id="export_notices",
    response_class=Response,
    responses=EXPORT_RESPONSES,
)
async def export_notices(
    call: Annotated[Call, allow(NOTICE_READERS)],
    period: InPeriod,
    state: State = None,
    kind: Kind = None,
    endpoint: UUID | None = None,
    number: Number = None,
    recipient: Recipient = None,
    format: ExportKind = "csv",
) -> Response:
    """The whole list as a file."""
    statement = queries.notices_where(
        period, state=state, kind=kind, endpoint=endpoint, number=number, recipient=recipient
    )
    return await export_of(
        call,
        statement,
        columns=COLUMNS,
        by=[notices.c.position],
        name="通知",
        kind=format,
        descending=True,
    )


@router.get("/notices/{notice_id}", response_model=NoticeOut, operation_id="get_notice")
async def get_notice(notice_id: UUID, call: Annotated[Call, allow(NOTICE_READERS)]) -> Response:
    """One notice with its receipt, or the error of its last try."""
    async with call.read() as tx:
        row = await queries.notice_of(tx, notice_id)
    return answer(NoticeOut.of(row))


@router.post(
    "/notices/{notice_id}/redeliveries",
    status_code=201,
    response_model=NoticeOut,
    operation_id="redeliver_notice",
)
async def post_redelivery(notice_id: UUID, call: Annotated[Call, allow(REDELIVERERS)]) -> Response:
    """Send one notice again, now."""
    async with call.begin() as tx:
        await redeliver_notice(notice_id, tx)
        tx.answer(NoticeOut.of(await queries.notice_of(tx, notice_id)), status=201)
    return tx.response


@router.get("/todo-feed", response_model=FeedOut, operation_id="read_todo_feed")
async def read_todo_feed(
    call: Annotated[Call, allow(FEED_READERS)],
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = FEED_DEFAULT,
    department: Annotated[str | None, Query(pattern=r"^[0-9A-Z-]{1,22}$")] = None,
) -> Response:
    """Changes of to-dos after a position, oldest first; a reader that keeps `next_after` misses and repeats nothing."""
    async with call.read() as tx:
        rows = await queries.feed_after(tx, after=after, limit=limit, department=department)
    results = [FeedEntryOut.of(row) for row in rows]
    return answer(FeedOut(results=results, next_after=rows[-1].position if rows else after))


async def _answer_endpoint(
    tx: DoorTransaction, endpoint_id: UUID, *, status: int = 200, secret: str | None = None
) -> None:
    row = await queries.endpoint_row(tx, endpoint_id)
    out = EndpointOut.model_validate(row)
    if secret is not None:
        out = EndpointSecretOut(**out.model_dump(), secret=secret)
    location = f"/workorder/v1/delivery-endpoints/{endpoint_id}" if status == 201 else None
    tx.answer(out, status=status, etag=row.version, location=location)
