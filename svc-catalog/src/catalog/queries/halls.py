"""Reads of halls, windows, service points and what they take in; they never write."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY

from catalog.domain.halls import (
    PlaceKind,
    PointState,
)
from catalog.queries.history import in_force_on, open_on
from catalog.tables.halls import (
    hall_details,
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
from chassis.identity import subtree_prefix
from chassis.indicators import Period
from chassis.transaction import Transaction


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
                    reaches(i.division, s.division),
                    s.themes.contains(func.array_append(cast([], ARRAY(Text)), i.value)),
                ),
            ).where(*taken),
            ids.join(intakes, and_(i.what == "basic-code", reaches(i.division, s.division)))
            .join(item_versions, and_(v.item_id == s.item_id, v.number == s.number))
            .where(*taken, v.guide["basic_code"].astext == i.value),
        )
        .subquery()
        .c.item_id
    )


def reaches(place: ColumnElement[str], item: Any) -> ColumnElement[bool]:
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
