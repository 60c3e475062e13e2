from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.open311 import NOTED, Open311Error, Update
from workorder.repository.open311 import add_note, first_note, keep_digest, update_digest
from workorder.repository.work_orders import get_work_order
from workorder.supplementing import urge_to_read


async def note_open311_update(tx: Transaction, work_order_id: UUID, update: Update) -> UUID:
    """Whoever reported says more while it is open: a note of the order, and whoever has it is told.

    Merged into another, the order that leads has the note too: its handlers read that one. Returns the note's id;
    sent again by the same sender within the minutes of `open311-repeat-minutes` it is the first one's, and nothing is
    noted twice. Raises Open311Error when it is closed.
    """
    order = await get_work_order(tx, work_order_id)
    digest = update_digest(tx, update)
    # The order is held: of two that come at once the second finds the first.
    first = await first_note(tx, order, digest, minutes=await tx.rule("open311-repeat-minutes"))
    if first is not None:
        return first
    if order.is_closed:
        raise Open311Error(
            400, "the request is closed; report it again 已办结，如仍有问题请重新反映"
        )
    note_id = add_note(tx, order, step=NOTED, said=update.note)
    await keep_digest(tx, order, digest, note_id)
    if order.merged_into is not None:
        order = await get_work_order(tx, order.merged_into)
        add_note(tx, order, step=NOTED, said=update.note)
    await urge_to_read(tx, order)
    return note_id
