"""Which items an adjustment moves, as others are told."""

from sqlalchemy import select

from catalog.domain.adjustments import TO_RECEIVERS, Adjustment
from catalog.domain.powers import Power
from catalog.repository.adjustments import guides_of
from catalog.repository.moving import linked_items, published_place
from catalog.tables.powers import item_moves
from chassis.transaction import Transaction
from contracts.events.catalog import MovedItem


async def announced_items(
    tx: Transaction, adjustment: Adjustment, power: Power | None
) -> list[MovedItem]:
    """What will be told when the minute comes, as far as it concerns items that stand now."""
    if adjustment.kind in TO_RECEIVERS:
        return await moves_down(tx, adjustment)
    if adjustment.kind == "take-back":
        return await moves_back(tx, adjustment)
    if adjustment.kind == "cancel" and power is not None:
        return [
            MovedItem(from_item_id=item_id, to_item_id=None, to_division="", to_department="")
            for item_id in await linked_items(tx, power.content)
        ]
    return []


async def moves_down(tx: Transaction, adjustment: Adjustment) -> list[MovedItem]:
    names = {p.receiver.department: p.receiver.department_name for p in adjustment.parties}
    return [
        MovedItem(
            from_item_id=moved.from_item_id,
            to_item_id=moved.to_item_id,
            to_division=moved.division,
            to_department=moved.department,
            to_item_code=moved.to_item_code,
            to_department_name=names.get(moved.department, ""),
        )
        for moved in await guides_of(tx, adjustment.id)
    ]


async def moves_back(tx: Transaction, adjustment: Adjustment) -> list[MovedItem]:
    """The moves of the adjustment that is taken back, the other way round, from those it is taken from."""
    departments = {party.receiver.department for party in adjustment.receivers}
    earlier = item_moves.c.adjustment_id == adjustment.terms.takes_back
    found = []
    for row in await tx.all(select(item_moves).where(earlier).order_by(item_moves.c.id)):
        if row.from_item_id is None or row.to_item_id is None:
            continue
        there = await published_place(tx, row.to_item_id)
        if there is None or there.department not in departments:
            continue
        place = await published_place(tx, row.from_item_id)
        assert place is not None, "an item that moved was published"
        found.append(
            MovedItem(
                from_item_id=row.to_item_id,
                to_item_id=row.from_item_id,
                to_division=place.division,
                to_department=place.department,
                to_item_code=place.item_code,
                to_department_name=place.department_name,
            )
        )
    return found
