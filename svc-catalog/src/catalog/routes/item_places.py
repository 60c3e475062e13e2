"""The places that take an item in, nearest first.

GET  /items/{id}/places    anyone
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from catalog.domain.halls import UNKNOWN_METRES, to_wgs84
from catalog.queries import nearest_places as queries
from catalog.repository.halls import city_calendar
from catalog.routes.parameters import Anyone, DivisionWithin
from catalog.schemas.halls import Access, Coordinates, PlaceOut
from chassis.clock import local_date
from chassis.door import answer
from chassis.errors import InvalidError
from chassis.paging import Paging, page_of
from chassis.schemas import Page

router = APIRouter(prefix="/catalog/v1", tags=["service points"])

PlaceKindAsked = Literal["", "window", "hall", "kiosk", "helper-point", "mail-desk"]


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
    division: DivisionWithin = "",
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
