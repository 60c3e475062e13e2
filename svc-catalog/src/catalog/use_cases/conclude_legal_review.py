from uuid import UUID

from catalog.domain.adjustments import Adjustment, Review
from catalog.repository.adjustments import add_step, get_adjustment, store_adjustment
from chassis.transaction import Transaction

WORDS = {
    "passed": "通过",
    "passed-with-changes": "修改后通过",
    "rejected": "不通过",
}


async def conclude_legal_review(adjustment_id: UUID, review: Review, tx: Transaction) -> Adjustment:
    """合法性审查意见 of the city's justice bureau; never on one's own proposal."""
    adjustment = await get_adjustment(tx, adjustment_id)
    adjustment.conclude_review(review, by=tx.principal.subject, at=tx.now)
    store_adjustment(tx, adjustment)
    reason = f"{WORDS[review.conclusion]}：{review.opinion}"[:4000]
    add_step(tx, adjustment, step="reviewed", reason=reason)
    return adjustment
