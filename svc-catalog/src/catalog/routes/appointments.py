"""Doors: what can be booked at a hall, and appointments (预约) from booking to checking in."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row, select

from catalog.domain.appointments import AppointmentState, slots_on
from catalog.domain.opening_hours import next_open_day
from catalog.queries import halls as queries
from catalog.queries.items import hall as one_hall
from catalog.queries.items import one_row
from catalog.repository.appointments import (
    NAME_CONTEXT,
    PHONE_CONTEXT,
    booking_rules,
    get_plan,
)
from catalog.repository.halls import city_calendar, schedule_of_hall
from catalog.schemas.halls import (
    AppointmentDayOut,
    AppointmentIn,
    AppointmentOut,
    CancelIn,
    HallStepOut,
    MoveIn,
    PlanIn,
    PlanOut,
    SlotOut,
    SlotsOut,
)
from catalog.tables.halls import (
    appointment_plans,
    appointment_slots,
    appointment_steps,
    appointments,
)
from catalog.use_cases.book_appointment import BookAppointment, book_appointment
from catalog.use_cases.cancel_appointment import cancel_appointment
from catalog.use_cases.check_in_appointment import check_in_appointment
from catalog.use_cases.keep_appointment_plan import keep_appointment_plan
from catalog.use_cases.move_appointment import move_appointment
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.encryption import Keyring, mask_name, mask_phone
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["appointments"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Manager = Annotated[
    Call, allow({Role.HALL_MANAGER: Reach.PLACE, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
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
HallCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@router.get(
    "/halls/{code}/appointment-plans",
    response_model=Page[PlanOut],
    operation_id="list_appointment_plans",
)
async def list_plans(code: HallCode, call: Anyone, paging: Paging) -> Response:
    """What can be booked at a hall, and what could be."""
    async with call.read() as tx:
        await one_row(tx, one_hall(code))
        page = await page_of(
            tx,
            select(appointment_plans).where(appointment_plans.c.hall == code),
            by=[appointment_plans.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"plans {code}",
            show=PlanOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/halls/{code}/appointment-plans",
    status_code=201,
    response_model=PlanOut,
    operation_id="offer_appointments",
)
async def post_plan(code: HallCode, body: PlanIn, call: Manager) -> Response:
    """Offer something to book: for a hall, a window, or certain items."""
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        plan_id = await keep_appointment_plan(code, values, tx, reason=body.reason)
        row = await one_row(tx, _plan(code, plan_id))
        tx.answer(PlanOut.model_validate(row), status=201, etag=row.version)
    return tx.response


@router.put(
    "/halls/{code}/appointment-plans/{plan_id}",
    response_model=PlanOut,
    operation_id="change_appointment_plan",
)
async def put_plan(code: HallCode, plan_id: UUID, body: PlanIn, call: Manager) -> Response:
    """Change an offer; what is booked stays booked. Needs `If-Match`."""
    call.if_match()
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await keep_appointment_plan(code, values, tx, reason=body.reason, plan_id=plan_id)
        row = await one_row(tx, _plan(code, plan_id))
        tx.answer(PlanOut.model_validate(row), etag=row.version)
    return tx.response


def _plan(hall: str, plan_id: UUID) -> Any:
    t = appointment_plans.c
    return select(appointment_plans).where(t.id == plan_id, t.hall == hall)


@router.get(
    "/halls/{code}/appointment-plans/{plan_id}/slots",
    response_model=SlotsOut,
    operation_id="list_slots",
)
async def list_slots(
    code: HallCode, plan_id: UUID, call: Anyone, day: date | None = None
) -> Response:
    """The slots of a day (today) with the places left; a closed day names the next open one."""
    async with call.read() as tx:
        await one_row(tx, _plan(code, plan_id))
        plan, _ = await get_plan(tx, plan_id)
        wanted = day or local_date(tx.now)
        rules = await booking_rules(tx)
        schedule = await schedule_of_hall(tx, code, since=local_date(tx.now))
        calendar = await city_calendar(tx)
        slots = slots_on(wanted, plan, schedule, calendar)
        taken = await _taken(tx, plan_id, [slot.starts_at for slot in slots])
        soonest = tx.now + timedelta(minutes=rules.notice_minutes)
        last = local_date(tx.now) + timedelta(days=rules.days_ahead)
        results = []
        for slot in slots:
            free = max(plan.capacity - taken.get(slot.starts_at, 0), 0)
            results.append(
                SlotOut(
                    plan_id=plan_id,
                    starts_at=slot.starts_at,
                    ends_at=slot.ends_at,
                    capacity=plan.capacity,
                    free=free,
                    is_bookable=free > 0 and slot.starts_at >= soonest and wanted <= last,
                )
            )
        nearest = None if results else next_open_day(wanted, schedule, calendar)
    return answer(SlotsOut(day=wanted, results=results, next_open_day=nearest))


async def _taken(tx: Transaction, plan_id: UUID, starts: list[Any]) -> dict[Any, int]:
    t = appointment_slots.c
    rows = await tx.all(
        select(t.starts_at, t.taken).where(t.plan_id == plan_id, t.starts_at.in_(starts))
    )
    return {row.starts_at: row.taken for row in rows}


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
    code: HallCode,
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
async def post_check_in(code: HallCode, appointment_id: UUID, call: Staff) -> Response:
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
