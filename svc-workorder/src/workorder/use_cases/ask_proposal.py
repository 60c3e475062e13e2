from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.proposals import NothingToProposeError, Proposed
from workorder.proposing import propose
from workorder.repository.work_orders import get_work_order


async def ask_proposal(work_order_id: UUID, tx: Transaction) -> Proposed:
    """Propose anew, by what is in force now; the earlier proposals stay. Raises NothingToProposeError."""
    order = await get_work_order(tx, work_order_id)
    proposed = await propose(tx, order, anew=True)
    if proposed is None:
        raise NothingToProposeError
    return proposed
