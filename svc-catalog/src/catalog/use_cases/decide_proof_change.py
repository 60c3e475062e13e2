from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from catalog.domain.proofs import ProofChange
from catalog.repository.proofs import (
    add_proof_step,
    begin_period,
    get_change,
    get_proof,
    raise_version,
    store_change,
    take_period_back,
)
from chassis.clock import local_date
from chassis.transaction import Transaction

Decision = Literal["confirm", "return", "revoke"]


@dataclass(frozen=True, kw_only=True)
class DecideProofChange:
    code: str
    change_id: UUID
    decision: Decision
    reason: str


async def decide_proof_change(command: DecideProofChange, tx: Transaction) -> ProofChange:
    """Confirm a change (a second person), return it or take it back, or revoke it before its day has come."""
    today = local_date(tx.now)
    proof_id, status, version = await get_proof(tx, command.code, on=today)
    change = await get_change(tx, proof_id, command.change_id)
    by, at = tx.principal.subject, tx.now
    if command.decision == "confirm":
        change.confirm(by=by, at=at, today=today)
        await begin_period(tx, change)
    elif command.decision == "return":
        change.give_back(by=by, at=at)
    else:
        change.revoke(by=by, at=at, today=today)
        await take_period_back(tx, change)
    store_change(tx, change)
    raise_version(tx, proof_id, version)
    step = f"{change.kind}-{change.state}"
    add_proof_step(tx, proof_id, step=step, state=status, reason=command.reason)
    return change
