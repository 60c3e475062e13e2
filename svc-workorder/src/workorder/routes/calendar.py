"""The calendar of working days through the HTTP door.

POST /calendar-years                      system_admin   load a published year
PUT  /calendar-days/{day}                 system_admin   the city sets a day itself: typhoon, a make-up day
POST /calendar-days/{day}/reversals       system_admin   what the city set holds no longer
GET  /calendar-days, /exports/calendar-days, /calendar-days/{day}, /{day}/steps     anyone
GET  /working-days/reckonings             anyone         so many working days after a day
POST /due-date-recounts                   system_admin   count every open due date again

Each change starts a job that counts again what it bears on: every due date that moves leaves a step.
"""

from datetime import date
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Column

from chassis.clock import local_date
from chassis.door import Call, DoorTransaction, allow, allow_anyone, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.jobs import enqueue_job
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from workorder.domain.reckoning import reckon
from workorder.queries import calendar as queries
from workorder.repository.calendar import find_override, working_days
from workorder.routes.policies import ADMINISTRATORS
from workorder.routes.started_jobs import answer_started
from workorder.schemas.calendar import (
    CalendarDayChangeOut,
    CalendarDayOut,
    CalendarDayReversalIn,
    CalendarDaySettingIn,
    CalendarDayStepOut,
    CalendarYearIn,
    CalendarYearOut,
    JobStartedOut,
    Origin,
    ReckoningOut,
    RecountIn,
)
from workorder.tables import calendar_override_steps
from workorder.use_cases.load_calendar_year import (
    LoadCalendarYear,
    NamedDay,
    load_calendar_year,
)
from workorder.use_cases.recount_due_dates import RECOUNT
from workorder.use_cases.set_calendar_day import SetCalendarDay, set_calendar_day
from workorder.use_cases.take_back_calendar_day import take_back_calendar_day

router = APIRouter(prefix="/workorder/v1", tags=["calendar"])

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
Day = Annotated[date, Path()]
First = Annotated[date | None, Query(alias="from", ge=FIRST_DAY, le=LAST_DAY)]
Last = Annotated[date | None, Query(alias="to", ge=FIRST_DAY, le=LAST_DAY)]
ORIGINS = {
    "city": "本市调整",
    "paper": "节假日安排",
    "published": "已公布日历",
    "weekday-rule": "尚未公布，按周推定",
}


@router.post(
    "/calendar-years",
    status_code=202,
    response_model=CalendarYearOut,
    operation_id="load_calendar_year",
)
async def post_calendar_year(
    body: CalendarYearIn, call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)]
) -> Response:
    """Load the year's paper. Due dates it bears on are counted again; each that moves gets a step."""
    command = LoadCalendarYear(
        year=body.year,
        days=tuple(
            NamedDay(day=each.date, name=each.name, is_off_day=each.is_off_day)
            for each in body.days
        ),
        source=body.source,
    )
    async with call.begin() as tx:
        loaded = await load_calendar_year(command, tx)
        days = [day.isoformat() for day in loaded.changed]
        job_id = enqueue_job(
            tx, call.runtime, kind=RECOUNT, input={"year": body.year, "days": days}
        )
        out = CalendarYearOut(year=body.year, working_days=loaded.working_days, job_id=job_id)
        tx.answer(out, status=202, location=f"/workorder/v1/jobs/{job_id}")
    return tx.response


@router.get(
    "/calendar-days", response_model=Page[CalendarDayOut], operation_id="list_calendar_days"
)
async def list_calendar_days(
    call: Annotated[Call, allow_anyone()],
    paging: Paging,
    first: First = None,
    last: Last = None,
    is_working: bool | None = None,
    origin: Origin | None = None,
) -> Response:
    """The city's calendar day by day, this year unless asked otherwise; `origin=city` shows what it set itself."""
    async with call.read() as tx:
        first, last = _span(tx, first, last)
        statement = await queries.calendar_where(
            tx, first=first, last=last, is_working=is_working, origin=origin
        )
        page = await page_of(
            tx,
            statement,
            by=[cast("Column[Any]", statement.selected_columns.day)],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"calendar_days {first} {last} {is_working} {origin}",
            show=CalendarDayOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/exports/calendar-days",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_calendar_days",
)
async def export_calendar_days(
    call: Annotated[Call, allow_anyone()],
    first: First = None,
    last: Last = None,
    is_working: bool | None = None,
    origin: Origin | None = None,
    kind: Annotated[ExportKind, Query(alias="format")] = "csv",
) -> Response:
    """The same as a file to keep: CSV, XLSX or JSON Lines."""
    async with call.read() as tx:
        first, last = _span(tx, first, last)
        statement = await queries.calendar_where(
            tx, first=first, last=last, is_working=is_working, origin=origin
        )
    return await export_of(
        call,
        statement,
        by=[statement.selected_columns.day],
        name="工作日历",
        kind=kind,
        columns=(
            ExportColumn(name="day", head="日期"),
            ExportColumn(name="is_working", head="是否工作日"),
            ExportColumn(name="is_published", head="是否已公布"),
            ExportColumn(name="origin", head="依据", read=lambda row: ORIGINS[row.origin]),
            ExportColumn(name="name", head="名称"),
            ExportColumn(name="reason", head="事由", width=24),
            ExportColumn(name="paper", head="文件", width=40),
        ),
    )


@router.get("/calendar-days/{day}", response_model=CalendarDayOut, operation_id="get_calendar_day")
async def get_calendar_day(day: Day, call: Annotated[Call, allow_anyone()]) -> Response:
    """One day: whether it is worked, and who says so."""
    async with call.read() as tx:
        shown = await _day(tx, day)
    return answer(shown, etag=shown.version or 0)


@router.get(
    "/calendar-days/{day}/steps",
    response_model=Page[CalendarDayStepOut],
    operation_id="list_calendar_day_steps",
)
async def list_calendar_day_steps(
    day: Day, call: Annotated[Call, allow_anyone()], paging: Paging
) -> Response:
    """What the city said of a day, and why, oldest first."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.override_steps_of(day),
            by=[calendar_override_steps.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"calendar_day_steps {day}",
            show=CalendarDayStepOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.put(
    "/calendar-days/{day}",
    status_code=202,
    response_model=CalendarDayChangeOut,
    operation_id="set_calendar_day",
)
async def put_calendar_day(
    day: Day,
    body: CalendarDaySettingIn,
    call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)],
) -> Response:
    """The city sets a day itself (台风停工、临时调休), by a paper. A day that was set before takes If-Match."""
    command = SetCalendarDay(
        day=day, is_working=body.is_working, reason=body.reason, paper=body.paper
    )
    async with call.begin() as tx:
        before = await find_override(tx, day)
        if before is not None:
            call.match(before.row_version)
        await set_calendar_day(command, tx)
        words = "工作日" if body.is_working else "休息日"
        await _answer_change(tx, call, day, f"日历调整（{day} 为{words}：{body.reason}）")
    return tx.response


@router.post(
    "/calendar-days/{day}/reversals",
    status_code=202,
    response_model=CalendarDayChangeOut,
    operation_id="take_back_calendar_day",
)
async def post_calendar_day_reversal(
    day: Day,
    body: CalendarDayReversalIn,
    call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)],
) -> Response:
    """What the city set holds no longer; the paper of the year does again."""
    async with call.begin() as tx:
        await take_back_calendar_day(day, body.reason, tx)
        await _answer_change(tx, call, day, f"日历调整撤销（{day}：{body.reason}）")
    return tx.response


@router.get(
    "/working-days/reckonings", response_model=ReckoningOut, operation_id="reckon_working_days"
)
async def get_reckoning(
    call: Annotated[Call, allow_anyone()],
    start: Annotated[date | None, Query(alias="from", ge=FIRST_DAY, le=LAST_DAY)] = None,
    days: Annotated[int, Query(ge=0, le=1_000)] = 1,
) -> Response:
    """So many working days after a day (today unless asked otherwise), by the calendar that every clock runs on."""
    async with call.read() as tx:
        found = reckon(await working_days(tx), start or local_date(tx.now), days)
    return answer(ReckoningOut.model_validate(found))


@router.post(
    "/due-date-recounts",
    status_code=202,
    response_model=JobStartedOut,
    operation_id="recount_due_dates",
)
async def post_due_date_recount(
    body: RecountIn, call: Annotated[Call, allow(ADMINISTRATORS, assurance=3)]
) -> Response:
    """Count every open due date again: after a rule of the clocks was changed, or a check named differences."""
    async with call.begin() as tx:
        given = {"everything": True, "reason": body.reason}
        answer_started(tx, call, kind=RECOUNT, input=given)
    return tx.response


async def _answer_change(tx: DoorTransaction, call: Call, day: date, reason: str) -> None:
    given: dict[str, Any] = {"days": [day.isoformat()], "reason": reason}
    job_id = enqueue_job(tx, call.runtime, kind=RECOUNT, input=given)
    shown = await _day(tx, day)
    tx.answer(
        CalendarDayChangeOut(**shown.model_dump(), job_id=job_id),
        status=202,
        etag=shown.version,
        location=f"/workorder/v1/jobs/{job_id}",
    )


async def _day(tx: DoorTransaction, day: date) -> CalendarDayOut:
    row = await tx.one_or_none(await queries.calendar_where(tx, first=day, last=day))
    return CalendarDayOut.model_validate(row)


def _span(tx: DoorTransaction, first: date | None, last: date | None) -> tuple[date, date]:
    today = local_date(tx.now)
    start = first or (last or today).replace(month=1, day=1)
    return start, last or start.replace(month=12, day=31)
