"""What can be booked at a hall: plans, and the places left in their slots.

GET  /halls/{code}/appointment-plans           anyone
POST /halls/{code}/appointment-plans           hall_manager (own hall), system_admin
PUT  /halls/{code}/appointment-plans/{id}      the same, with If-Match
GET  /halls/{code}/appointment-plans/{id}/slots    anyone
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.domain.appointments import slots_on
from catalog.domain.opening_hours import next_open_day
from catalog.queries.items import hall as one_hall
from catalog.queries.items import one_row
from catalog.repository.appointments import booking_rules, get_plan
from catalog.repository.halls import city_calendar, schedule_of_hall
from catalog.routes.parameters import Anyone, Code, HallManager
from catalog.schemas.halls import PlanIn, PlanOut, SlotOut, SlotsOut
from catalog.tables.halls import appointment_plans, appointment_slots
from catalog.use_cases.keep_appointment_plan import keep_appointment_plan
from chassis.clock import local_date
from chassis.door import answer
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.transaction import Transaction

router = APIRouter(prefix="/catalog/v1", tags=["appointments"])


@router.get(
    "/halls/{code}/appointment-plans",
    response_model=Page[PlanOut],
    operation_id="list_appointment_plans",
)
async def list_plans(code: Code, call: Anyone, paging: Paging) -> Response:
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
async def post_plan(code: Code, body: PlanIn, call: HallManager) -> Response:
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
async def put_plan(code: Code, plan_id: UUID, body: PlanIn, call: HallManager) -> Response:
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
async def list_slots(code: Code, plan_id: UUID, call: Anyone, day: date | None = None) -> Response:
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
