from uuid import UUID

from chassis.transaction import Transaction
from evaluation.domain.rating import Rating
from evaluation.repository import add_rating_step, get_rating, store_rating
from evaluation.tellings import tell_rating_changed


async def settle_rating(rating_id: UUID, *, satisfied: bool, tx: Transaction) -> Rating:
    """The rectification was closed after a visit (回访): the loop of the bad rating ends here."""
    rating = await get_rating(tx, rating_id)
    if rating.settle(satisfied=satisfied, at=tx.now):
        store_rating(tx, rating)
        reason = "整改完成，回访满意" if satisfied else "整改结束，回访仍不满意"
        add_rating_step(tx, rating, step="settled", reason=reason)
        tell_rating_changed(tx, rating)
    return rating
