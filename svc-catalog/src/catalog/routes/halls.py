"""Doors: halls, their hours, windows and what these take in."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Row, select

from catalog.domain.opening_hours import (
    hours_on,
    intervals_out,
    is_holiday,
    is_open,
    next_opening,
)
from catalog.queries import halls as queries
from catalog.queries.items import hall as one_hall
from catalog.queries.items import one_row
from catalog.repository.halls import city_calendar, schedule_of_hall
from catalog.schemas.halls import (
    ExceptionIn,
    ExceptionOut,
    HallDayOut,
    HallDaysOut,
    HallDetailOut,
    HallDetailsIn,
    HallStepOut,
    IntakeOut,
    IntakesDoneOut,
    IntakesIn,
    OneWindowDepartmentOut,
    Reason,
    TakenItemOut,
    UnityOut,
    WindowDifferenceOut,
    WindowIn,
    WindowOut,
)
from catalog.tables.halls import hall_exceptions, hall_steps, hall_windows, intakes
from catalog.tables.history import item_spans
from catalog.use_cases.change_intakes import ChangeIntakes, change_intakes
from catalog.use_cases.describe_hall import describe_hall
from catalog.use_cases.keep_window import keep_window
from catalog.use_cases.set_hall_day import set_hall_day
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import LAST_DAY, InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction
from contracts.vocabulary import Role

DAYS_MAX = 92

router = APIRouter(prefix="/catalog/v1", tags=["halls"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Manager = Annotated[
    Call, allow({Role.HALL_MANAGER: Reach.PLACE, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
HallCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Difference = Literal["", "claimed-not-taken", "taken-not-claimed"]

ITEM_COLUMNS = (
    ExportColumn(name="item_id", head="事项 id", width=38, read=lambda row: str(row.item_id)),
    ExportColumn(name="item_code", head="事项编码", width=36),
    ExportColumn(name="name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
)
_DIFFERENCE_WORDS = {
    "claimed-not-taken": "指南写明一窗通办，综合窗口未受理",
    "taken-not-claimed": "综合窗口已受理，指南未写明",
}


@router.get(
    "/halls/window-differences",
    response_model=Page[WindowDifferenceOut],
    operation_id="list_window_differences",
)
async def list_window_differences(
    call: Anyone, paging: Paging, period: InPeriod, kind: Difference = ""
) -> Response:
    """Where guides' claims (一窗通办) and the book of general windows disagree at the end of `to` (today)."""
    async with call.read() as tx:
        page = await page_of(
            tx,
            queries.window_differences(period.day(tx.now), period, kind),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"window-differences {kind} {period}",
            show=WindowDifferenceOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/halls/window-differences/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_window_differences",
)
async def export_window_differences(
    call: Anyone, period: InPeriod, kind: Difference = "", format: ExportKind = "csv"
) -> Response:
    """The same as a table."""
    async with call.read() as tx:
        day = period.day(tx.now)
    said = ExportColumn(
        name="difference",
        head="差异",
        width=36,
        read=lambda row: _DIFFERENCE_WORDS[row.difference] if format != "jsonl" else row.difference,
    )
    return await export_of(
        call,
        queries.window_differences(day, period, kind),
        by=[item_spans.c.item_id],
        columns=(*ITEM_COLUMNS, said),
        kind=format,
        name="一窗通办差异",
    )


@router.get(
    "/halls/one-window-items",
    response_model=Page[TakenItemOut],
    operation_id="list_one_window_items",
)
async def list_one_window_items(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """Items at general windows at the end of `to` (today): by the windows' book, before there was one by the guides."""
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.has_window_book(tx, day)
        page = await page_of(
            tx,
            queries.one_window(day, period, booked=booked),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"one-window {booked} {period}",
            show=TakenItemOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/halls/one-window-departments",
    response_model=Page[OneWindowDepartmentOut],
    operation_id="list_one_window_departments",
)
async def list_one_window_departments(call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """Departments with items at general windows, and how many, at the end of `to` (today)."""
    async with call.read() as tx:
        day = period.day(tx.now)
        booked = await queries.has_window_book(tx, day)
        listed = queries.one_window_departments(day, period, booked=booked).subquery()
        order: list[Any] = [listed.c.department]
        page = await page_of(
            tx,
            select(listed),
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"one-window-departments {booked} {period}",
            show=OneWindowDepartmentOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get("/halls/{code}", response_model=HallDetailOut, operation_id="get_hall")
async def get_hall(code: HallCode, call: Anyone) -> Response:
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
async def put_hall(code: HallCode, body: HallDetailsIn, call: Manager) -> Response:
    """State a hall's level, place, access, four unities and weekly hours. Needs `If-Match` (0 for the first time)."""
    call.if_match()
    values = body.model_dump(mode="json", exclude={"reason"})
    async with call.begin() as tx:
        await describe_hall(code, values, tx, reason=body.reason)
        found = await _hall_out(code, tx)
        tx.answer(found, etag=found.version)
    return tx.response


@router.get("/halls/{code}/steps", response_model=Page[HallStepOut], operation_id="list_hall_steps")
async def list_hall_steps(code: HallCode, call: Anyone, paging: Paging) -> Response:
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
    code: HallCode,
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
async def put_hall_day(code: HallCode, day: date, body: ExceptionIn, call: Manager) -> Response:
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
    code: HallCode, day: date, call: Manager, reason: Annotated[Reason, Query()]
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


@router.get("/halls/{code}/windows", response_model=Page[WindowOut], operation_id="list_windows")
async def list_windows(
    code: HallCode, call: Anyone, paging: Paging, on: date | None = None, *, every: bool = False
) -> Response:
    """A hall's windows on a day (today); with `every` those that closed or open later too."""
    async with call.read() as tx:
        await one_row(tx, one_hall(code))
        day = None if every else on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.windows_of(code, day),
            by=[hall_windows.c.number, hall_windows.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"windows {code} {day}",
            show=WindowOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/halls/{code}/windows", status_code=201, response_model=WindowOut, operation_id="open_window"
)
async def post_window(code: HallCode, body: WindowIn, call: Manager) -> Response:
    """A new window at a hall."""
    async with call.begin() as tx:
        window_id = await keep_window(
            code, body.model_dump(exclude={"reason"}), tx, reason=body.reason
        )
        row = await _window(code, window_id, tx)
        tx.answer(
            WindowOut.model_validate(row),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/halls/{code}/windows/{window_id}",
        )
    return tx.response


async def _window(code: str, window_id: UUID, tx: Transaction) -> Row[Any]:
    t = hall_windows.c
    return await one_row(tx, select(hall_windows).where(t.id == window_id, t.hall == code))


@router.get(
    "/halls/{code}/windows/{window_id}", response_model=WindowOut, operation_id="get_window"
)
async def get_window(code: HallCode, window_id: UUID, call: Anyone) -> Response:
    """One window."""
    async with call.read() as tx:
        row = await _window(code, window_id, tx)
    return answer(WindowOut.model_validate(row), etag=row.version)


@router.put(
    "/halls/{code}/windows/{window_id}", response_model=WindowOut, operation_id="change_window"
)
async def put_window(code: HallCode, window_id: UUID, body: WindowIn, call: Manager) -> Response:
    """Change a window, or close it from a day on (`closed_on`; null opens it again). Needs `If-Match`."""
    call.if_match()
    values = body.model_dump(exclude={"reason"})
    async with call.begin() as tx:
        await keep_window(code, values, tx, reason=body.reason, window_id=window_id)
        row = await _window(code, window_id, tx)
        tx.answer(WindowOut.model_validate(row), etag=row.version)
    return tx.response


@router.get(
    "/halls/{code}/windows/{window_id}/steps",
    response_model=Page[HallStepOut],
    operation_id="list_window_steps",
)
async def list_window_steps(
    code: HallCode, window_id: UUID, call: Anyone, paging: Paging
) -> Response:
    """What happened to a window and to what it takes in, oldest first."""
    async with call.read() as tx:
        await _window(code, window_id, tx)
        page = await page_of_steps(
            tx,
            hall_steps,
            of={"kind": "window", "of_id": str(window_id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=HallStepOut,
        )
    return answer(page)


@router.get(
    "/halls/{code}/windows/{window_id}/intakes",
    response_model=Page[IntakeOut],
    operation_id="list_window_intakes",
)
async def list_window_intakes(
    code: HallCode, window_id: UUID, call: Anyone, paging: Paging, on: date | None = None
) -> Response:
    """What a window takes in on a day (today), as it was stated."""
    async with call.read() as tx:
        await _window(code, window_id, tx)
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.intakes_of([window_id], day),
            by=[intakes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"intakes {window_id} {day}",
            show=IntakeOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/halls/{code}/windows/{window_id}/intakes",
    response_model=IntakesDoneOut,
    operation_id="change_window_intakes",
)
async def post_window_intakes(
    code: HallCode, window_id: UUID, body: IntakesIn, call: Manager
) -> Response:
    """What a window takes in from a day on, and what no longer; all rows or none."""
    command = ChangeIntakes(
        hall=code,
        window_id=window_id,
        add=[(row.what, row.value) for row in body.add],
        end=[(row.what, row.value) for row in body.end],
        day=body.day,
        reason=body.reason,
    )
    async with call.begin() as tx:
        added, ended, unchanged = await change_intakes(command, tx)
        tx.answer(IntakesDoneOut(added=added, ended=ended, unchanged=unchanged))
    return tx.response


@router.get(
    "/halls/{code}/items", response_model=Page[TakenItemOut], operation_id="list_hall_items"
)
async def list_hall_items(
    code: HallCode,
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    window: UUID | None = None,
) -> Response:
    """Items in force that a hall's windows (or one of them) take in at the end of `to` (today)."""
    async with call.read() as tx:
        await one_row(tx, one_hall(code))
        day = period.day(tx.now)
        page = await page_of(
            tx,
            queries.items_at(_windows(code, window, day), day, period),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"hall-items {code} {window} {period}",
            show=TakenItemOut.model_validate,
            descending=False,
        )
    return answer(page)


def _windows(code: str, window: UUID | None, day: date) -> Any:
    ids = queries.windows_of(code, day).with_only_columns(hall_windows.c.id)
    return ids if window is None else ids.where(hall_windows.c.id == window)


@router.get(
    "/halls/{code}/items/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_hall_items",
)
async def export_hall_items(
    code: HallCode, call: Anyone, period: InPeriod, format: ExportKind = "csv"
) -> Response:
    """The same as a table."""
    async with call.read() as tx:
        row = await one_row(tx, one_hall(code))
        day = period.day(tx.now)
    return await export_of(
        call,
        queries.items_at(_windows(code, None, day), day, period),
        by=[item_spans.c.item_id],
        columns=ITEM_COLUMNS,
        kind=format,
        name=f"{row.name}受理事项",
    )
