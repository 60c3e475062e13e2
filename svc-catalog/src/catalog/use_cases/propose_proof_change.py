from dataclasses import dataclass
from datetime import date

from catalog.domain.proofs import (
    ChangeKind,
    ChangeOpenError,
    ChangeState,
    ProofChange,
    Ruling,
    check_day,
    check_kind,
    check_ruling,
)
from catalog.repository.proofs import (
    add_change,
    add_proof_step,
    get_proof,
    has_open_change,
    raise_version,
)
from chassis.clock import local_date
from chassis.ids import new_id
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class ProposeProofChange:
    code: str
    kind: ChangeKind
    ruling: Ruling
    effective_from: date
    reason: str


async def propose_proof_change(command: ProposeProofChange, tx: Transaction) -> ProofChange:
    """Propose to cancel a proof (取消), or to reinstate one by law (恢复); a second person confirms it."""
    check_day(command.effective_from, local_date(tx.now))
    check_ruling(command.ruling)
    proof_id, status, version = await get_proof(tx, command.code, on=command.effective_from)
    if await has_open_change(tx, proof_id):
        raise ChangeOpenError
    check_kind(command.kind, status)
    change = ProofChange(
        id=new_id(),
        proof_id=proof_id,
        kind=command.kind,
        state=ChangeState.PROPOSED,
        ruling=command.ruling,
        effective_from=command.effective_from,
        reason=command.reason,
        proposed_by=tx.principal.subject,
        proposed_at=tx.now,
    )
    add_change(tx, change)
    raise_version(tx, proof_id, version)
    step = f"{command.kind}-proposed"
    add_proof_step(tx, proof_id, step=step, state=status, reason=command.reason)
    return change
