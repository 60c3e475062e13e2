"""Halls (政务服务中心) and when they are open. Their windows, and booking, have modules beside this one.

GET    /halls/{code}, /steps, /days        anyone
PUT    /halls/{code}                       hall_manager (own hall), system_admin   with If-Match
PUT, DELETE /halls/{code}/days/{day}       hall_manager (own hall), system_admin   one day's own hours
"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from catalog.domain.opening_hours import hours_on, intervals_out, is_holiday, is_open, next_opening
from catalog.queries import halls as queries
from catalog.queries.items import hall as one_hall
from catalog.queries.items import one_row
from catalog.repository.halls import city_calendar, schedule_of_hall
from catalog.routes.parameters import Anyone, Code, HallManager
from catalog.schemas.halls import (
    ExceptionIn,
    ExceptionOut,
    HallDayOut,
    HallDaysOut,
    HallDetailOut,
    HallDetailsIn,
    HallStepOut,
    Reason,
    UnityOut,
)
from catalog.tables.halls import hall_exceptions, hall_steps
from catalog.use_cases.describe_hall import describe_hall
from catalog.use_cases.set_hall_day import set_hall_day
from chassis.clock import local_date
from chassis.door import answer
from chassis.errors import InvalidError
from chassis.indicators import LAST_DAY
from chassis.paging import Paging
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction

router = APIRouter(prefix="/catalog/v1", tags=["halls"])

DAYS_MAX = 92


@router.get("/halls/{code}", response_model=HallDetailOut, operation_id="get_hall")
async def get_hall(code: Code, call: Anyone) -> Response:
    """One hall with all that is known of it: where, access, four unities, hours, and whether it is open now."""
    async with call.read() as tx:
        found = await _hall_out(code, tx)
    return answer(found, etag=found.version)


async def _hall_out(code: str, tx: Transaction) -> HallDetailOut:
    row = await one_row(tx, queries.described_hall(code))
    found = {name: value for name, value in row._mapping.items() if value is not None}
    known = await tx.rule("hall-unities")
    checked = found.pop("unities", {})
    schedule = await schedule_of_hall(tx, code, since=local_date(tx.now))
    calendar = await city_calendar(tx)
    if schedule.is_known:
        today = hours_on(local_date(tx.now), schedule, calendar)
        found["is_open_now"] = is_open(tx.now, schedule, calendar)
        found["opens_next_at"] = next_opening(tx.now, schedule, calendar)
        found["today"] = intervals_out(today)
    return HallDetailOut(
        **found,
        unities=[
            UnityOut(
                code=point,
                name=name,
                is_met=checked.get(point, {}).get("is_met"),
                note=checked.get(point, {}).get("note", ""),
                checked_on=checked.get(point, {}).get("checked_on"),
            )
            for point, name in known.items()
        ],
    )


@router.put("/halls/{code}", response_model=HallDetailOut, operation_id="describe_hall")
async def put_hall(code: Code, body: HallDetailsIn, call: HallManager) -> Response:
    """State a hall's level, place, access, four unities and weekly hours. Needs `If-Match` (0 for the first time)."""
    call.if_match()
    values = body.model_dump(mode="json", exclude={"reason"})
    async with call.begin() as tx:
        await describe_hall(code, values, tx, reason=body.reason)
        found = await _hall_out(code, tx)
        tx.answer(found, etag=found.version)
    return tx.response


@router.get("/halls/{code}/steps", response_model=Page[HallStepOut], operation_id="list_hall_steps")
async def list_hall_steps(code: Code, call: Anyone, paging: Paging) -> Response:
    """What happened to a hall's description and hours, oldest first."""
    async with call.read() as tx:
        await one_row(tx, one_hall(code))
        page = await page_of_steps(
            tx,
            hall_steps,
            of={"kind": "hall", "of_id": code},
            paging=paging,
            cursors=call.runtime.cursors,
            show=HallStepOut,
        )
    return answer(page)


@router.get("/halls/{code}/days", response_model=HallDaysOut, operation_id="list_hall_days")
async def list_hall_days(
    code: Code,
    call: Anyone,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> Response:
    """A hall's hours day by day (a fortnight unless asked otherwise), holidays and single days counted in."""
    async with call.read() as tx:
        await one_row(tx, one_hall(code))
        begin = min(first or local_date(tx.now), LAST_DAY)
        end = last or begin + timedelta(days=13)
        if not 0 <= (end - begin).days < DAYS_MAX:
            raise InvalidError(
                f"from 不能晚于 to，一次最多查询 {DAYS_MAX} 天",
                f"`from` is not later than `to`, and at most {DAYS_MAX} days are asked for at once",
                code="period-too-long",
            )
        schedule = await schedule_of_hall(tx, code, since=begin)
        calendar = await city_calendar(tx)
        t = hall_exceptions.c
        reasons = {
            row.day: row.reason
            for row in await tx.all(
                select(t.day, t.reason).where(t.hall == code, t.day.between(begin, end))
            )
        }
    days = [begin + timedelta(days=step) for step in range((end - begin).days + 1)]
    return answer(
        HallDaysOut(
            results=[
                HallDayOut(
                    day=day,
                    hours=intervals_out(hours_on(day, schedule, calendar)),
                    is_holiday=is_holiday(day, calendar),
                    reason=reasons.get(day, ""),
                )
                for day in days
            ]
        )
    )


@router.put("/halls/{code}/days/{day}", response_model=ExceptionOut, operation_id="set_hall_day")
async def put_hall_day(code: Code, day: date, body: ExceptionIn, call: HallManager) -> Response:
    """Hours of a single day instead of the usual ones, or closed. Appointments outside them are cancelled and told."""
    hours = [list(each) for each in body.hours]
    async with call.begin() as tx:
        lost = await set_hall_day(code, day, hours, tx, reason=body.reason)
        tx.answer(
            ExceptionOut(
                hall=code, day=day, hours=hours, reason=body.reason, cancelled_appointments=lost
            )
        )
    return tx.response


@router.delete(
    "/halls/{code}/days/{day}", response_model=HallDaysOut, operation_id="restore_hall_day"
)
async def delete_hall_day(
    code: Code, day: date, call: HallManager, reason: Annotated[Reason, Query()]
) -> Response:
    """The usual hours again. Appointments that were cancelled stay so; their owners were asked to book again."""
    async with call.begin() as tx:
        await set_hall_day(code, day, None, tx, reason=reason)
        schedule = await schedule_of_hall(tx, code, since=day)
        calendar = await city_calendar(tx)
        usual = HallDayOut(
            day=day,
            hours=intervals_out(hours_on(day, schedule, calendar)),
            is_holiday=is_holiday(day, calendar),
            reason="",
        )
        tx.answer(HallDaysOut(results=[usual]))
    return tx.response
