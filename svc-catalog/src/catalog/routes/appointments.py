"""Appointments (预约), from booking to checking in.

POST /appointments                             citizen, enterprise_agent, proxy
GET  /appointments, /{id}, /{id}/steps         own
POST /appointments/{id}/moves, /cancellations  own
GET  /halls/{code}/appointments                clerk, hall_manager (own hall)
POST /halls/{code}/appointments/{id}/check-ins the same
GET  /appointment-days                         anyone; counts
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, select

from catalog.domain.appointments import AppointmentState
from catalog.queries import appointments as queries
from catalog.queries.items import one_row
from catalog.repository.appointments import NAME_CONTEXT, PHONE_CONTEXT
from catalog.routes.parameters import Anyone, Code
from catalog.schemas.halls import (
    AppointmentDayOut,
    AppointmentIn,
    AppointmentOut,
    CancelIn,
    HallStepOut,
    MoveIn,
)
from catalog.tables.halls import appointment_steps, appointments
from catalog.use_cases.book_appointment import BookAppointment, book_appointment
from catalog.use_cases.cancel_appointment import cancel_appointment
from catalog.use_cases.check_in_appointment import check_in_appointment
from catalog.use_cases.move_appointment import move_appointment
from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.encryption import Keyring, mask_name, mask_phone
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["appointments"])

Owner = Annotated[
    Call,
    allow(
        {
            Role.CITIZEN: Reach.OWN,
            Role.ENTERPRISE_AGENT: Reach.OWN,
            Role.PROXY: Reach.OWN,
        },
        assurance=2,
    ),
]
Staff = Annotated[Call, allow({Role.CLERK: Reach.PLACE, Role.HALL_MANAGER: Reach.PLACE})]


@router.post(
    "/appointments", status_code=201, response_model=AppointmentOut, operation_id="book_appointment"
)
async def post_appointment(body: AppointmentIn, call: Owner) -> Response:
    """Book a place; refused when the slot is full, the day closed, or one is open for this on that day."""
    command = BookAppointment(**body.model_dump())
    async with call.begin() as tx:
        appointment_id = await book_appointment(command, tx)
        row = await one_row(tx, _appointment(appointment_id))
        tx.answer(
            _out(row, tx.keyring),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/appointments/{appointment_id}",
        )
    return tx.response


def _appointment(appointment_id: UUID) -> Any:
    return select(appointments).where(appointments.c.id == appointment_id)


def _out(row: Row[Any], keyring: Keyring) -> AppointmentOut:
    is_lost = row.state == AppointmentState.CANCELLED and row.cancelled_by == "hall"
    again = f"/catalog/v1/halls/{row.hall}/appointment-plans/{row.plan_id}/slots"
    return AppointmentOut(
        id=row.id,
        plan_id=row.plan_id,
        hall=row.hall,
        item_id=row.item_id,
        day=row.day,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=row.state,
        name=mask_name(keyring.decrypt(row.name, context=NAME_CONTEXT)),
        phone=mask_phone(keyring.decrypt(row.phone, context=PHONE_CONTEXT)),
        is_by_proxy=row.is_by_proxy,
        cancelled_by=row.cancelled_by,
        reason=row.reason,
        rebook_at=again if is_lost else None,
        version=row.version,
    )


@router.get(
    "/appointments", response_model=Page[AppointmentOut], operation_id="list_own_appointments"
)
async def list_own(call: Owner, paging: Paging, state: str = "") -> Response:
    """The caller's appointments, newest first."""
    async with call.read() as tx:
        statement = select(appointments)
        if state:
            statement = statement.where(appointments.c.state == state)
        page = await page_of(
            tx,
            statement,
            by=[appointments.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"own appointments {call.principal.owner_id} {state}",
            show=lambda row: _out(row, tx.keyring),
        )
    return answer(page)


@router.get(
    "/appointments/{appointment_id}", response_model=AppointmentOut, operation_id="get_appointment"
)
async def get_appointment(appointment_id: UUID, call: Owner) -> Response:
    """One of the caller's appointments."""
    async with call.read() as tx:
        row = await one_row(tx, _appointment(appointment_id))
        found = _out(row, tx.keyring)
    return answer(found, etag=row.version)


@router.get(
    "/appointments/{appointment_id}/steps",
    response_model=Page[HallStepOut],
    operation_id="list_appointment_steps",
)
async def list_steps(appointment_id: UUID, call: Owner, paging: Paging) -> Response:
    """What happened to it, oldest first."""
    async with call.read() as tx:
        await one_row(tx, _appointment(appointment_id))
        page = await page_of_steps(
            tx,
            appointment_steps,
            of={"appointment_id": appointment_id},
            paging=paging,
            cursors=call.runtime.cursors,
            show=HallStepOut,
        )
    return answer(page)


@router.post(
    "/appointments/{appointment_id}/moves",
    response_model=AppointmentOut,
    operation_id="move_appointment",
)
async def post_move(appointment_id: UUID, body: MoveIn, call: Owner) -> Response:
    """Another slot in one step: when that is full, the old one stays."""
    async with call.begin() as tx:
        await move_appointment(appointment_id, body.plan_id, body.starts_at, tx)
        row = await one_row(tx, _appointment(appointment_id))
        tx.answer(_out(row, tx.keyring), etag=row.version)
    return tx.response


@router.post(
    "/appointments/{appointment_id}/cancellations",
    response_model=AppointmentOut,
    operation_id="cancel_appointment",
)
async def post_cancellation(appointment_id: UUID, body: CancelIn, call: Owner) -> Response:
    """Give the place back, until the time that the rule sets."""
    async with call.begin() as tx:
        await cancel_appointment(appointment_id, tx, reason=body.reason)
        row = await one_row(tx, _appointment(appointment_id))
        tx.answer(_out(row, tx.keyring), etag=row.version)
    return tx.response


@router.get(
    "/halls/{code}/appointments",
    response_model=Page[AppointmentOut],
    operation_id="list_hall_appointments",
)
async def list_hall_appointments(
    code: Code,
    call: Staff,
    paging: Paging,
    day: date | None = None,
    state: Annotated[str, Query(pattern=r"^[a-z-]{0,20}$")] = "",
) -> Response:
    """A hall's list of a day (today) for its own staff; names and phones are masked."""
    async with call.read() as tx:
        wanted = day or local_date(tx.now)
        page = await page_of(
            tx,
            queries.appointments_of(code, wanted, state),
            by=[appointments.c.starts_at, appointments.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"hall appointments {code} {wanted} {state}",
            show=lambda row: _out(row, tx.keyring),
            descending=False,
        )
    return answer(page)


@router.post(
    "/halls/{code}/appointments/{appointment_id}/check-ins",
    response_model=AppointmentOut,
    operation_id="check_in_appointment",
)
async def post_check_in(code: Code, appointment_id: UUID, call: Staff) -> Response:
    """They have come."""
    async with call.begin() as tx:
        await check_in_appointment(code, appointment_id, tx)
        row = await one_row(tx, _appointment(appointment_id))
        tx.answer(_out(row, tx.keyring), etag=row.version)
    return tx.response


@router.get(
    "/appointment-days",
    response_model=Page[AppointmentDayOut],
    operation_id="list_appointment_days",
)
async def list_days(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """By day and hall how many were booked, kept, missed and cancelled; nobody is named."""
    async with call.read() as tx:
        listed = queries.appointment_days(period, local_date(tx.now)).subquery()
        order: list[Any] = [listed.c.day, listed.c.hall]
        page = await page_of(
            tx,
            select(listed),
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"appointment-days {period}",
            show=AppointmentDayOut.model_validate,
        )
    return answer(page)
