from dataclasses import dataclass

from chassis.ids import new_id
from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.events.evaluation import RatingGiven
from contracts.vocabulary import RatingLevel
from evaluation.domain.rating import Rating
from evaluation.repository import (
    add_rating,
    add_rating_step,
    store_invitation,
    take_invitation_by_code,
)


@dataclass(frozen=True, kw_only=True)
class GiveRating:
    code: str
    level: RatingLevel
    reason_codes: tuple[str, ...]
    comment: str | None


async def give_rating(command: GiveRating, tx: Transaction) -> Rating:
    """Use an invitation for one rating (评分); a bad one asks the engine for a rectification, by being told."""
    invitation = await take_invitation_by_code(tx, command.code)
    invitation.use(at=tx.now)
    rating = Rating.give(
        id=new_id(),
        invitation_id=invitation.id,
        rated=invitation.rated,
        level=command.level,
        reason_codes=command.reason_codes,
        known_reasons=frozenset(await tx.rule("bad-rating-reasons")),
        at=tx.now,
        comment_masked=mask_text(command.comment) if command.comment else None,
    )
    store_invitation(tx, invitation)
    add_rating(tx, rating, comment=command.comment)
    add_rating_step(tx, rating, step="given", reason="评价人提交")
    tx.tell(
        RatingGiven(
            rating_id=rating.id,
            invitation_id=invitation.id,
            rated_kind=rating.rated.kind,
            rated_id=rating.rated.id,
            rater_id=rating.rated.applicant_id,
            item_code=rating.rated.item_code,
            level=rating.level,
            is_bad=rating.level.is_bad,
            reason_codes=rating.reason_codes,
            given_at=rating.given_at,
        ),
        aggregate_id=rating.id,
        sequence=rating.version,
        division=rating.rated.division,
        department=rating.rated.department,
    )
    return rating
