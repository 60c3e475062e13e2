"""Reads of where an item is taken in, the nearest place first, and which places are open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from catalog.domain.halls import (
    EARTH_METRES,
    UNKNOWN_METRES,
    PlaceKind,
    PointState,
    box_around,
)
from catalog.domain.opening_hours import Schedule, is_open, next_opening, schedule_of
from catalog.queries.halls import reaches, within
from catalog.queries.history import open_on
from catalog.tables.halls import (
    hall_details,
    hall_exceptions,
    hall_windows,
    intakes,
    service_points,
)
from catalog.tables.items import (
    halls,
    item_versions,
    published_items,
)
from chassis.clock import local_date
from chassis.errors import NotFoundError, TooLargeError
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays

CANDIDATES_MAX = 5_000


@dataclass(frozen=True, kw_only=True)
class NearQuery:
    """Places for an item: from where, how far, at what time, with what access."""

    longitude: float | None = None
    latitude: float | None = None
    within_metres: int = 100_000
    kind: str = ""
    access: tuple[str, ...] = ()
    division: str = ""


async def item_facts(tx: Transaction, item_id: UUID) -> Row[Any]:
    """What intakes can speak of; raises NotFoundError for an item that is not in force."""
    p, v = published_items.c, item_versions.c
    row = await tx.one_or_none(
        select(
            p.id,
            p.department,
            p.division,
            p.themes,
            v.guide["basic_code"].astext.label("basic_code"),
            v.guide["windows"].label("windows"),
        )
        .join(item_versions, and_(v.item_id == p.id, v.number == p.number))
        .where(p.id == item_id, p.is_open)
    )
    if row is None:
        raise NotFoundError
    return row


def places_for(facts: Row[Any], wanted: NearQuery, day: date) -> Subquery:
    """Windows, halls (where the guide names them and no window does), kiosks and other points that take an item in."""
    taking = _taking(facts, day)
    everything = union_all(
        _windows_taking(taking, day, wanted),
        _halls_named(facts, taking, day, wanted),
        _points_taking(taking, day, wanted),
    ).subquery()
    found = [everything.c.kind == wanted.kind] if wanted.kind else []
    if wanted.access:
        found.append(everything.c.access.contains(cast(list(wanted.access), ARRAY(Text))))
    found.extend(within(everything.c.division, wanted.division))
    return select(everything).where(*found).subquery()


def _taking(facts: Row[Any], day: date) -> Select[Any]:
    i = intakes.c
    ways: list[ColumnElement[bool]] = [
        i.item_id == facts.id,
        and_(i.what == "department", i.value == facts.department),
        and_(i.what == "theme", i.value.in_(facts.themes), reaches(i.division, facts.division)),
    ]
    if facts.basic_code:
        same = i.value == facts.basic_code
        ways.append(and_(i.what == "basic-code", same, reaches(i.division, facts.division)))
    return select(i.place_id).where(or_(*ways), open_on(i.from_day, i.until_day, day))


_NO_TEXT = cast(null(), Text)


def _windows_taking(taking: Select[Any], day: date, wanted: NearQuery) -> Select[Any]:
    w, d = hall_windows.c, hall_details.c
    return (
        select(
            literal(PlaceKind.WINDOW.value).label("kind"),
            (halls.c.code + "/" + w.number).label("code"),
            (halls.c.name + " " + w.name).label("name"),
            halls.c.code.label("hall"),
            w.number.label("window"),
            w.kind.label("window_kind"),
            *_hall_columns(wanted),
        )
        .join(halls, halls.c.code == w.hall)
        .outerjoin(hall_details, d.code == halls.c.code)
        .where(w.id.in_(taking), open_on(w.opened_on, w.closed_on, day), *_near(d, wanted))
    )


def _halls_named(facts: Row[Any], taking: Select[Any], day: date, wanted: NearQuery) -> Select[Any]:
    w, d = hall_windows.c, hall_details.c
    named = sorted({str(each["hall"]) for each in facts.windows or ()})
    with_window = select(w.hall).where(w.id.in_(taking), open_on(w.opened_on, w.closed_on, day))
    return (
        select(
            literal(PlaceKind.HALL.value),
            halls.c.code,
            halls.c.name,
            halls.c.code,
            _NO_TEXT,
            _NO_TEXT,
            *_hall_columns(wanted),
        )
        .outerjoin(hall_details, d.code == halls.c.code)
        .where(halls.c.code.in_(named), halls.c.code.not_in(with_window), *_near(d, wanted))
    )


def _hall_columns(wanted: NearQuery) -> Sequence[ColumnElement[Any]]:
    d = hall_details.c
    return (
        halls.c.division,
        halls.c.address,
        halls.c.phone,
        d.longitude,
        d.latitude,
        func.coalesce(d.access, cast([], ARRAY(Text))).label("access"),
        func.coalesce(d.opening, cast({}, JSONB)).label("opening"),
        _metres(d, wanted).label("metres"),
    )


def _points_taking(taking: Select[Any], day: date, wanted: NearQuery) -> Select[Any]:
    p = service_points.c
    return select(
        p.kind,
        p.code,
        p.name,
        p.hall,
        _NO_TEXT,
        _NO_TEXT,
        p.division,
        p.address,
        p.phone,
        p.longitude,
        p.latitude,
        p.access,
        p.opening,
        _metres(p, wanted),
    ).where(
        p.id.in_(taking),
        p.state == PointState.IN_SERVICE,
        open_on(p.from_day, p.until_day, day),
        *_near(p, wanted),
    )


def _near(t: Any, wanted: NearQuery) -> list[ColumnElement[bool]]:
    """Within the box; places that nobody located stay, at the end."""
    if wanted.longitude is None or wanted.latitude is None:
        return []
    west, south, east, north = box_around(
        wanted.longitude, wanted.latitude, float(wanted.within_metres)
    )
    inside = and_(t.latitude.between(south, north), t.longitude.between(west, east))
    return [
        or_(
            t.latitude.is_(None),
            and_(inside, _metres(t, wanted) <= wanted.within_metres),
        )
    ]


def _metres(t: Any, wanted: NearQuery) -> ColumnElement[Any]:
    """Haversine, in whole metres."""
    if wanted.longitude is None or wanted.latitude is None:
        return cast(literal(UNKNOWN_METRES), Integer)
    north = func.sin(func.radians(t.latitude - wanted.latitude) / 2)
    east = func.sin(func.radians(t.longitude - wanted.longitude) / 2)
    flat = func.cos(func.radians(wanted.latitude)) * func.cos(func.radians(t.latitude))
    chord = north * north + flat * east * east
    distance = 2 * EARTH_METRES * func.asin(func.sqrt(func.least(1.0, chord)))
    # LEAST passes over nulls, so that a place nobody located is told apart by itself.
    return case((t.latitude.is_(None), UNKNOWN_METRES), else_=cast(func.round(distance), Integer))


@dataclass(frozen=True, kw_only=True)
class Openness:
    """Which of these places are open, by the hours of each and its hall's single days."""

    at: datetime
    calendar: WorkingDays
    exceptions: dict[str, dict[date, Any]]

    def schedule(self, row: Any) -> Schedule:
        is_of_hall = row.kind in {PlaceKind.WINDOW, PlaceKind.HALL}
        # What stands in a hall and says no hours of its own keeps the hall's door, which is not known here.
        days = self.exceptions.get(row.hall or "", {}) if is_of_hall else {}
        return schedule_of(row.opening or {}, days)

    def is_open(self, row: Any) -> bool | None:
        schedule = self.schedule(row)
        return is_open(self.at, schedule, self.calendar) if schedule.is_known else None

    def opens_next(self, row: Any) -> datetime | None:
        return next_opening(self.at, self.schedule(row), self.calendar)


async def openness(
    tx: Transaction, at: datetime, codes: Collection[str], calendar: WorkingDays
) -> Openness:
    t = hall_exceptions.c
    rows = await tx.all(
        select(t.hall, t.day, t.hours).where(t.hall.in_(codes), t.day >= local_date(at))
    )
    found: dict[str, dict[date, Any]] = {}
    for row in rows:
        found.setdefault(row.hall, {})[row.day] = row.hours
    return Openness(at=at, calendar=calendar, exceptions=found)


async def open_codes(
    tx: Transaction, places: Subquery, at: datetime, calendar: WorkingDays
) -> list[str]:
    """Codes of the places open at an instant; TooLargeError when the filters leave too many to look at."""
    c = places.c
    statement = select(c.code, c.kind, c.hall, c.opening).limit(CANDIDATES_MAX + 1)
    rows = await tx.all(statement)
    if len(rows) > CANDIDATES_MAX:
        raise TooLargeError(
            "符合条件的地点过多，请给出坐标或缩小 within_metres、区划后再查",
            "Too many places; give coordinates, or a smaller within_metres or division",
            code="too-many-places",
        )
    now_open = await openness(tx, at, {row.hall for row in rows if row.hall}, calendar)
    return [row.code for row in rows if now_open.is_open(row)]
