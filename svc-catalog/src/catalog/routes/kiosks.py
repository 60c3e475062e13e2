"""Self-service terminals (自助终端), and which divisions have none.

GET  /kiosks                       anyone; on a day, of a division and all below it
GET  /kiosks/coverage, /export     anyone; every division of a level
"""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import func, select

from catalog.queries import halls as queries
from catalog.routes.parameters import Anyone, DivisionLevel, DivisionWithin
from catalog.routes.service_points import PointStateAsked
from catalog.schemas.halls import KioskCoverageOut, KioskCoveragePageOut, ServicePointOut
from catalog.tables.halls import service_points
from catalog.tables.items import divisions
from chassis.clock import local_date
from chassis.door import answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["service points"])

COVERAGE_COLUMNS = (
    ExportColumn(name="code", head="区划编码"),
    ExportColumn(name="name", head="区划名称", width=24),
    ExportColumn(name="level", head="层级"),
    ExportColumn(name="kiosks", head="自助终端数"),
    ExportColumn(name="in_service", head="正常服务数"),
)


@router.get("/kiosks", response_model=Page[ServicePointOut], operation_id="list_kiosks")
async def list_kiosks(
    call: Anyone,
    paging: Paging,
    *,
    division: DivisionWithin = "",
    state: PointStateAsked = "",
    item: UUID | None = None,
    on: date | None = None,
) -> Response:
    """Self-service terminals (自助终端) by code, on a day (today), of a division and all below it."""
    async with call.read() as tx:
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.service_points_where("kiosk", division, state=state, day=day, item_id=item),
            by=[service_points.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"kiosks {division} {state} {item} {day}",
            show=ServicePointOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/kiosks/coverage", response_model=KioskCoveragePageOut, operation_id="get_kiosk_coverage"
)
async def get_kiosk_coverage(
    call: Anyone,
    paging: Paging,
    period: InPeriod,
    *,
    level: DivisionLevel = "town",
    missing_only: bool = False,
) -> Response:
    """Every division of a level with its kiosks at the end of `to` (today); those that have none are named with 0."""
    async with call.read() as tx:
        day = period.day(tx.now)
        listed = queries.kiosk_coverage(period.division, level, day).subquery()
        having = func.count().filter(listed.c.kiosks > 0).label("having")
        totals = (await tx.all(select(func.count().label("all"), having).select_from(listed)))[0]
        statement = select(listed)
        if missing_only:
            statement = statement.where(listed.c.kiosks == 0)
        order: list[Any] = [listed.c.code]
        page = await page_of(
            tx,
            statement,
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"kiosk-coverage {level} {missing_only} {day} {period.division}",
            show=KioskCoverageOut.model_validate,
            descending=False,
        )
    return answer(
        KioskCoveragePageOut(
            results=page.results,
            next_cursor=page.next_cursor,
            count=page.count,
            on=day,
            level=level,
            divisions=totals.all,
            with_kiosk=totals.having,
            without_kiosk=totals.all - totals.having,
        )
    )


@router.get(
    "/kiosks/coverage/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_kiosk_coverage",
)
async def export_kiosk_coverage(
    call: Anyone, period: InPeriod, level: DivisionLevel = "town", format: ExportKind = "csv"
) -> Response:
    """The same as a table."""
    async with call.read() as tx:
        day = period.day(tx.now)
    return await export_of(
        call,
        queries.kiosk_coverage(period.division, level, day),
        by=[divisions.c.code],
        columns=COVERAGE_COLUMNS,
        kind=format,
        name="自助终端覆盖",
    )
