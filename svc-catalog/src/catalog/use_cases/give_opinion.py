from dataclasses import dataclass
from uuid import UUID

from catalog.domain.adjustments import Adjustment
from catalog.repository.adjustments import (
    add_step,
    get_adjustment,
    store_adjustment,
    store_parties,
)
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class GiveOpinion:
    adjustment_id: UUID
    agrees: bool
    opinion: str


async def give_opinion(command: GiveOpinion, tx: Transaction) -> Adjustment:
    """A receiver says whether it can take the power over (承接方意见); raises NotAReceiverError."""
    adjustment = await get_adjustment(tx, command.adjustment_id)
    adjustment.give_opinion(
        tx.principal.department,
        agrees=command.agrees,
        opinion=command.opinion,
        by=tx.principal.subject,
        at=tx.now,
    )
    store_adjustment(tx, adjustment)
    store_parties(tx, adjustment)
    words = "同意承接" if command.agrees else "不同意承接"
    add_step(tx, adjustment, step="opinion-given", reason=f"{words}：{command.opinion}")
    return adjustment
