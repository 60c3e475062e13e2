from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem
from workorder.domain.item import NewPlace
from workorder.repository.known_items import keep_move, reopen


@dataclass(frozen=True, kw_only=True)
class NoteMove:
    adjustment_id: UUID
    items: tuple[MovedItem, ...]
    effective_at: datetime
    is_in_force: bool
    """False: announced. Old items close by the clock; nothing opens before it has happened."""


async def note_move(command: NoteMove, tx: Transaction) -> None:
    """A power moves (职权调整): from that instant the old items refuse, saying where to apply, and the new ones take in."""
    places: dict[UUID, list[NewPlace]] = defaultdict(list)
    for item in command.items:
        if item.from_item_id is None or item.from_item_id == item.to_item_id:
            continue
        there = places[item.from_item_id]
        if item.to_item_id is not None:
            there.append(_place(item, item.to_item_id))
    for item_id in sorted(places):
        await keep_move(
            tx,
            item_id=item_id,
            adjustment_id=command.adjustment_id,
            closes_at=command.effective_at,
            places=places[item_id],
        )
    if not command.is_in_force:
        return
    opened = {item.to_item_id for item in command.items if item.to_item_id is not None}
    for item_id in sorted(opened - set(places)):
        await reopen(tx, item_id, adjustment_id=command.adjustment_id, at=command.effective_at)


def _place(item: MovedItem, item_id: UUID) -> NewPlace:
    return NewPlace(
        item_id=item_id,
        item_code=item.to_item_code or "",
        department=item.to_department,
        department_name=item.to_department_name or item.to_department,
    )
