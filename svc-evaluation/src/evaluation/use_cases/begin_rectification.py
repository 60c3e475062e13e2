from uuid import UUID

from chassis.transaction import Transaction
from evaluation.domain.rating import Rating
from evaluation.repository import add_rating_step, get_rating, store_rating
from evaluation.tellings import tell_rating_changed


async def begin_rectification(rating_id: UUID, work_order_id: UUID, tx: Transaction) -> Rating:
    """A rectification (整改) was opened for a bad rating: the rating shows it from now on."""
    rating = await get_rating(tx, rating_id)
    if rating.begin_rectification(work_order_id=work_order_id):
        store_rating(tx, rating)
        add_rating_step(tx, rating, step="rectification-begun", reason="差评整改工单已生成")
        tell_rating_changed(tx, rating)
    elif rating.note_work_order(work_order_id=work_order_id):
        # The state stays as it is, so there is nothing to tell.
        store_rating(tx, rating)
        add_rating_step(tx, rating, step="work-order-noted", reason="整改工单编号补记")
    return rating
