"""Hidden callers (保密) and emergency lines (110联动) through the HTTP door.

POST /work-orders/{id}/disclosure-requests     hotline          ask to see a hidden caller
POST /disclosure-requests/{id}/rulings         hotline_lead     another person grants or refuses
GET  /disclosure-requests                      hotline, auditor
POST /work-orders/{id}/transfers               hotline          to or from 110, 119, 120, 122
POST /transfers/{id}/answers, /closures        hotline          what the other line did
GET  /work-orders/{id}/transfers, /transfers   hotline, auditor
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select

from chassis.door import Call, allow, answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.queries.work_orders import work_order_row
from workorder.routes.policies import HOTLINE, HOTLINE_READERS, LEADS
from workorder.schemas.confidential import (
    DisclosureRequestIn,
    DisclosureRequestOut,
    DisclosureRulingIn,
    TransferAnswerIn,
    TransferClosureIn,
    TransferIn,
    TransferOut,
)
from workorder.tables import case_transfers, disclosure_requests
from workorder.use_cases.answer_transfer import AnswerTransfer, answer_transfer
from workorder.use_cases.close_transfer import close_transfer
from workorder.use_cases.request_disclosure import request_disclosure
from workorder.use_cases.rule_on_disclosure import rule_on_disclosure
from workorder.use_cases.transfer_case import TransferCase, transfer_case

router = APIRouter(prefix="/workorder/v1", tags=["hotline"])


@router.post(
    "/work-orders/{work_order_id}/disclosure-requests",
    status_code=201,
    response_model=DisclosureRequestOut,
    operation_id="request_disclosure",
)
async def post_disclosure_request(
    work_order_id: UUID, body: DisclosureRequestIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """Ask to see a caller who hides altogether; it stands in the order's history, where the caller sees it."""
    async with call.begin() as tx:
        request = await request_disclosure(work_order_id, body.purpose, tx)
        tx.answer(DisclosureRequestOut.model_validate(request), status=201)
    return tx.response


@router.post(
    "/disclosure-requests/{request_id}/rulings",
    status_code=201,
    response_model=DisclosureRequestOut,
    operation_id="rule_on_disclosure",
)
async def post_disclosure_ruling(
    request_id: UUID, body: DisclosureRulingIn, call: Annotated[Call, allow(LEADS)]
) -> Response:
    """Grant or refuse; never one's own request. Granted, who asked may look once, within some hours."""
    async with call.begin() as tx:
        request = await rule_on_disclosure(
            request_id, granted=body.granted, reason=body.reason, tx=tx
        )
        tx.answer(DisclosureRequestOut.model_validate(request), status=201)
    return tx.response


@router.get(
    "/disclosure-requests",
    response_model=Page[DisclosureRequestOut],
    operation_id="list_disclosure_requests",
)
async def list_disclosure_requests(
    call: Annotated[Call, allow(HOTLINE_READERS)],
    paging: Paging,
    state: Literal["asked", "granted", "refused", "used"] | None = None,
) -> Response:
    """Requests to see hidden callers, newest first."""
    statement = select(disclosure_requests)
    if state is not None:
        statement = statement.where(disclosure_requests.c.state == state)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[disclosure_requests.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"disclosure requests {state}",
            show=DisclosureRequestOut.model_validate,
        )
    return answer(page)


@router.post(
    "/work-orders/{work_order_id}/transfers",
    status_code=201,
    response_model=TransferOut,
    operation_id="transfer_case",
)
async def post_transfer(
    work_order_id: UUID, body: TransferIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """A matter goes to an emergency line, or came from one. The order here stays open until its own steps close it."""
    command = TransferCase(work_order_id=work_order_id, **body.model_dump())
    async with call.begin() as tx:
        transfer = await transfer_case(command, tx)
        tx.answer(TransferOut.model_validate(transfer), status=201, etag=transfer.row_version)
    return tx.response


@router.post(
    "/transfers/{transfer_id}/answers",
    status_code=201,
    response_model=TransferOut,
    operation_id="answer_transfer",
)
async def post_transfer_answer(
    transfer_id: UUID, body: TransferAnswerIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """The other line took it, or sent it back with a reason."""
    command = AnswerTransfer(transfer_id=transfer_id, **body.model_dump())
    async with call.begin() as tx:
        transfer = await answer_transfer(command, tx)
        tx.answer(TransferOut.model_validate(transfer), status=201, etag=transfer.row_version)
    return tx.response


@router.post(
    "/transfers/{transfer_id}/closures",
    status_code=201,
    response_model=TransferOut,
    operation_id="close_transfer",
)
async def post_transfer_closure(
    transfer_id: UUID, body: TransferClosureIn, call: Annotated[Call, allow(HOTLINE)]
) -> Response:
    """The other line ended its case; the order here goes on."""
    async with call.begin() as tx:
        transfer = await close_transfer(transfer_id, body.words, tx)
        tx.answer(TransferOut.model_validate(transfer), status=201, etag=transfer.row_version)
    return tx.response


@router.get(
    "/work-orders/{work_order_id}/transfers",
    response_model=Page[TransferOut],
    operation_id="list_transfers_of_order",
)
async def list_transfers_of_order(
    work_order_id: UUID, call: Annotated[Call, allow(HOTLINE_READERS)], paging: Paging
) -> Response:
    """Transfers of one order, oldest first."""
    t = case_transfers.c
    async with call.read() as tx:
        await work_order_row(tx, work_order_id)
        page = await page_of(
            tx,
            select(case_transfers).where(t.work_order_id == work_order_id),
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"transfers of {work_order_id}",
            show=TransferOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/transfers", response_model=Page[TransferOut], operation_id="list_transfers")
async def list_transfers(
    call: Annotated[Call, allow(HOTLINE_READERS)], paging: Paging, open: bool | None = None
) -> Response:
    """Transfers between the hotline and emergency lines, newest first; `open`: not ended over there."""
    t = case_transfers.c
    statement = select(case_transfers)
    if open is not None:
        ended = t.closed_there_at
        statement = statement.where(ended.is_(None) if open else ended.is_not(None))
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"transfers {open}",
            show=TransferOut.model_validate,
        )
    return answer(page)
