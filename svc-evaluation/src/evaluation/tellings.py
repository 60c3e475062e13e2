"""Facts that more than one use case tells, in one place each."""

from chassis.transaction import Transaction
from contracts.events.evaluation import RatingChanged
from evaluation.domain.rating import Rating


def tell_rating_changed(tx: Transaction, rating: Rating) -> None:
    tx.tell(
        RatingChanged(rating_id=rating.id, state=rating.state.value, changed_at=tx.now),
        aggregate_id=rating.id,
        sequence=rating.version,
        division=rating.rated.division,
        department=rating.rated.department,
    )
