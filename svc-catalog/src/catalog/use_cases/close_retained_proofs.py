from catalog.repository.audit import MENDED, close_findings
from catalog.repository.cancelled_proofs import of_retained
from chassis.clock import local_date
from chassis.transaction import Transaction

PIECE_FINDINGS = 400


async def close_retained_proofs(tx: Transaction) -> int:
    """Close findings about proofs that may be demanded again, a bounded number at a time; returns how many."""
    rows = await of_retained(tx, local_date(tx.now), limit=PIECE_FINDINGS)
    reason = "该证明已恢复保留，可以要求提交"
    await close_findings(tx, rows, outcome=MENDED, reason=reason)
    return len(rows)
