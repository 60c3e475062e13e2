"""The calendar of working days through the HTTP door.

POST /calendar-years      system_admin      load a published year; open due dates are counted again by a job
"""

from typing import Annotated

from fastapi import APIRouter, Response

from chassis.door import Call, allow
from chassis.jobs import enqueue_job
from workorder.routes.policies import ADMINISTRATORS
from workorder.schemas.calendar import CalendarYearIn, CalendarYearOut
from workorder.use_cases.load_calendar_year import (
    LoadCalendarYear,
    NamedDay,
    load_calendar_year,
)
from workorder.use_cases.recount_due_date import RECOUNT

router = APIRouter(prefix="/workorder/v1/calendar-years", tags=["calendar"])


@router.post("", status_code=202, response_model=CalendarYearOut, operation_id="load_calendar_year")
async def post_calendar_year(
    body: CalendarYearIn, call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)]
) -> Response:
    """Load the year's paper. Provisional due dates of open work are counted again; each that moves gets a step."""
    command = LoadCalendarYear(
        year=body.year,
        days=tuple(
            NamedDay(day=each.date, name=each.name, is_off_day=each.is_off_day)
            for each in body.days
        ),
        source=body.source,
    )
    async with call.begin() as tx:
        working_days = await load_calendar_year(command, tx)
        job_id = enqueue_job(tx, call.runtime, kind=RECOUNT, input={"year": body.year})
        out = CalendarYearOut(year=body.year, working_days=working_days, job_id=job_id)
        tx.answer(out, status=202, location=f"/workorder/v1/jobs/{job_id}")
    return tx.response
