"""When a version was in force, and what that adds to the figures. Called by repository/in_force.py only."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from catalog.domain.item import Item, ItemVersion
from catalog.domain.measures import measures_of
from catalog.tables.history import item_measure_changes, item_spans
from chassis.clock import CITY_ZONE
from chassis.ids import new_id
from chassis.transaction import Transaction

Facts = Mapping[str, Any]
Changes = Counter[tuple[str, date, str, str]]

_NOT_FACTS = {"id", "item_id", "number", "valid_from", "valid_to"}
FACTS = tuple(column.name for column in item_spans.c if column.name not in _NOT_FACTS)
"""What a span keeps of its version."""


async def open_spans(tx: Transaction, entered: Sequence[tuple[Item, ItemVersion, Facts]]) -> None:
    """From today these versions are in force, and what was in force of the same items is no longer.

    The first version ever of an item counts from its `effective_from` when that is earlier: another authority
    had put it in force before it came into these books. A later version never does: on the days before today
    its predecessor, or none, was in force, and what was told of those days stays.
    """
    if not entered:
        return
    today = tx.now.astimezone(CITY_ZONE).date()
    changes = await _close(tx, [item.id for item, _, _ in entered], today)
    first = await _without_past(
        tx, [v.item_id for _, v, _ in entered if v.guide.effective_from is not None], today
    )
    rows = []
    for item, version, facts in entered:
        day = today
        if version.guide.effective_from is not None and item.id in first:
            day = min(today, version.guide.effective_from)
        row = {name: facts[name] for name in FACTS}
        rows.append(
            {
                "id": new_id(),
                "item_id": item.id,
                "number": version.number,
                "valid_from": day,
                "valid_to": None,
                **row,
            }
        )
        _add(changes, row, day, sign=1)
    await tx.insert_many(item_spans, rows, is_awaited=False)
    await _keep(tx, changes)


async def close_spans(tx: Transaction, item_ids: Sequence[UUID]) -> None:
    """From today these items are in force no longer."""
    today = tx.now.astimezone(CITY_ZONE).date()
    await _keep(tx, await _close(tx, item_ids, today))


async def _close(tx: Transaction, item_ids: Sequence[UUID], today: date) -> Changes:
    ids = bindparam("ids", list(item_ids), type_=ARRAY(PG_UUID(as_uuid=True)))
    statement = (
        update(item_spans)
        .where(item_spans.c.item_id == func.any(ids), item_spans.c.valid_to.is_(None))
        # A clock that was put back must not end a span before it began.
        .values(valid_to=func.greatest(item_spans.c.valid_from, bindparam("t", today, type_=Date)))
        .returning(item_spans)
    )
    changes: Changes = Counter()
    for row in await tx.all(statement):
        _add(changes, _facts(row), row.valid_to, sign=-1)
    return changes


async def _without_past(tx: Transaction, item_ids: Sequence[UUID], today: date) -> set[UUID]:
    """Those of these items that were in force on no day before today."""
    if not item_ids:
        return set()
    ids = bindparam("ids", list(item_ids), type_=ARRAY(PG_UUID(as_uuid=True)))
    known = select(item_spans.c.item_id).where(
        item_spans.c.item_id == func.any(ids), item_spans.c.valid_from < today
    )
    return set(item_ids) - {row.item_id for row in await tx.all(known.distinct())}


def _facts(row: Row[Any]) -> Facts:
    return {name: getattr(row, name) for name in FACTS}


def _add(changes: Changes, facts: Facts, day: date, *, sign: int) -> None:
    for measure, amount in measures_of(facts).items():
        changes[(measure, day, facts["division"], facts["department"])] += sign * amount


async def _keep(tx: Transaction, changes: Changes) -> None:
    rows = change_rows(changes.items())
    await tx.insert_many(item_measure_changes, rows, is_awaited=False)


def change_rows(changes: Iterable[tuple[tuple[str, date, str, str], int]]) -> list[dict[str, Any]]:
    """Rows of `item_measure_changes`; what comes to nothing is left out."""
    names = ("measure", "day", "division", "department")
    return [
        {**dict(zip(names, key, strict=True)), "amount": amount}
        for key, amount in changes
        if amount
    ]
