from uuid import UUID

from catalog.domain.adjustments import TO_RECEIVERS, Adjustment
from catalog.domain.moving import moved_code
from catalog.domain.powers import Power
from catalog.repository.adjustments import (
    MovedGuide,
    add_guide,
    add_step,
    check_government,
    get_adjustment,
    guides_of,
    store_adjustment,
)
from catalog.repository.moving import linked_items, published_on_line, published_place
from catalog.repository.moving_facts import announced_items
from catalog.repository.powers import get_power
from catalog.tellings_of_powers import tell_announced
from chassis.ids import new_id
from chassis.transaction import Transaction


async def publish_adjustment(adjustment_id: UUID, reason: str, tx: Transaction) -> Adjustment:
    """公布: the adjustment is public, what will move is fixed and announced, and its minute is waited for."""
    adjustment = await get_adjustment(tx, adjustment_id)
    # The giver publishes what was approved, or its government does; a receiver sees it and does neither.
    if adjustment.department != tx.principal.department:
        check_government(tx, adjustment)
    adjustment.publish(at=tx.now)
    power = None
    if adjustment.power_id is not None:
        power = await get_power(tx, adjustment.power_id)
        if adjustment.kind != "take-back":
            power.check_in_force()
        if adjustment.kind in TO_RECEIVERS:
            await _prepare(adjustment, power, tx)
    store_adjustment(tx, adjustment)
    add_step(tx, adjustment, step="published", reason=reason)
    await tx.flush()
    tell_announced(tx, adjustment, await announced_items(tx, adjustment, power))
    return adjustment


async def _prepare(adjustment: Adjustment, power: Power, tx: Transaction) -> None:
    """Give every item that moves its successor at every receiver, so that its id is known before the minute comes."""
    drafted = {
        (guide.from_item_id, guide.department) for guide in await guides_of(tx, adjustment.id)
    }
    for item_id in await linked_items(tx, power.content):
        place = await published_place(tx, item_id)
        assert place is not None, "an item in force was published"
        for party in adjustment.receivers:
            receiver = party.receiver
            if (item_id, receiver.department) in drafted:
                continue
            code = moved_code(place.item_code, power.content.basic_code, receiver)
            known = await published_on_line(tx, code, receiver.division, receiver.department)
            moved = MovedGuide(
                id=new_id(),
                from_item_id=item_id,
                division=receiver.division,
                department=receiver.department,
                to_item_id=known or new_id(),
                to_item_code=code,
                guide=None,
            )
            add_guide(tx, adjustment.id, moved, by=None)
