"""Agents' seats (坐席) and telephone calls through the HTTP door.

PUT  /seats/me, POST /seats/me/heartbeats     hotline            where I am, ready or not, what I can do
GET  /seats, /seats/board, /seats/{id}/steps  hotline_lead       presence, how long who waits, history
POST /seats/{id}/offs                         hotline_lead       sign a seat off
POST /calls, /calls/{call_id}/progress        telephone system   a call came in, and how it went on
GET  /calls                                   hotline_lead, auditor
POST /calls/{call_id}/recording-openings      hotline_lead       for a purpose, on record
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy import select

from chassis.door import Call, allow, answer
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import StepOut, page_of_steps
from workorder.domain.calls import NotTelephonyError, PhoneCall
from workorder.domain.seats import Seat
from workorder.queries import seats as queries
from workorder.queries.call_measures import CallFigure, calls_of
from workorder.repository.seats import get_seat
from workorder.routes.policies import HOTLINE, LEADS, RECORD_READERS, TELEPHONY
from workorder.schemas.seats import (
    BoardOut,
    CallIn,
    CallOut,
    CallProgressIn,
    PutThroughOut,
    RecordingOut,
    SeatIn,
    SeatOut,
)
from workorder.schemas.work_orders import DisclosureIn, ReasonStepIn
from workorder.tables import agent_seat_steps, agent_seats, calls
from workorder.use_cases.keep_seat import keep_seat
from workorder.use_cases.note_call import NoteCall, note_call
from workorder.use_cases.offer_call import offer_call
from workorder.use_cases.open_recording import open_recording
from workorder.use_cases.sit_down import SitDown, sit_down
from workorder.use_cases.take_seat_off import take_seat_off

router = APIRouter(prefix="/workorder/v1", tags=["seats"])

TELEPHONY_SCOPE = "telephony"
Telephony = Annotated[Call, allow(TELEPHONY)]
CallNumber = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,80}$")]


@router.put("/seats/me", response_model=SeatOut, operation_id="sit_down")
async def put_my_seat(body: SeatIn, call: Annotated[Call, allow(HOTLINE)]) -> Response:
    """Sign in, be ready, have a break, sign off; who is ready gets whoever has waited longest."""
    command = SitDown(place=body.place, state=body.state, skills=tuple(body.skills))
    async with call.begin() as tx:
        seat = await sit_down(command, tx)
        tx.answer(SeatOut.model_validate(seat), etag=seat.row_version)
    return tx.response


@router.post(
    "/seats/me/heartbeats", status_code=204, response_class=Response, operation_id="keep_seat"
)
async def post_heartbeat(call: Annotated[Call, allow(HOTLINE)]) -> Response:
    """The desk is still there; a seat that is silent too long is signed off, and its chats go to the next."""
    async with call.begin() as tx:
        await keep_seat(tx)
        tx.answer(None, status=204)
    return tx.response


@router.get("/seats", response_model=Page[SeatOut], operation_id="list_seats")
async def list_seats(
    call: Annotated[Call, allow(LEADS)],
    paging: Paging,
    state: Literal["ready", "busy", "break", "off"] | None = None,
    place: Literal["hall", "home"] | None = None,
) -> Response:
    """Seats, newest first."""
    statement = select(agent_seats)
    if state is not None:
        statement = statement.where(agent_seats.c.state == state)
    if place is not None:
        statement = statement.where(agent_seats.c.place == place)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[agent_seats.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"seats {state} {place}",
            show=SeatOut.model_validate,
        )
    return answer(page)


@router.get("/seats/board", response_model=BoardOut, operation_id="get_seat_board")
async def get_board(call: Annotated[Call, allow(LEADS)]) -> Response:
    """How the seats stand, how many wait, and how long the longest."""
    async with call.read() as tx:
        found = await queries.board(tx)
    return answer(BoardOut(**found))


@router.get("/seats/{seat_id}/steps", response_model=Page[StepOut], operation_id="list_seat_steps")
async def list_seat_steps(
    seat_id: UUID, call: Annotated[Call, allow(LEADS)], paging: Paging
) -> Response:
    """A seat's presence, oldest first."""
    async with call.read() as tx:
        await get_seat(tx, seat_id)
        page = await page_of_steps(
            tx,
            agent_seat_steps,
            of={"seat_id": seat_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=StepOut,
        )
    return answer(page)


@router.post(
    "/seats/{seat_id}/offs", status_code=201, response_model=SeatOut, operation_id="take_seat_off"
)
async def post_seat_off(
    seat_id: UUID, body: ReasonStepIn, call: Annotated[Call, allow(LEADS)]
) -> Response:
    """Sign a seat off, with a reason; the agent signs in again when they are back."""
    async with call.begin() as tx:
        seat = await take_seat_off(seat_id, body.reason, tx)
        tx.answer(SeatOut.model_validate(seat), status=201)
    return tx.response


@router.post("/calls", status_code=201, response_model=PutThroughOut, operation_id="offer_call")
async def post_call(body: CallIn, call: Telephony) -> Response:
    """A call came in: whose telephone has to ring. Nobody free: it waits, and is asked for again by `progress`."""
    _check_scope(call)
    async with call.begin() as tx:
        phone_call, seat = await offer_call(body.call_id, body.skill, tx)
        tx.answer(_put_through(phone_call, seat), status=201)
    return tx.response


@router.post(
    "/calls/{call_id}/progress",
    status_code=201,
    response_model=PutThroughOut,
    operation_id="note_call",
)
async def post_call_progress(
    call_id: CallNumber, body: CallProgressIn, call: Telephony
) -> Response:
    """Put through again, answered, abandoned, ended; with the seconds that it rang."""
    _check_scope(call)
    command = NoteCall(call_id=call_id, **body.model_dump())
    async with call.begin() as tx:
        phone_call, seat = await note_call(command, tx)
        tx.answer(_put_through(phone_call, seat), status=201)
    return tx.response


@router.get("/calls", response_model=Page[CallOut], operation_id="list_calls")
async def list_calls(
    call: Annotated[Call, allow(RECORD_READERS)],
    paging: Paging,
    period: InPeriod,
    state: Literal["queued", "offered", "answered", "ended", "abandoned"] | None = None,
    figure: CallFigure | None = None,
) -> Response:
    """Calls, newest first; with `figure`, exactly those that the answered-call rates count."""
    within = calls_of(figure, period) if figure else period.conditions(at=calls.c.offered_at)
    statement = select(calls).where(*within)
    if state is not None:
        statement = statement.where(calls.c.state == state)
    async with call.read() as tx:
        page = await page_of(
            tx,
            statement,
            by=[calls.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"calls {state} {figure} {period}",
            show=CallOut.model_validate,
        )
    return answer(page)


@router.post(
    "/calls/{call_id}/recording-openings",
    status_code=201,
    response_model=RecordingOut,
    operation_id="open_recording",
)
async def post_recording_opening(
    call_id: CallNumber, body: DisclosureIn, call: Annotated[Call, allow(LEADS)]
) -> Response:
    """Where the recording is kept, for a purpose; opening it leaves a row."""
    async with call.begin() as tx:
        reference = await open_recording(call_id, body.purpose, tx)
        tx.answer(RecordingOut(recording_ref=reference), status=201)
    return tx.response


def _check_scope(call: Call) -> None:
    if TELEPHONY_SCOPE not in call.principal.scopes:
        raise NotTelephonyError


def _put_through(phone_call: PhoneCall, seat: Seat | None) -> PutThroughOut:
    out = PutThroughOut.model_validate(phone_call)
    return out.model_copy(update={"agent": seat.agent if seat else None})
