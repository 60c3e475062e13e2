"""Whoever reported says more while it is open: whoever has the order is told that there is more to read."""

from chassis.transaction import Transaction
from workorder.domain.process.engine import StepLimitError, StepRefusedError, StepStateError
from workorder.domain.work_order import WorkOrder
from workorder.stepping import advance

URGE = "urge"
URGED = "反映人补充了情况，请查看办理经过"


async def urge_to_read(tx: Transaction, order: WorkOrder) -> None:
    """As its process allows: urged as often as may be, or where nobody waits, the note alone says it."""
    try:
        await advance(tx, order, URGE, actor=None, form={"reason": URGED})
    except (StepStateError, StepRefusedError, StepLimitError):
        return
