from chassis.transaction import Transaction
from contracts.events.catalog import FindingClosed
from contracts.vocabulary import ClosingOutcome
from workorder.following import follow
from workorder.repository.work_orders import keep_settled, order_of_finding

SETTLED = {
    "mended": ClosingOutcome.SOLVED,
    "accepted": ClosingOutcome.EXPLAINED,
    "withdrawn": ClosingOutcome.WITHDRAWN,
}
"""How a finding ended whose correction was never opened."""


async def close_correction(fact: FindingClosed, tx: Transaction) -> None:
    """The end of a finding closes its correction, by the step that the correction's process names for it.

    Told before its begin, it is kept.
    """
    order = await order_of_finding(tx, fact.finding_id)
    if order is None:
        outcome = SETTLED[fact.outcome]
        await keep_settled(tx, fact.finding_id, outcome=outcome, closed_at=fact.closed_at)
        return
    if not order.is_closed:
        await follow(tx, order, fact)
