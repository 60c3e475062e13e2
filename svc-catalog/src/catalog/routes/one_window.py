"""Items at general windows (一窗通办): the windows' book held against what guides claim.

GET  /halls/window-differences, /export    anyone
GET  /halls/one-window-items               anyone   the records of one_window_items
GET  /halls/one-window-departments         anyone   the records of one_window_departments
"""

from typing import Any, Literal

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.queries import halls as queries
from catalog.routes.hall_windows import ITEM_COLUMNS
from catalog.routes.parameters import Anyone
from catalog.schemas.halls import OneWindowDepartmentOut, TakenItemOut, WindowDifferenceOut
from catalog.tables.history import item_spans
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["halls"])

Difference = Literal["", "claimed-not-taken", "taken-not-claimed"]
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
