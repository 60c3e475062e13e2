"""The copy of the catalog's guides: kept by what is told, read through a short memory on the hot path."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.bulk import JsonText
from chassis.transaction import Transaction
from contracts.guide import Guide
from workorder.domain.item import (
    ItemMovedError,
    ItemUnknownError,
    ItemWithdrawnError,
    KnownItem,
    NewPlace,
)
from workorder.tables import known_items, moved_items

FRESH_SECONDS = 5.0
"""A newer version, or a withdrawal, is seen by every process within this time."""
REMEMBERED_MAX = 2_000


@dataclass
class _Memory:
    items: dict[UUID, tuple[float, KnownItem]] = field(default_factory=dict)
    ids_by_code: dict[str, UUID] = field(default_factory=dict)


_memories: WeakKeyDictionary[AsyncEngine, _Memory] = WeakKeyDictionary()
"""One memory for each database this process works on."""


async def known_item(tx: Transaction, *, item_id: UUID | None, item_code: str | None) -> KnownItem:
    """The newest version known, by id or by code; raises ItemUnknownError. At most FRESH_SECONDS behind the books."""
    memory = _memories.setdefault(tx.engine, _Memory())
    found_id = item_id or memory.ids_by_code.get(item_code or "")
    entry = memory.items.get(found_id) if found_id else None
    if entry is not None and time.monotonic() - entry[0] < FRESH_SECONDS:
        return entry[1]
    item = await _read(tx, item_id, item_code, entry[1] if entry else None)
    if len(memory.items) >= REMEMBERED_MAX:
        memory.items.clear()
        memory.ids_by_code.clear()
    memory.items[item.item_id] = (time.monotonic(), item)
    memory.ids_by_code[item.guide.item_code] = item.item_id
    return item


async def _read(
    tx: Transaction, item_id: UUID | None, item_code: str | None, seen: KnownItem | None
) -> KnownItem:
    named = (
        known_items.c.item_id == item_id
        if item_id is not None
        else known_items.c.item_code == item_code
    )
    heads = await tx.all(
        select(
            known_items.c.item_id,
            known_items.c.item_version_id,
            known_items.c.version,
            known_items.c.state,
            moved_items.c.closes_at,
            moved_items.c.moved_to,
        )
        .outerjoin(
            moved_items,
            and_(moved_items.c.item_id == known_items.c.item_id, moved_items.c.is_open.is_(False)),
        )
        .where(named)
        # Several items may carry one code (domain.md 1.2): one in force is preferred, then the newest.
        .order_by(known_items.c.state, known_items.c.known_at.desc())
        .limit(1)
    )
    if not heads:
        raise ItemUnknownError
    head = heads[0]
    if seen is not None and (seen.item_id, seen.version, seen.state) == (
        head.item_id,
        head.version,
        head.state,
    ):
        return replace(seen, closes_at=head.closes_at, moved_to=_places(head.moved_to))
    guide = await tx.scalar(
        select(known_items.c.guide).where(known_items.c.item_id == head.item_id)
    )
    if guide is None and head.moved_to:
        raise ItemMovedError(_places(head.moved_to))
    if guide is None:
        raise ItemWithdrawnError
    return KnownItem(
        item_id=head.item_id,
        item_version_id=head.item_version_id,
        version=head.version,
        state=head.state,
        guide=Guide.model_validate(guide),
        closes_at=head.closes_at,
        moved_to=_places(head.moved_to),
    )


def _places(kept: Sequence[dict[str, Any]] | None) -> tuple[NewPlace, ...]:
    return tuple(NewPlace(**{**each, "item_id": UUID(each["item_id"])}) for each in kept or ())


async def keep_move(
    tx: Transaction,
    *,
    item_id: UUID,
    adjustment_id: UUID,
    closes_at: datetime,
    places: Sequence[NewPlace],
) -> None:
    """An item closes at an instant because its power moves; of two adjustments the later one counts."""
    values = {
        "adjustment_id": adjustment_id,
        "closes_at": closes_at,
        "moved_to": [{**asdict(place), "item_id": str(place.item_id)} for place in places],
        "is_open": False,
        "told_at": tx.now,
    }
    statement = insert(moved_items).values(item_id=item_id, **values)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[moved_items.c.item_id],
            set_=values,
            where=moved_items.c.closes_at <= closes_at,
        )
    )
    _forget(tx, item_id)


async def drop_moves(tx: Transaction, *, adjustment_id: UUID) -> None:
    """What was announced is called off."""
    gone = delete(moved_items).where(moved_items.c.adjustment_id == adjustment_id)
    for row in await tx.all(gone.returning(moved_items.c.item_id)):
        _forget(tx, row.item_id)


async def reopen(tx: Transaction, item_id: UUID, *, adjustment_id: UUID, at: datetime) -> None:
    """An item that takes applications from this instant on: what closed it before holds no longer."""
    values = {
        "adjustment_id": adjustment_id,
        "closes_at": at,
        "moved_to": [],
        "is_open": True,
        "told_at": tx.now,
    }
    statement = insert(moved_items).values(item_id=item_id, **values)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[moved_items.c.item_id],
            set_=values,
            where=moved_items.c.closes_at < at,
        )
    )
    _forget(tx, item_id)


@dataclass(frozen=True, kw_only=True)
class Published:
    """A version of an item's guide that is public."""

    item_id: UUID
    item_version_id: UUID
    version: int
    guide: Guide


async def keep_published(tx: Transaction, published: Sequence[Published]) -> None:
    """Keep published versions, the newest of each item; one that is not newer than what is known changes nothing."""
    newest = {each.item_id: each for each in sorted(published, key=lambda one: one.version)}
    # In one order, so that two processes never wait for each other.
    rows = [
        {
            "item_id": item_id,
            "item_code": each.guide.item_code,
            "item_version_id": each.item_version_id,
            "version": each.version,
            "state": "published",
            "guide": JsonText(each.guide.model_dump_json()),
            "known_at": tx.now,
        }
        for item_id, each in sorted(newest.items())
    ]
    await tx.insert_many(known_items, rows, keys=("item_id",), newer="version")
    for item_id in newest:
        _forget(tx, item_id)


async def keep_withdrawn(
    tx: Transaction, *, item_id: UUID, item_version_id: UUID, version: int
) -> None:
    """Keep a withdrawal, also one that came before its version was told."""
    state = {"state": "withdrawn", "version": version, "known_at": tx.now}
    statement = insert(known_items).values(
        item_id=item_id, item_code="", item_version_id=item_version_id, guide=None, **state
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[known_items.c.item_id],
            set_=state,
            where=known_items.c.version <= version,
        )
    )
    _forget(tx, item_id)


def _forget(tx: Transaction, item_id: UUID) -> None:
    memory = _memories.get(tx.engine)
    if memory is not None:
        memory.items.pop(item_id, None)
