"""Doors: kiosks, helper points and mail desks, and the places nearest to somebody for an item."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import func, select

from catalog.domain.halls import STATE_WORDS, UNKNOWN_METRES, PointState, to_wgs84
from catalog.queries import halls as queries
from catalog.queries.items import one_row
from catalog.repository.halls import city_calendar
from catalog.schemas.halls import (
    Access,
    Coordinates,
    HallStepOut,
    IntakeOut,
    IntakesDoneOut,
    IntakesIn,
    KioskCoverageOut,
    KioskCoveragePageOut,
    NewServicePointIn,
    PlaceOut,
    PointStateIn,
    ServicePointIn,
    ServicePointOut,
    TakenItemOut,
)
from catalog.tables.halls import hall_steps, intakes, service_points
from catalog.tables.history import item_spans
from catalog.tables.items import divisions
from catalog.use_cases.change_intakes import ChangeIntakes, change_intakes
from catalog.use_cases.keep_service_point import keep_service_point
from catalog.use_cases.report_point_state import report_point_state
from chassis.clock import local_date
from chassis.door import Call, allow, allow_anyone, answer
from chassis.errors import InvalidError
from chassis.exports import EXPORT_RESPONSES, ExportColumn, ExportKind, export_of
from chassis.identity import Reach
from chassis.indicators import InPeriod
from chassis.paging import Paging, page_of
from chassis.schemas import Page
from chassis.steps import page_of_steps
from contracts.vocabulary import Role

router = APIRouter(prefix="/catalog/v1", tags=["service points"])

Anyone = Annotated[Call, allow_anyone(reach=Reach.ALL)]
Manager = Annotated[
    Call, allow({Role.HALL_MANAGER: Reach.PLACE, Role.SYSTEM_ADMIN: Reach.ALL}, assurance=2)
]
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
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Kind = Literal["kiosk", "helper-point", "mail-desk"]
PlaceKindAsked = Literal["", "window", "hall", "kiosk", "helper-point", "mail-desk"]
Division = Annotated[str, Query(pattern=r"^([0-9]{2,12})?$")]
State = Literal["", "in-service", "broken", "withdrawn"]
Level = Literal["city", "county", "town", "village"]

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
    division: Division = "",
    state: State = "",
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
    level: Level = "town",
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
    call: Anyone, period: InPeriod, level: Level = "town", format: ExportKind = "csv"
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


@router.get(
    "/service-points", response_model=Page[ServicePointOut], operation_id="list_service_points"
)
async def list_service_points(
    call: Anyone,
    paging: Paging,
    *,
    kind: Kind = "helper-point",
    division: Division = "",
    state: State = "",
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
    division: Division = "",
    state: State = "",
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
async def post_service_point(body: NewServicePointIn, call: Manager) -> Response:
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
async def put_service_point(code: Code, body: ServicePointIn, call: Manager) -> Response:
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
async def post_point_intakes(code: Code, body: IntakesIn, call: Manager) -> Response:
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


@router.get(
    "/items/{item_id}/places", response_model=Page[PlaceOut], operation_id="list_item_places"
)
async def list_item_places(
    item_id: UUID,
    call: Anyone,
    paging: Paging,
    *,
    longitude: Annotated[float | None, Query(ge=73, le=136)] = None,
    latitude: Annotated[float | None, Query(ge=3, le=54)] = None,
    coordinates: Coordinates = "wgs-84",
    within_metres: Annotated[int, Query(ge=100, le=1_000_000)] = 100_000,
    open_at: datetime | None = None,
    kind: PlaceKindAsked = "",
    access: Annotated[tuple[Access, ...], Query(max_length=10)] = (),
    division: Division = "",
) -> Response:
    """Who takes an item in: windows, halls, kiosks, helper points; nearest first when coordinates are given.

    `open_at` (with a time zone) leaves those open then; `access` those with every one of these.
    """
    _check_asked(longitude, latitude, open_at)
    if longitude is not None and latitude is not None:
        longitude, latitude = to_wgs84(longitude, latitude, coordinates)
    wanted = queries.NearQuery(
        longitude=longitude,
        latitude=latitude,
        within_metres=within_metres,
        kind=kind,
        access=access,
        division=division,
    )
    async with call.read() as tx:
        calendar = await city_calendar(tx)
        facts = await queries.item_facts(tx, item_id)
        places = queries.places_for(facts, wanted, local_date(open_at or tx.now))
        statement = select(places)
        if open_at is not None:
            codes = await queries.open_codes(tx, places, open_at, calendar)
            statement = statement.where(places.c.code.in_(codes))
        order: list[Any] = [places.c.metres, places.c.code, places.c.kind]
        page = await page_of(
            tx,
            statement,
            by=order,
            paging=paging,
            cursors=call.runtime.cursors,
            kind=f"places {item_id} {open_at} {wanted}",
            show=lambda row: row,
            descending=False,
        )
        halls_shown = {row.hall for row in page.results if row.hall}
        hours = await queries.openness(tx, open_at or tx.now, halls_shown, calendar)
    return answer(
        Page[PlaceOut](
            results=[_place_out(row, hours.is_open, hours.opens_next) for row in page.results],
            next_cursor=page.next_cursor,
            count=page.count,
        )
    )


def _check_asked(longitude: float | None, latitude: float | None, open_at: datetime | None) -> None:
    if (longitude is None) != (latitude is None):
        raise InvalidError(
            "经度和纬度须同时给出",
            "Longitude and latitude come together",
            code="coordinates-incomplete",
        )
    if open_at is not None and open_at.tzinfo is None:
        raise InvalidError(
            "open_at 须带时区，例如 2026-03-02T10:00:00+08:00",
            "open_at needs a time zone, such as 2026-03-02T10:00:00+08:00",
            code="instant-without-zone",
        )


def _place_out(
    row: Any, opened: Callable[[Any], bool | None], next_at: Callable[[Any], datetime | None]
) -> PlaceOut:
    return PlaceOut(
        kind=row.kind,
        code=row.code,
        name=row.name,
        hall=row.hall,
        window=row.window,
        window_kind=row.window_kind,
        division=row.division,
        address=row.address,
        phone=row.phone,
        longitude=row.longitude,
        latitude=row.latitude,
        metres=None if row.metres >= UNKNOWN_METRES else row.metres,
        access=row.access,
        is_open=opened(row),
        opens_next_at=next_at(row),
    )
