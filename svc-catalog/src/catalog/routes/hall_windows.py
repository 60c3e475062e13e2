"""Windows of halls, and what they take in.

GET  /halls/{code}/windows, /{id}, /{id}/steps, /{id}/intakes      anyone
POST /halls/{code}/windows, /{id}/intakes          hall_manager (own hall), system_admin
PUT  /halls/{code}/windows/{id}                    the same, with If-Match
GET  /halls/{code}/items, /items/export            anyone; what the hall takes in at the end of `to`
"""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Row, select

from catalog.queries import halls as queries
from catalog.queries.items import hall as one_hall
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, Code, HallManager
from catalog.schemas.halls import (
    HallStepOut,
    IntakeOut,
    IntakesDoneOut,
    IntakesIn,
    TakenItemOut,
    WindowIn,
    WindowOut,
)
from catalog.tables.halls import hall_steps, hall_windows, intakes
from catalog.tables.history import item_spans
from catalog.use_cases.change_intakes import ChangeIntakes, change_intakes
from catalog.use_cases.keep_window import keep_window
from chassis.clock import local_date
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from chassis.transaction import Transaction

router = APIRouter(prefix="/catalog/v1", tags=["halls"])

ITEM_COLUMNS = (
    ExportColumn(name="item_id", head="事项 id", width=38, read=lambda row: str(row.item_id)),
    ExportColumn(name="item_code", head="事项编码", width=36),
    ExportColumn(name="name", head="事项名称", width=40),
    ExportColumn(name="department", head="部门编码", width=22),
    ExportColumn(name="division", head="区划"),
)


@router.get("/halls/{code}/windows", response_model=Page[WindowOut], operation_id="list_windows")
async def list_windows(
    code: Code, call: Anyone, paging: Paging, on: date | None = None, *, every: bool = False
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
async def post_window(code: Code, body: WindowIn, call: HallManager) -> Response:
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
async def get_window(code: Code, window_id: UUID, call: Anyone) -> Response:
    """One window."""
    async with call.read() as tx:
        row = await _window(code, window_id, tx)
    return answer(WindowOut.model_validate(row), etag=row.version)


@router.put(
    "/halls/{code}/windows/{window_id}", response_model=WindowOut, operation_id="change_window"
)
async def put_window(code: Code, window_id: UUID, body: WindowIn, call: HallManager) -> Response:
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
async def list_window_steps(code: Code, window_id: UUID, call: Anyone, paging: Paging) -> Response:
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
    code: Code, window_id: UUID, call: Anyone, paging: Paging, on: date | None = None
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
    code: Code, window_id: UUID, body: IntakesIn, call: HallManager
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
    code: Code,
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
    code: Code, call: Anyone, period: InPeriod, format: ExportKind = "csv"
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
