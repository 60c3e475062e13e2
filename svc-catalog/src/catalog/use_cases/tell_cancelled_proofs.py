from sqlalchemy import func, select, update

from catalog.tables.proofs import proof_periods, proofs
from chassis.clock import local_date
from chassis.transaction import Transaction
from contracts.events.catalog import ProofCancelled

PIECE_PROOFS = 200


async def tell_cancelled_proofs(tx: Transaction) -> int:
    """Tell the cancellations whose day has come, a bounded number at a time; returns how many.

    One whose period is over before anybody told it was never in effect for a reader, and is passed over.
    """
    period = proof_periods.c
    due = await tx.all(
        select(proofs, proof_periods.c.id.label("period_id"), period.stands_in, period.valid_from)
        .join(proofs, proofs.c.id == period.proof_id)
        .where(
            period.told_at.is_(None),
            period.status == "cancelled",
            period.valid_from <= local_date(tx.now),
        )
        .order_by(period.valid_from, period.id)
        .limit(PIECE_PROOFS)
        .with_for_update(of=proof_periods, skip_locked=True)
    )
    for row in due:
        tx.tell(
            ProofCancelled(
                proof_id=row.id,
                proof_code=row.code,
                stands_in=row.stands_in,
                effective_from=row.valid_from,
            ),
            aggregate_id=row.id,
            sequence=row.version,
            division=row.division,
            department=row.department,
        )
    ids = [row.period_id for row in due]
    if ids:
        told = update(proof_periods).where(period.id == func.any(ids)).values(told_at=tx.now)
        await tx.execute(told)
    return len(due)
