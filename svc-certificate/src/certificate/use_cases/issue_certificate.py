from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from certificate.domain.certificate import Certificate
from certificate.domain.keeping import Keeper
from certificate.repository.certificates import (
    add_certificate_step,
    add_seal_use,
    get_certificate,
    seal_id_of,
    store_certificate,
)
from certificate.repository.keeping import has_moves_from, keeper_of_type, words_of
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.certificate import CertificateIssued, SealUsed

PURPOSE = "签发电子证照"


@dataclass(frozen=True, kw_only=True)
class IssueCertificate:
    certificate_id: UUID
    pdf_sha256: str
    issued_at: datetime


async def issue_certificate(command: IssueCertificate, tx: Transaction) -> Certificate:
    """The document is made and kept: the certificate is valid from now on, and everybody is told, once.

    Raises CertificateNotDraftError when another worker was faster.
    """
    certificate = await get_certificate(tx, command.certificate_id)
    certificate.issue(pdf_sha256=command.pdf_sha256, at=command.issued_at)
    giver, keeper = certificate.keeper_name, await _keeper_by_now(certificate, tx)
    seal_id = await seal_id_of(tx, certificate.department)
    store_certificate(tx, certificate)
    add_certificate_step(tx, certificate, step="issued", reason="用印并签发")
    if keeper is not None:
        add_certificate_step(tx, certificate, step="taken-over", reason=words_of(giver, keeper))
    _tell_issued(certificate, tx)
    _note_seal(certificate, seal_id, command.pdf_sha256, tx)
    return certificate


async def _keeper_by_now(certificate: Certificate, tx: Transaction) -> Keeper | None:
    """What was in flight when the power moved is issued where it began, and passes to the receiver with that."""
    if not await has_moves_from(tx, certificate.department):
        return None
    keeper = await keeper_of_type(
        tx,
        type_code=certificate.type_code,
        department=certificate.department,
        division=certificate.division,
    )
    if keeper is not None:
        certificate.pass_to(keeper)
    return keeper


def _tell_issued(certificate: Certificate, tx: Transaction) -> None:
    assert certificate.issued_at is not None
    tx.tell(
        CertificateIssued(
            certificate_id=certificate.id,
            type_code=certificate.type_code,
            holder_id=certificate.holder_id,
            application_id=certificate.application_id,
            issued_at=certificate.issued_at,
            valid_until=certificate.valid_until,
        ),
        aggregate_id=certificate.id,
        sequence=certificate.version,
        division=certificate.division,
        department=certificate.department,
    )


def _note_seal(certificate: Certificate, seal_id: UUID, sha256: str, tx: Transaction) -> None:
    use_id = new_id()
    add_seal_use(
        tx,
        id=use_id,
        seal_id=seal_id,
        certificate_id=certificate.id,
        sha256=sha256,
        purpose=PURPOSE,
    )
    tx.tell(
        SealUsed(
            seal_id=seal_id,
            document_sha256=sha256,
            purpose=PURPOSE,
            certificate_id=certificate.id,
            used_at=tx.now,
        ),
        aggregate_id=use_id,
        sequence=1,
        division=certificate.division,
        department=certificate.department,
    )
