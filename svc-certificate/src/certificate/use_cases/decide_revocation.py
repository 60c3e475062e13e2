from dataclasses import dataclass
from uuid import UUID

from certificate.domain.certificate import Certificate, CertificateState
from certificate.domain.revocation import Revocation
from certificate.repository.certificates import (
    add_certificate_step,
    get_certificate,
    get_revocation,
    store_certificate,
    store_revocation,
)
from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.events.certificate import CertificateRevoked
from contracts.vocabulary import CertificateStatus


@dataclass(frozen=True, kw_only=True)
class DecideRevocation:
    certificate_id: UUID
    revocation_id: UUID
    approve: bool
    reason: str | None


async def decide_revocation(command: DecideRevocation, tx: Transaction) -> Revocation:
    """Approve or decline a proposal; approved, the certificate ends at once and everybody is told."""
    certificate = await get_certificate(tx, command.certificate_id)
    certificate.require_kept_by(tx.principal.department)
    revocation = await get_revocation(tx, command.certificate_id, command.revocation_id)
    revocation.decide(approve=command.approve, by=tx.principal.subject, at=tx.now)
    store_revocation(tx, revocation)
    said = f"，{mask_text(command.reason)}" if command.reason else ""
    if not command.approve:
        add_certificate_step(tx, certificate, step="revocation-declined", reason=f"不予批准{said}")
        return revocation
    certificate.end(CertificateState(revocation.kind))
    store_certificate(tx, certificate)
    add_certificate_step(
        tx, certificate, step=revocation.kind, reason=f"{revocation.reason_code}：已批准{said}"
    )
    _tell_revoked(certificate, revocation, tx)
    return revocation


def _tell_revoked(certificate: Certificate, revocation: Revocation, tx: Transaction) -> None:
    tx.tell(
        CertificateRevoked(
            certificate_id=certificate.id,
            type_code=certificate.type_code,
            holder_id=certificate.holder_id,
            application_id=certificate.application_id,
            status=CertificateStatus(certificate.state.value),
            reason_code=revocation.reason_code,
            revoked_at=tx.now,
        ),
        aggregate_id=certificate.id,
        sequence=certificate.version,
        division=certificate.division,
        department=certificate.department,
    )
