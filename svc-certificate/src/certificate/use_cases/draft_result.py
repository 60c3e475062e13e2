from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from certificate.domain.certificate import Certificate, CertificateType, Holder, Issuer
from certificate.repository.certificates import (
    add_certificate,
    add_certificate_step,
    get_type,
    has_certificate,
    keep_seal,
    valid_certificates,
)
from certificate.repository.issuers import moved_issuer
from chassis.clock import CITY_ZONE
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction

NUMBER_PREFIX = "ZZ"


@dataclass(frozen=True, kw_only=True)
class DraftResult:
    """One result of an approved application that is a certificate."""

    application_id: UUID
    application_number: str
    item_name: str
    applicant_id: UUID
    applicant_kind: Literal["person", "enterprise"]
    type_code: str
    validity_years: int | None
    division: str
    item_code: str
    department: str
    """Who decided."""
    decided_at: datetime


async def draft_result(command: DraftResult, tx: Transaction) -> Certificate | None:
    """Prepare the certificate of an approval (制证), once; None when it exists already.

    Issued by the type's department, or by the one that decided because the power behind the item moved there.
    Whose it is, is taken from the holder's own identity certificate here; without one it waits for the issuer.
    Raises TypeUnknownError while the directory lacks the type.
    """
    type = await get_type(tx, command.type_code)
    if await has_certificate(tx, command.application_id, command.type_code):
        return None
    issuer = await _issuer(command, type, tx)
    certificate = Certificate.draft(
        type,
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, tx.now.astimezone(CITY_ZONE).date()),
        holder_id=command.applicant_id,
        holder=await _known_holder(command, tx),
        fields={"item_name": command.item_name, "application_number": command.application_number},
        at=tx.now,
        division=command.division,
        application_id=command.application_id,
        validity_years=command.validity_years,
        issuer=issuer,
    )
    add_certificate(tx, certificate)
    waits = "，待补录持有人" if certificate.holder is None else ""
    by = f"，职权已调整，由{issuer.department_name}签发" if issuer is not None else ""
    add_certificate_step(
        tx, certificate, step="drafted", reason=f"办件 {command.application_number} 准予{by}{waits}"
    )
    return certificate


async def _issuer(command: DraftResult, type: CertificateType, tx: Transaction) -> Issuer | None:
    """The department to which the power of the type's department came and which decided; None: the type's own."""
    if command.department == type.department:
        return None
    issuer = await moved_issuer(
        tx,
        item_code=command.item_code,
        department=command.department,
        origin=type.department,
        at=command.decided_at,
    )
    if issuer is not None:
        await keep_seal(tx, issuer.department, issuer.department_name)
    return issuer


async def _known_holder(command: DraftResult, tx: Transaction) -> Holder | None:
    kinds = await tx.rule("identity-certificate-types")
    wanted: list[str] = list(kinds.get(command.applicant_kind, ()))
    if not wanted:
        return None
    held = await valid_certificates(tx, command.applicant_id, types=wanted)
    held.sort(key=lambda certificate: wanted.index(certificate.type_code))
    return next((certificate.holder for certificate in held if certificate.holder), None)
