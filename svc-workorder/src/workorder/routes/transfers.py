"""110's own door (110联动) through the HTTP door: a partner whose grant says line-110.

POST /hotline/transfers-110                   hand a matter over; answers our number, told again the same
GET  /hotline/transfers-110, /{id}            both directions, with receipts and results, by cursor
POST /hotline/transfers-110/{id}/supplements  110 says more of what it handed over
POST /hotline/transfers-110/{id}/receipts     110 has what was handed to it, or sends it back
POST /hotline/transfers-110/{id}/results      110 has ended it
"""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Select, or_, select

from chassis.door import Call, DoorTransaction, allow, answer
from chassis.errors import NotFoundError
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.domain.transfer import NotEmergencyLineError
from workorder.routes.policies import EMERGENCY_LINE
from workorder.schemas.confidential import TransferAnswerIn, TransferClosureIn
from workorder.schemas.transfers import Supplement110In, Transfer110In, Transfer110Out
from workorder.settings import WorkOrderSettings
from workorder.tables import case_transfers, work_orders
from workorder.use_cases.answer_transfer import AnswerTransfer, answer_transfer
from workorder.use_cases.close_transfer import close_transfer
from workorder.use_cases.supplement_transfer import supplement_transfer
from workorder.use_cases.take_transfer import TakeTransfer, take_transfer

router = APIRouter(prefix="/workorder/v1/hotline", tags=["hotline"])

LINE = "110"
SCOPE = "line-110"
Line110 = Annotated[Call, allow(EMERGENCY_LINE)]


@router.post(
    "/transfers-110",
    status_code=201,
    response_model=Transfer110Out,
    operation_id="take_transfer_110",
)
async def post_transfer(body: Transfer110In, call: Line110) -> Response:
    """A matter that is not for the police becomes a hotline order; 200 when it was told before, 409 when its number
    came before with other content.
    """
    _check_scope(call)
    values = body.model_dump(exclude={"division"})
    city = cast("WorkOrderSettings", call.runtime.settings).city_division
    division = body.division or call.principal.division or city
    command = TakeTransfer(line=LINE, division=division, **values)
    async with call.begin() as tx:
        transfer, is_new = await take_transfer(command, tx)
        await _answer(tx, transfer.id, status=201 if is_new else 200)
    return tx.response


@router.get(
    "/transfers-110", response_model=Page[Transfer110Out], operation_id="list_transfers_110"
)
async def list_transfers(
    call: Line110, paging: Paging, to_110: bool | None = None, open: bool | None = None
) -> Response:
    """Everything between 110 and the hotline, oldest first: what became of it. `open`: not ended on the taking side."""
    _check_scope(call)
    t, o = case_transfers.c, work_orders.c
    statement = _transfers()
    if to_110 is not None:
        statement = statement.where((t.to_line if to_110 else t.from_line) == LINE)
    if open is not None:
        ended = or_(t.closed_there_at.is_not(None), (t.from_line == LINE) & o.waits_for.is_(None))
        statement = statement.where(~ended if open else ended)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[t.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"transfers-110 {to_110} {open}",
            show=Transfer110Out.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/transfers-110/{transfer_id}",
    response_model=Transfer110Out,
    operation_id="get_transfer_110",
)
async def get_one(transfer_id: UUID, call: Line110) -> Response:
    """One matter, and what became of it: what a pushed result points to."""
    _check_scope(call)
    async with call.read() as tx:
        row = await tx.one_or_none(_transfers().where(case_transfers.c.id == transfer_id))
    if row is None:
        raise NotFoundError
    return answer(Transfer110Out.model_validate(row))


@router.post(
    "/transfers-110/{transfer_id}/supplements",
    status_code=201,
    response_model=Transfer110Out,
    operation_id="supplement_transfer_110",
)
async def post_supplement(transfer_id: UUID, body: Supplement110In, call: Line110) -> Response:
    """110 says more of what it handed over; whoever has the order is told. Closed, it takes none."""
    _check_scope(call)
    async with call.begin() as tx:
        await supplement_transfer(transfer_id, body.text, tx, line=LINE)
        await _answer(tx, transfer_id)
    return tx.response


@router.post(
    "/transfers-110/{transfer_id}/receipts",
    status_code=201,
    response_model=Transfer110Out,
    operation_id="take_receipt_110",
)
async def post_receipt(transfer_id: UUID, body: TransferAnswerIn, call: Line110) -> Response:
    """110 has what the hotline handed over, under its number, or sends it back with a reason."""
    _check_scope(call)
    command = AnswerTransfer(transfer_id=transfer_id, line=LINE, **body.model_dump())
    async with call.begin() as tx:
        await answer_transfer(command, tx)
        await _answer(tx, transfer_id)
    return tx.response


@router.post(
    "/transfers-110/{transfer_id}/results",
    status_code=201,
    response_model=Transfer110Out,
    operation_id="take_result_110",
)
async def post_result(transfer_id: UUID, body: TransferClosureIn, call: Line110) -> Response:
    """110 has ended its case; the hotline's order goes on."""
    _check_scope(call)
    async with call.begin() as tx:
        await close_transfer(transfer_id, body.words, tx, line=LINE)
        await _answer(tx, transfer_id)
    return tx.response


def _transfers() -> Select[tuple[object, ...]]:
    t, o = case_transfers.c, work_orders.c
    return (
        select(case_transfers, o.state, o.outcome, o.closed_at)
        .select_from(case_transfers.join(work_orders, o.id == t.work_order_id))
        .where(or_(t.from_line == LINE, t.to_line == LINE))
    )


async def _answer(tx: DoorTransaction, transfer_id: UUID, *, status: int = 201) -> None:
    await tx.flush()
    row = await tx.one_or_none(_transfers().where(case_transfers.c.id == transfer_id))
    tx.answer(Transfer110Out.model_validate(row), status=status)


def _check_scope(call: Call) -> None:
    if SCOPE not in call.principal.scopes:
        raise NotEmergencyLineError
