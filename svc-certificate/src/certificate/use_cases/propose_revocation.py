from dataclasses import dataclass
from uuid import UUID

from certificate.domain.revocation import Revocation, RevocationKind, RevocationPendingError
from certificate.repository.certificates import (
    add_certificate_step,
    add_revocation,
    get_certificate,
    has_pending_revocation,
)
from chassis.ids import new_id
from chassis.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class ProposeRevocation:
    certificate_id: UUID
    kind: RevocationKind
    reason_code: str
    reason: str
    legal_basis: str


async def propose_revocation(command: ProposeRevocation, tx: Transaction) -> Revocation:
    """Propose to end a certificate; nothing changes for its holder until another person approves."""
    certificate = await get_certificate(tx, command.certificate_id)
    certificate.require_kept_by(tx.principal.department)
    certificate.require_valid(tx.now)
    if await has_pending_revocation(tx, certificate.id):
        raise RevocationPendingError
    revocation = Revocation.propose(
        id=new_id(),
        certificate_id=certificate.id,
        kind=command.kind,
        reason_code=command.reason_code,
        known_reasons=frozenset(await tx.rule("revocation-reasons")),
        reason=command.reason,
        legal_basis=command.legal_basis,
        by=tx.principal.subject,
        at=tx.now,
    )
    add_revocation(tx, revocation)
    add_certificate_step(
        tx, certificate, step="revocation-proposed", reason=f"{command.reason_code}：待批准"
    )
    return revocation
