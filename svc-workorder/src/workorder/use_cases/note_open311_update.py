from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.open311 import NOTED, Open311Error, Update
from workorder.domain.process.engine import (
    StepLimitError,
    StepRefusedError,
    StepStateError,
)
from workorder.domain.work_order import WorkOrder
from workorder.repository.open311 import add_note
from workorder.repository.work_orders import get_work_order
from workorder.stepping import advance

URGE = "urge"
"""Who has the order is told that there is more to read."""
URGED = "反映人补充了情况，请查看办理经过"


async def note_open311_update(tx: Transaction, work_order_id: UUID, update: Update) -> UUID:
    """Whoever reported says more while it is open: a note of the order, and whoever has it is told.

    Merged into another, the order that leads has the note too: its handlers read that one. Returns the note's id;
    raises Open311Error when it is closed.
    """
    order = await get_work_order(tx, work_order_id)
    if order.is_closed:
        raise Open311Error(
            400, "the request is closed; report it again 已办结，如仍有问题请重新反映"
        )
    note_id = add_note(tx, order, step=NOTED, said=update.note)
    if order.merged_into is not None:
        order = await get_work_order(tx, order.merged_into)
        add_note(tx, order, step=NOTED, said=update.note)
    await _urge(tx, order)
    return note_id


async def _urge(tx: Transaction, order: WorkOrder) -> None:
    """As its process allows: urged as often as may be, or where nobody waits, the note alone says it."""
    try:
        await advance(tx, order, URGE, actor=None, form={"reason": URGED})
    except (StepStateError, StepRefusedError, StepLimitError):
        return
