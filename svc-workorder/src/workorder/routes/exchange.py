"""The province's exchange (省热线平台) through the HTTP door.

POST /exchange-batches, /{id}/resends, /{id}/pushes   hotline lead
GET  /exchange-batches/{id}/rows, /file            hotline lead, auditor
GET  /exchange-batches, /{id}, /{id}/steps         hotline lead, ops, auditor: counts and sums
POST /exchange-batches/{id}/receipts               hotline lead, ops
GET  /exchange-reconciliations/{day}, /exchange-schemas/{version}    hotline lead, ops, auditor
"""

import json
from datetime import date
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import select

from chassis.blobs import JSON_LINES
from chassis.door import Call, allow, answer
from chassis.errors import ConflictError, NotFoundError
from chassis.exports import disposition
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps
from workorder.domain.exchange import SCHEMA_VERSION, schema
from workorder.domain.exchange_push import PushState
from workorder.queries import exchange as queries
from workorder.repository.exchange import file_of, get_batch, lines_of
from workorder.routes.policies import (
    EXCHANGE_DESK,
    EXCHANGE_KEEPERS,
    EXCHANGE_READERS,
    EXCHANGE_WATCHERS,
)
from workorder.schemas.exchange import (
    BatchIn,
    BatchOut,
    BatchRowOut,
    DifferenceOut,
    ReceiptsIn,
    ReceiptsOut,
    ReconciliationOut,
    ResendIn,
)
from workorder.settings import WorkOrderSettings
from workorder.tables import exchange_batch_steps, exchange_batches, exchange_rows
from workorder.use_cases.ask_push import ask_push
from workorder.use_cases.make_exchange_batch import make_exchange_batch
from workorder.use_cases.resend_exchange_rows import resend_exchange_rows
from workorder.use_cases.take_exchange_receipts import Receipt, take_exchange_receipts

router = APIRouter(prefix="/workorder/v1", tags=["province exchange"])
BATCH = "/exchange-batches/{batch_id}"


@router.post(
    "/exchange-batches",
    status_code=201,
    response_model=BatchOut,
    operation_id="make_exchange_batch",
)
async def post_batch(body: BatchIn, call: Annotated[Call, allow(EXCHANGE_DESK)]) -> Response:
    """Make a day's batch by hand, when the nightly one did not come."""
    async with call.begin() as tx:
        made = await make_exchange_batch(tx, body.day, reason=body.reason)
        if made is None:
            raise ConflictError(
                "该日批次已生成，请在列表中查看",
                "That day's batch was made already; look at the list",
                code="batch-made",
            )
        out = BatchOut.model_validate(await get_batch(tx, made))
        tx.answer(out, status=201, etag=1, location=f"/workorder/v1/exchange-batches/{made}")
    return tx.response


@router.get(
    "/exchange-batches", response_model=Page[BatchOut], operation_id="list_exchange_batches"
)
async def list_batches(
    call: Annotated[Call, allow(EXCHANGE_WATCHERS)],
    paging: Paging,
    day_from: date | None = None,
    day_to: date | None = None,
    push: Annotated[
        PushState | None, Query(description="主动推送到哪一步 How far it was sent by itself")
    ] = None,
) -> Response:
    """Every batch, newest first: counts and sums, no content. `push=dead`: those that the province was not reached with."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.batches_where(day_from=day_from, day_to=day_to, push=push),
            by=[exchange_batches.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"exchange_batches {day_from} {day_to} {push}",
            show=BatchOut.model_validate,
        )
    return answer(page)


@router.get(BATCH, response_model=BatchOut, operation_id="get_exchange_batch")
async def get_one(batch_id: UUID, call: Annotated[Call, allow(EXCHANGE_WATCHERS)]) -> Response:
    """One batch with its manifest."""
    async with call.read() as tx:
        row = await get_batch(tx, batch_id)
    return answer(BatchOut.model_validate(row), etag=row.version)


@router.get(
    BATCH + "/steps", response_model=Page[StepOut], operation_id="list_exchange_batch_steps"
)
async def list_steps(
    batch_id: UUID, call: Annotated[Call, allow(EXCHANGE_WATCHERS)], paging: Paging
) -> Response:
    """What happened to a batch, oldest first."""
    async with call.read() as tx:
        await get_batch(tx, batch_id)
        page = await page_of_steps(
            tx,
            exchange_batch_steps,
            of={"batch_id": batch_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)


@router.get(BATCH + "/rows", response_model=Page[BatchRowOut], operation_id="list_exchange_rows")
async def list_rows(
    batch_id: UUID,
    call: Annotated[Call, allow(EXCHANGE_READERS)],
    paging: Paging,
    state: Annotated[str | None, Query(pattern="^(sent|accepted|rejected|mended|held)$")] = None,
) -> Response:
    """What became of each row."""
    statement = select(exchange_rows).where(exchange_rows.c.batch_id == batch_id)
    if state is not None:
        statement = statement.where(exchange_rows.c.state == state)
    async with call.read() as tx:
        await get_batch(tx, batch_id)
        page = await page_of(
            tx,
            statement,
            by=[exchange_rows.c.order_number],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"exchange_rows {batch_id} {state}",
            show=BatchRowOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    BATCH + "/file",
    response_class=Response,
    responses={200: {"content": {JSON_LINES: {}}}},
    operation_id="get_exchange_file",
)
async def get_file(batch_id: UUID, call: Annotated[Call, allow(EXCHANGE_READERS)]) -> Response:
    """The batch as it is sent: JSON Lines, whose SHA-256 stands in the manifest."""
    async with call.read() as tx:
        batch = await get_batch(tx, batch_id)
        body = file_of(await lines_of(tx, batch_id))
    name = f"hotline-{batch.day.isoformat()}-{batch.number}"
    return Response(
        body, media_type=JSON_LINES, headers={"Content-Disposition": disposition(name, "jsonl")}
    )


@router.post(
    BATCH + "/receipts",
    status_code=201,
    response_model=ReceiptsOut,
    operation_id="take_exchange_receipts",
)
async def post_receipts(
    batch_id: UUID, body: ReceiptsIn, call: Annotated[Call, allow(EXCHANGE_KEEPERS)]
) -> Response:
    """What the province said of a batch's rows; a receipt that is told again changes nothing."""
    receipts = [Receipt(**each.model_dump()) for each in body.receipts]
    async with call.begin() as tx:
        accepted, rejected, unknown = await take_exchange_receipts(tx, batch_id, receipts)
        tx.answer(ReceiptsOut(accepted=accepted, rejected=rejected, unknown=unknown), status=201)
    return tx.response


@router.post(
    BATCH + "/resends",
    status_code=201,
    response_model=BatchOut,
    operation_id="resend_exchange_rows",
)
async def post_resend(
    batch_id: UUID, body: ResendIn, call: Annotated[Call, allow(EXCHANGE_DESK)]
) -> Response:
    """Send what was rejected or held again, as the books have it now, in a batch of its own."""
    async with call.begin() as tx:
        made = await resend_exchange_rows(tx, batch_id, reason=body.reason)
        out = BatchOut.model_validate(await get_batch(tx, made))
        tx.answer(out, status=201, etag=1, location=f"/workorder/v1/exchange-batches/{made}")
    return tx.response


@router.post(
    BATCH + "/pushes", status_code=202, response_model=BatchOut, operation_id="push_exchange_batch"
)
async def post_push(
    batch_id: UUID, body: ResendIn, call: Annotated[Call, allow(EXCHANGE_DESK)]
) -> Response:
    """Send a batch to the province's platform once more: it was given up, or the province lost it."""
    settings = cast("WorkOrderSettings", call.runtime.settings)
    if not settings.province_url:
        raise ConflictError(
            "未配置省平台推送地址，请由省平台下载批次文件，或联系运维人员配置",
            "No address of the province is set; it fetches the file, or ops sets one",
            code="push-off",
        )
    async with call.begin() as tx:
        await ask_push(tx, batch_id, reason=body.reason)
        tx.answer(BatchOut.model_validate(await get_batch(tx, batch_id)), status=202)
    return tx.response


@router.get(
    "/exchange-reconciliations/{day}",
    response_model=ReconciliationOut,
    operation_id="get_exchange_reconciliation",
)
async def get_reconciliation(
    day: date, call: Annotated[Call, allow(EXCHANGE_WATCHERS)]
) -> Response:
    """Whether the books, what was sent and what was receipted agree for a day; what does not is named."""
    async with call.read() as tx:
        counts = await queries.counts_of_day(tx, day)
        differences = await queries.differences_of_day(tx, day)
    out = ReconciliationOut(
        day=day,
        books=counts["books"],
        sent=sum(counts.get(state, 0) for state in ("sent", "accepted", "rejected", "mended")),
        accepted=counts.get("accepted", 0),
        rejected=counts.get("rejected", 0),
        mended=counts.get("mended", 0),
        held=counts.get("held", 0),
        waiting=counts.get("sent", 0),
        agrees=not differences,
        differences=[
            DifferenceOut(
                order_number=row.number,
                state=row.state or "missing",
                reason=row.reason or "",
                batch=row.batch,
            )
            for row in differences
        ],
    )
    return answer(out)


@router.get(
    "/exchange-schemas/{version}",
    response_class=Response,
    responses={200: {"content": {"application/schema+json": {}}}},
    operation_id="get_exchange_schema",
)
async def get_schema(
    version: Annotated[int, Path(ge=1, le=1_000)],
    call: Annotated[Call, allow(EXCHANGE_WATCHERS)],  # noqa: ARG001  the policy is the point
) -> Response:
    """The JSON Schema of a line."""
    if version > SCHEMA_VERSION:
        raise NotFoundError
    return Response(
        json.dumps(schema(version), ensure_ascii=False), media_type="application/schema+json"
    )
