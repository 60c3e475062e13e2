"""Halls, windows, service points and what they take in, in and out of PostgreSQL. Never commits."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.domain.halls import to_wgs84
from catalog.domain.opening_hours import Schedule, calendar_of, schedule_of
from catalog.tables.halls import (
    hall_details,
    hall_exceptions,
    hall_steps,
    hall_windows,
    intakes,
    service_points,
)
from catalog.tables.items import halls, published_items
from chassis.errors import InvalidError, NotFoundError
from chassis.ids import new_id
from chassis.steps import add_step
from chassis.transaction import Transaction
from chassis.working_days import WorkingDays
from contracts.events.catalog import HallChanged


async def city_calendar(tx: Transaction) -> WorkingDays:
    return calendar_of(await tx.rule("city-calendar"))


def check_place(tx: Transaction, hall: str | None) -> None:
    """A hall's own staff change their own hall, the administrator every one; raises NotFoundError.

    These tables are public, so row level security does not say it.
    """
    if not tx.scope.everything and (hall is None or tx.scope.place != hall):
        raise NotFoundError


async def get_hall(tx: Transaction, code: str) -> Row[Any]:
    """A hall's line, locked until the end, so that changes of it come one after another; raises NotFoundError."""
    check_place(tx, code)
    row = await tx.one_or_none(select(halls).where(halls.c.code == code).with_for_update())
    if row is None:
        raise NotFoundError(
            "没有这个大厅，请先由系统管理员登记",
            "There is no such hall; have it registered first",
            code="no-such-hall",
        )
    return row


async def details_of(tx: Transaction, code: str) -> Row[Any] | None:
    return await tx.one_or_none(select(hall_details).where(hall_details.c.code == code))


async def schedule_of_hall(tx: Transaction, code: str, *, since: date) -> Schedule:
    """A hall's hours with the exceptions from a day on."""
    details = await details_of(tx, code)
    t = hall_exceptions.c
    rows = await tx.all(select(t.day, t.hours).where(t.hall == code, t.day >= since))
    opening = details.opening if details is not None else {}
    return schedule_of(opening, {row.day: row.hours for row in rows})


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of where something is: as stated, and in WGS-84."""
    found = dict(values)
    longitude, latitude = found.pop("longitude"), found.pop("latitude")
    found |= {
        "stated_longitude": longitude,
        "stated_latitude": latitude,
        "longitude": None,
        "latitude": None,
    }
    if longitude is not None and latitude is not None:
        found["longitude"], found["latitude"] = to_wgs84(
            longitude, latitude, str(found["coordinates"])
        )
    return found


async def keep_details(
    tx: Transaction, code: str, values: Mapping[str, Any], *, before: Row[Any] | None
) -> int:
    """Returns the new version."""
    columns = {**placed(values), "changed_at": tx.now}
    if before is None:
        tx.insert(hall_details, code=code, id=new_id(), version=1, **columns)
        return 1
    match = {"code": code, "version": before.version}
    tx.update(hall_details, match=match, version=before.version + 1, **columns)
    return int(before.version) + 1


async def tell_hall_changed(tx: Transaction, hall: str, *, division: str) -> None:
    """One fact for every change of what a hall shows; a hall nobody described yet gets its first details."""
    statement = (
        upsert(hall_details)
        .values(
            code=hall,
            id=new_id(),
            level="sub",
            coordinates="wgs-84",
            access=[],
            unities={},
            opening={},
            version=1,
            changed_at=tx.now,
        )
        .on_conflict_do_nothing(index_elements=["code"])
    )
    await tx.execute(statement)
    # Each change raises the version, so that facts of one hall have an order.
    row = (
        await tx.all(
            update(hall_details)
            .where(hall_details.c.code == hall)
            .values(version=hall_details.c.version + 1)
            .returning(hall_details.c.id, hall_details.c.version)
        )
    )[0]
    fact = HallChanged(hall_id=row.id, hall_code=hall, changed_at=tx.now)
    tx.tell(fact, aggregate_id=row.id, sequence=row.version, division=division)


def add_hall_step(
    tx: Transaction, kind: str, of_id: str, *, step: str, state: str, reason: str
) -> None:
    of = {"kind": kind, "of_id": of_id}
    add_step(tx, hall_steps, of=of, step=step, state=state, reason=reason)


async def keep_exception(
    tx: Transaction, hall: str, day: date, *, hours: Sequence[Any], reason: str
) -> None:
    statement = upsert(hall_exceptions).values(
        hall=hall, day=day, hours=hours, reason=reason, version=1, stated_at=tx.now
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["hall", "day"],
            set_={
                "hours": statement.excluded.hours,
                "reason": statement.excluded.reason,
                "version": hall_exceptions.c.version + 1,
                "stated_at": statement.excluded.stated_at,
            },
        )
    )


async def drop_exception(tx: Transaction, hall: str, day: date) -> bool:
    t = hall_exceptions.c
    result = await tx.execute(hall_exceptions.delete().where(t.hall == hall, t.day == day))
    return bool(result.rowcount)


async def get_row(tx: Transaction, table: Table, row_id: UUID) -> Row[Any]:
    """A window, service point or plan by id, locked until the end; raises NotFoundError."""
    row = await tx.one_or_none(select(table).where(table.c.id == row_id).with_for_update())
    if row is None:
        raise NotFoundError
    return row


async def get_point(tx: Transaction, code: str) -> Row[Any]:
    statement = select(service_points).where(service_points.c.code == code).with_for_update()
    row = await tx.one_or_none(statement)
    if row is None:
        raise NotFoundError
    return row


async def get_window(tx: Transaction, hall: str, window_id: UUID) -> Row[Any]:
    row = await get_row(tx, hall_windows, window_id)
    if row.hall != hall:
        raise NotFoundError
    return row


async def check_items(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Items that were published once; raises InvalidError naming those that were not."""
    t = published_items.c
    known = {row.id for row in await tx.all(select(t.id).where(t.id.in_(ids)))}
    missing = sorted(str(each) for each in set(ids) - known)
    if missing:
        raise InvalidError(
            f"这些事项不存在或未发布：{'、'.join(missing[:20])}；请核对事项 id",
            f"Not published items: {', '.join(missing[:20])}; check the ids",
            code="item-unknown",
        )


async def open_intakes(tx: Transaction, place_id: UUID) -> dict[tuple[str, str], Row[Any]]:
    statement = select(intakes).where(intakes.c.place_id == place_id, intakes.c.until_day.is_(None))
    return {(row.what, row.value): row for row in await tx.all(statement)}


async def add_intakes(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await tx.execute(insert(intakes), list(rows))


async def end_intakes(tx: Transaction, ids: Sequence[UUID], day: date) -> None:
    """No longer from this day on; what would end before it began is ended on the day it began."""
    t = intakes.c
    if not ids:
        return
    await tx.execute(update(intakes).where(t.id.in_(ids), t.from_day <= day).values(until_day=day))
    await tx.execute(
        update(intakes)
        .where(t.id.in_(ids), t.until_day.is_(None))
        .values(until_day=intakes.c.from_day)
    )


async def end_place_intakes(tx: Transaction, place_id: UUID, day: date) -> None:
    t = intakes.c
    open_rows = or_(t.until_day.is_(None), t.until_day > day)
    rows = await tx.all(select(t.id).where(t.place_id == place_id, open_rows))
    await end_intakes(tx, [row.id for row in rows], day)
