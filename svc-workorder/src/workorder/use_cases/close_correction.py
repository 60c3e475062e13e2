from chassis.transaction import Transaction
from contracts.events.catalog import FindingClosed
from contracts.vocabulary import ClosingOutcome
from workorder.domain.work_order import WorkOrderState
from workorder.repository.work_orders import (
    add_work_order_step,
    keep_settled,
    order_of_finding,
    store_work_order,
)
from workorder.tellings import tell_closed

OUTCOMES = {
    "mended": (ClosingOutcome.SOLVED, "审计复查已整改"),
    "accepted": (ClosingOutcome.EXPLAINED, "经认可为合法差异"),
    "withdrawn": (ClosingOutcome.WITHDRAWN, "事项已停办或规则已停用"),
}


async def close_correction(fact: FindingClosed, tx: Transaction) -> None:
    """The end of a finding closes its correction; closed is not always solved. Told before its begin, it is kept."""
    outcome, words = OUTCOMES[fact.outcome]
    order = await order_of_finding(tx, fact.finding_id)
    if order is None:
        await keep_settled(tx, fact.finding_id, outcome=outcome, closed_at=fact.closed_at)
        return
    if order.state is WorkOrderState.CLOSED:
        return
    order.settle(outcome=outcome, at=fact.closed_at)
    store_work_order(tx, order)
    add_work_order_step(tx, order, step="settled", reason=words)
    tell_closed(tx, order)
