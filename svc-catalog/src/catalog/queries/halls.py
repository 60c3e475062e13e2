"""Reads of halls, windows, service points and what they take in; they never write."""

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
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
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
from catalog.queries.history import in_force_on, open_on
from catalog.tables.halls import (
    appointments,
    hall_details,
    hall_exceptions,
    hall_steps,
    hall_windows,
    intakes,
    service_points,
)
from catalog.tables.history import item_spans
from catalog.tables.items import (
    departments,
    divisions,
    halls,
    item_versions,
    items,
    published_items,
)
from chassis.clock import local_date
from chassis.errors import NotFoundError, TooLargeError
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays

CANDIDATES_MAX = 5_000


def within(column: ColumnElement[Any], division: str) -> list[ColumnElement[bool]]:
    """A division with everything below it; empty: all."""
    if not division:
        return []
    return [column.startswith(subtree_prefix(division), autoescape=True)]


def described_hall(code: str) -> Select[Any]:
    d = hall_details.c
    return (
        select(halls, *(column for column in d if column.name != "code"))
        .outerjoin(hall_details, d.code == halls.c.code)
        .where(halls.c.code == code)
    )


def windows_of(hall: str, day: date | None) -> Select[Any]:
    """A hall's windows on a day; None: every one there ever was."""
    t = hall_windows.c
    found = [t.hall == hall]
    if day is not None:
        found.append(open_on(t.opened_on, t.closed_on, day))
    return select(hall_windows).where(*found)


def steps_of(kind: str, of_id: str) -> Select[Any]:
    return select(hall_steps).where(hall_steps.c.kind == kind, hall_steps.c.of_id == of_id)


def intakes_of(place_ids: Any, day: date) -> Select[Any]:
    t = intakes.c
    return select(intakes).where(t.place_id.in_(place_ids), open_on(t.from_day, t.until_day, day))


def taken_ids(places: Select[Any], day: date) -> Select[Any]:
    """Ids of the items in force on a day that some of these places take in on it."""
    i, s, v = intakes.c, item_spans.c, item_versions.c
    taken = [i.place_id.in_(places), open_on(i.from_day, i.until_day, day), in_force_on(day)]
    ids = select(s.item_id.label("item_id"))
    return select(
        union(
            ids.join(intakes, and_(i.what == "item", i.item_id == s.item_id)).where(*taken),
            ids.join(intakes, and_(i.what == "department", i.value == s.department)).where(*taken),
            ids.join(
                intakes,
                and_(
                    i.what == "theme",
                    _reaches(i.division, s.division),
                    s.themes.contains(func.array_append(cast([], ARRAY(Text)), i.value)),
                ),
            ).where(*taken),
            ids.join(intakes, and_(i.what == "basic-code", _reaches(i.division, s.division)))
            .join(item_versions, and_(v.item_id == s.item_id, v.number == s.number))
            .where(*taken, v.guide["basic_code"].astext == i.value),
        )
        .subquery()
        .c.item_id
    )


def _reaches(place: ColumnElement[str], item: Any) -> ColumnElement[bool]:
    """Whether an item's division is the place's, or below it: a city's hall takes in what its counties offer too."""
    prefix = case((func.length(place) > 6, place), else_=func.regexp_replace(place, "(00)+$", ""))
    return func.starts_with(item, prefix)


def general_windows(day: date) -> Select[Any]:
    w = hall_windows.c
    return select(w.id).where(w.kind == "general", open_on(w.opened_on, w.closed_on, day))


async def has_window_book(tx: Transaction, day: date) -> bool:
    """Whether general windows had been given anything to take in by this day; before, guides' claims are all there is."""
    statement = select(
        exists().where(
            intakes.c.place_id == hall_windows.c.id,
            hall_windows.c.kind == "general",
            intakes.c.from_day <= day,
        )
    )
    return bool(await tx.scalar(statement))


def spans_listed(day: date, period: Period) -> Select[Any]:
    """Items in force on a day, as lists of them are shown."""
    s = item_spans.c
    found = [in_force_on(day), *within(s.division, period.division)]
    if period.department:
        found.append(s.department == period.department)
    return (
        select(s.item_id, s.department, s.division, items.c.item_code, published_items.c.name)
        .join(items, items.c.id == s.item_id)
        .join(published_items, published_items.c.id == s.item_id)
        .where(*found)
    )


def items_at(places: Select[Any], day: date, period: Period) -> Select[Any]:
    return spans_listed(day, period).where(item_spans.c.item_id.in_(taken_ids(places, day)))


def one_window(day: date, period: Period, *, booked: bool) -> Select[Any]:
    """Items at general windows: by the windows' book, or by the guides where there is no book yet."""
    if booked:
        return items_at(general_windows(day), day, period)
    return spans_listed(day, period).where(item_spans.c.is_one_window)


def one_window_departments(day: date, period: Period, *, booked: bool) -> Select[Any]:
    listed = one_window(day, period, booked=booked).subquery()
    return (
        select(listed.c.department, departments.c.name, func.count().label("items"))
        .outerjoin(departments, departments.c.code == listed.c.department)
        .group_by(listed.c.department, departments.c.name)
    )


def window_differences(day: date, period: Period, kind: str) -> Select[Any]:
    s = item_spans.c
    is_taken = s.item_id.in_(taken_ids(general_windows(day), day))
    claimed = and_(s.is_one_window, ~is_taken)
    unclaimed = and_(~s.is_one_window, is_taken)
    conditions = {"claimed-not-taken": claimed, "taken-not-claimed": unclaimed}
    said = case((s.is_one_window, "claimed-not-taken"), else_="taken-not-claimed")
    return (
        spans_listed(day, period)
        .add_columns(said.label("difference"))
        .where(conditions.get(kind, or_(claimed, unclaimed)))
    )


def service_points_where(
    kind: str,
    division: str,
    *,
    state: str = "",
    day: date | None = None,
    item_id: UUID | None = None,
) -> Select[Any]:
    t = service_points.c
    found = [t.kind == kind, *within(t.division, division)]
    if state:
        found.append(t.state == state)
    if day is not None:
        found.append(open_on(t.from_day, t.until_day, day))
        if item_id is not None:
            i = intakes.c
            found.append(
                t.id.in_(
                    select(i.place_id).where(
                        i.item_id == item_id, open_on(i.from_day, i.until_day, day)
                    )
                )
            )
    return select(service_points).where(*found)


def point(kind: str, code: str) -> Select[Any]:
    t = service_points.c
    return select(service_points).where(t.code == code, t.kind == kind)


def kiosk_coverage(division: str, level: str, day: date) -> Select[Any]:
    """Every division of a level, with its kiosks; those without any are there with 0."""
    d, p = divisions.c, service_points.c
    join = and_(
        p.kind == PlaceKind.KIOSK,
        p.division.startswith(d.code),
        open_on(p.from_day, p.until_day, day),
    )
    return (
        select(
            d.code,
            d.name,
            d.level,
            func.count(p.id).label("kiosks"),
            func.count(p.id).filter(p.state == PointState.IN_SERVICE).label("in_service"),
        )
        .outerjoin(service_points, join)
        .where(d.level == level, *within(d.code, division))
        .group_by(d.code, d.name, d.level)
    )


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
        and_(i.what == "theme", i.value.in_(facts.themes), _reaches(i.division, facts.division)),
    ]
    if facts.basic_code:
        same = i.value == facts.basic_code
        ways.append(and_(i.what == "basic-code", same, _reaches(i.division, facts.division)))
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


def appointments_of(hall: str, day: date, state: str = "") -> Select[Any]:
    t = appointments.c
    found = [t.hall == hall, t.day == day]
    if state:
        found.append(t.state == state)
    return select(appointments).where(*found)


def appointment_days(period: Period, today: date) -> Select[Any]:
    """By hall and day, up to a day, as the books stood at its end; nobody is named."""
    t = appointments.c
    last = min(period.last_day or today, today)
    end = Period(last_day=last)

    def counted(at: ColumnElement[Any]) -> ColumnElement[int]:
        return func.count().filter(at.is_not(None), *end.conditions(at=at))

    found = [t.day <= last, *within(halls.c.division, period.division)]
    if period.first_day is not None:
        found.append(t.day >= period.first_day)
    return (
        select(
            t.hall,
            t.day,
            func.count().filter(*end.conditions(at=t.booked_at)).label("booked"),
            counted(t.checked_in_at).label("kept"),
            counted(t.missed_at).label("missed"),
            counted(t.cancelled_at).label("cancelled"),
        )
        .join(halls, halls.c.code == t.hall)
        .where(*found)
        .group_by(t.hall, t.day)
    )
