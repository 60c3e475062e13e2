"""Service points: kiosks (自助终端), helper points (帮办代办点) and mail desks, and what each does.

GET  /service-points, /export, /{code}     anyone
GET  /service-points/{code}/steps, /intakes, /items        anyone
POST /service-points, /{code}/intakes      hall_manager (own hall), system_admin
PUT  /service-points/{code}                the same, with If-Match
POST /service-points/{code}/reports        clerk, hall_manager (own hall), system_admin   broken, works again
"""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select

from catalog.domain.halls import STATE_WORDS, PointState
from catalog.queries import halls as queries
from catalog.queries.items import one_row
from catalog.routes.parameters import Anyone, Code, DivisionWithin, HallManager
from catalog.schemas.halls import (
    HallStepOut,
    IntakeOut,
    IntakesDoneOut,
    IntakesIn,
    NewServicePointIn,
    PointStateIn,
    ServicePointIn,
    ServicePointOut,
    TakenItemOut,
)
from catalog.tables.halls import hall_steps, intakes, service_points
from catalog.tables.history import item_spans
from catalog.use_cases.change_intakes import ChangeIntakes, change_intakes
from catalog.use_cases.keep_service_point import keep_service_point
from catalog.use_cases.report_point_state import report_point_state
from chassis.clock import local_date
from chassis.door import Call, allow, answer
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["service points"])

Reporter = Annotated[
    Call,
    allow(
        {
            Role.CLERK: Reach.PLACE,
            Role.HALL_MANAGER: Reach.PLACE,
            Role.SYSTEM_ADMIN: Reach.ALL,
        }
    ),
]
Kind = Literal["kiosk", "helper-point", "mail-desk"]
PointStateAsked = Literal["", "in-service", "broken", "withdrawn"]

POINT_COLUMNS = (
    ExportColumn(name="code", head="编码", width=20),
    ExportColumn(name="kind", head="类别"),
    ExportColumn(name="name", head="名称", width=32),
    ExportColumn(name="division", head="区划"),
    ExportColumn(name="address", head="地址", width=40),
    ExportColumn(name="longitude", head="经度（WGS-84）"),
    ExportColumn(name="latitude", head="纬度（WGS-84）"),
    ExportColumn(name="state", head="状态", read=lambda row: STATE_WORDS[PointState(row.state)]),
    ExportColumn(name="access", head="无障碍设施", width=30),
    ExportColumn(name="from_day", head="启用日期"),
    ExportColumn(name="until_day", head="撤除日期"),
)


@router.get(
    "/service-points", response_model=Page[ServicePointOut], operation_id="list_service_points"
)
async def list_service_points(
    call: Anyone,
    paging: Paging,
    *,
    kind: Kind = "helper-point",
    division: DivisionWithin = "",
    state: PointStateAsked = "",
    item: UUID | None = None,
    on: date | None = None,
) -> Response:
    """Helper points (帮办代办点), mail desks or kiosks by code, on a day (today). Helpers: staff numbers only."""
    async with call.read() as tx:
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.service_points_where(kind, division, state=state, day=day, item_id=item),
            by=[service_points.c.code],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"points {kind} {division} {state} {item} {day}",
            show=ServicePointOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.get(
    "/service-points/export",
    response_class=Response,
    responses=EXPORT_RESPONSES,
    operation_id="export_service_points",
)
async def export_service_points(
    call: Anyone,
    *,
    kind: Kind = "kiosk",
    division: DivisionWithin = "",
    state: PointStateAsked = "",
    format: ExportKind = "csv",
) -> Response:
    """The same as a table, withdrawn ones too."""
    return await export_of(
        call,
        queries.service_points_where(kind, division, state=state),
        by=[service_points.c.code],
        columns=POINT_COLUMNS,
        kind=format,
        name={"kiosk": "自助终端", "helper-point": "帮办代办点", "mail-desk": "邮寄服务点"}[kind],
    )


@router.post(
    "/service-points",
    status_code=201,
    response_model=ServicePointOut,
    operation_id="register_service_point",
)
async def post_service_point(body: NewServicePointIn, call: HallManager) -> Response:
    """Put a kiosk, a helper point or a mail desk on the register. Hall managers: those of their own hall."""
    values = body.model_dump(mode="python", exclude={"reason"}) | {
        "opening": body.opening.model_dump(mode="json")
    }
    async with call.begin() as tx:
        await keep_service_point(_listed(values), tx, reason=body.reason)
        row = await one_row(tx, queries.point(body.kind, body.code))
        tx.answer(
            ServicePointOut.model_validate(row),
            status=201,
            etag=row.version,
            location=f"/catalog/v1/service-points/{body.code}",
        )
    return tx.response


def _listed(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }


def _point(code: str) -> Any:
    return select(service_points).where(service_points.c.code == code)


@router.get(
    "/service-points/{code}", response_model=ServicePointOut, operation_id="get_service_point"
)
async def get_service_point(code: Code, call: Anyone) -> Response:
    """One kiosk, helper point or mail desk."""
    async with call.read() as tx:
        row = await one_row(tx, _point(code))
    return answer(ServicePointOut.model_validate(row), etag=row.version)


@router.put(
    "/service-points/{code}", response_model=ServicePointOut, operation_id="change_service_point"
)
async def put_service_point(code: Code, body: ServicePointIn, call: HallManager) -> Response:
    """Correct what is known of it. Needs `If-Match`."""
    call.if_match()
    values = body.model_dump(mode="python", exclude={"reason"}) | {
        "opening": body.opening.model_dump(mode="json")
    }
    async with call.begin() as tx:
        await keep_service_point(_listed(values), tx, reason=body.reason, code=code)
        row = await one_row(tx, _point(code))
        tx.answer(ServicePointOut.model_validate(row), etag=row.version)
    return tx.response


@router.post(
    "/service-points/{code}/reports",
    response_model=ServicePointOut,
    operation_id="report_point_state",
)
async def post_report(code: Code, body: PointStateIn, call: Reporter) -> Response:
    """Say that it is broken, works again, or is withdrawn, and why."""
    async with call.begin() as tx:
        await report_point_state(code, body.state, tx, reason=body.reason)
        row = await one_row(tx, _point(code))
        tx.answer(ServicePointOut.model_validate(row), etag=row.version)
    return tx.response


@router.get(
    "/service-points/{code}/steps",
    response_model=Page[HallStepOut],
    operation_id="list_service_point_steps",
)
async def list_point_steps(code: Code, call: Anyone, paging: Paging) -> Response:
    """Registered, reported, changed: its history, oldest first."""
    async with call.read() as tx:
        row = await one_row(tx, _point(code))
        page = await page_of_steps(
            tx,
            hall_steps,
            of={"kind": "point", "of_id": str(row.id)},
            paging=paging,
            cursors=call.runtime.cursors,
            show=HallStepOut,
        )
    return answer(page)


@router.get(
    "/service-points/{code}/intakes",
    response_model=Page[IntakeOut],
    operation_id="list_point_intakes",
)
async def list_point_intakes(
    code: Code, call: Anyone, paging: Paging, on: date | None = None
) -> Response:
    """What it does on a day (today), as it was stated."""
    async with call.read() as tx:
        row = await one_row(tx, _point(code))
        day = on or local_date(tx.now)
        page = await page_of(
            tx,
            queries.intakes_of([row.id], day),
            by=[intakes.c.id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"intakes {row.id} {day}",
            show=IntakeOut.model_validate,
            descending=False,
        )
    return answer(page)


@router.post(
    "/service-points/{code}/intakes",
    response_model=IntakesDoneOut,
    operation_id="change_point_intakes",
)
async def post_point_intakes(code: Code, body: IntakesIn, call: HallManager) -> Response:
    """What it does from a day on (items of a kiosk, items helped with, items mailed), and what no longer."""
    command = ChangeIntakes(
        point=code,
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
    "/service-points/{code}/items",
    response_model=Page[TakenItemOut],
    operation_id="list_point_items",
)
async def list_point_items(code: Code, call: Anyone, paging: Paging, period: InPeriod) -> Response:
    """Items in force that it does at the end of `to` (today)."""
    async with call.read() as tx:
        row = await one_row(tx, _point(code))
        day = period.day(tx.now)
        ids = select(service_points.c.id).where(service_points.c.id == row.id)
        page = await page_of(
            tx,
            queries.items_at(ids, day, period),
            by=[item_spans.c.item_id],
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"point-items {code} {day} {period.division} {period.department}",
            show=TakenItemOut.model_validate,
            descending=False,
        )
    return answer(page)
