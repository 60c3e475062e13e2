"""Supervision items and the behaviour data on them, in and out of PostgreSQL. Never commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from catalog.tables.supervision import (
    supervision_counts,
    supervision_item_steps,
    supervision_items,
    supervision_reminders,
    supervision_reports,
)
from chassis.errors import NotFoundError
from chassis.steps import step_row
from chassis.transaction import Transaction


async def get_supervision_item(tx: Transaction, item_id: UUID) -> Row[Any]:
    """A supervision item, locked until the end; raises NotFoundError."""
    t = supervision_items
    row = await tx.one_or_none(select(t).where(t.c.id == item_id).with_for_update())
    if row is None:
        raise NotFoundError
    return row


async def supervision_lines(
    tx: Transaction, lines: Collection[tuple[str, str, str]]
) -> dict[tuple[str, str, str], Row[Any]]:
    """Items by code, department and division, locked until the end."""
    t = supervision_items
    key = tuple_(t.c.code, t.c.department, t.c.division)
    statement = select(t).where(key.in_(sorted(lines))).order_by(t.c.id).with_for_update()
    return {(r.code, r.department, r.division): r for r in await tx.all(statement)}


async def supervision_items_named(
    tx: Transaction, ids: Collection[UUID], codes: Collection[str]
) -> Sequence[Row[Any]]:
    """Items by id or code, locked, so that two reports on one item come one after the other."""
    t = supervision_items
    statement = select(t).where(or_(t.c.id.in_(ids), t.c.code.in_(codes)))
    return await tx.all(statement.order_by(t.c.id).with_for_update())


async def add_supervision_items(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await tx.execute(insert(supervision_items), list(rows))


async def store_supervision_item(tx: Transaction, item: Row[Any], **values: Any) -> None:
    """Keep a change of an item that is held locked."""
    t = supervision_items
    await tx.execute(update(t).where(t.c.id == item.id).values(version=item.version + 1, **values))


async def add_supervision_steps(
    tx: Transaction, changes: Sequence[tuple[UUID, str, str]], *, reason: str
) -> None:
    """One step an item: its id, the step, and what it changed (beside the reason)."""
    rows = [
        step_row(
            tx,
            of={"item_id": item_id},
            step=step,
            state="removed" if step == "removed" else "listed",
            reason=f"{reason}｜{words}" if words else reason,
        )
        for item_id, step, words in changes
    ]
    if rows:
        await tx.execute(insert(supervision_item_steps), rows)


async def current_counts(
    tx: Transaction, month: str, item_ids: Collection[UUID]
) -> dict[UUID, Row[Any]]:
    """What counts of these items for a month."""
    t = supervision_counts.c
    statement = select(supervision_counts).where(
        t.month == month, t.item_id.in_(item_ids), t.is_current
    )
    return {row.item_id: row for row in await tx.all(statement)}


async def supersede_counts(tx: Transaction, ids: Collection[UUID], today: date) -> None:
    """Earlier reports count no more from today on; they stay."""
    if ids:
        t = supervision_counts
        await tx.execute(
            update(t).where(t.c.id.in_(ids)).values(is_current=False, superseded_on=today)
        )


async def add_report(
    tx: Transaction, report: Mapping[str, Any], counts: Sequence[Mapping[str, Any]]
) -> None:
    tx.insert(
        supervision_reports,
        **report,
        reporter_kind=tx.principal.kind,
        reported_by=tx.principal.subject,
        reported_at=tx.now,
    )
    await tx.flush()
    await tx.execute(insert(supervision_counts), list(counts))


async def departments_missing(tx: Transaction, month: str, last: date) -> Sequence[Row[Any]]:
    """Departments with items on the list at a month's last day that nobody reported on, and how many."""
    i, c = supervision_items.c, supervision_counts.c
    is_reported = exists().where(c.item_id == i.id, c.month == month, c.is_current)
    statement = (
        select(i.department, i.division, func.count().label("missing"))
        .where(
            i.listed_from <= last,
            or_(i.listed_until.is_(None), i.listed_until > last),
            ~is_reported,
        )
        .group_by(i.department, i.division)
        .order_by(i.department, i.division)
    )
    return await tx.all(statement)


async def raise_reminders(tx: Transaction, month: str, rows: Sequence[Row[Any]]) -> int:
    """One reminder a department and month, however many processes look; returns how many are new."""
    if not rows:
        return 0
    values = [
        {
            "department": row.department,
            "division": row.division,
            "month": month,
            "missing": row.missing,
            "raised_at": tx.now,
        }
        for row in rows
    ]
    statement = upsert(supervision_reminders).values(values).on_conflict_do_nothing()
    return len(await tx.all(statement.returning(supervision_reminders.c.department)))


async def close_reminders(tx: Transaction, month: str, department: str, *, last: date) -> None:
    """Close the month's reminders of a department in every division where nothing is missing any more."""
    left = await departments_missing(tx, month, last)
    still = [row.division for row in left if row.department == department]
    r = supervision_reminders
    await tx.execute(
        update(r)
        .where(
            and_(
                r.c.month == month,
                r.c.department == department,
                r.c.closed_at.is_(None),
                r.c.division.not_in(still) if still else literal(True),
            )
        )
        .values(closed_at=tx.now)
    )
