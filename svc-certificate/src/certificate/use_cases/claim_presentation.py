from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from certificate.domain.certificate import Certificate, CertificateType
from certificate.domain.presentation import Presentation, RefusalReason
from certificate.repository.certificates import (
    add_use,
    find_presentation,
    get_type,
    store_presentation,
    valid_certificates,
)
from certificate.tellings import tell_refused
from chassis.transaction import Transaction
from contracts.events.certificate import Claim, PresentationClaimed


@dataclass(frozen=True, kw_only=True)
class ClaimPresentation:
    """An application asks the certificates shown for it to stand in for materials."""

    presentation_id: UUID | None
    application_id: UUID
    applicant_id: UUID
    item_code: str
    item_name: str
    needed: tuple[tuple[str, str], ...]
    """Material code and certificate type."""
    submitted_at: datetime
    division: str
    department: str


async def claim_presentation(command: ClaimPresentation, tx: Transaction) -> None:
    """用证: shown certificates stand in for materials, or it is told which are missing and why; once."""
    presentation, reason = await _usable(command, tx)
    if presentation is None or reason is not None:
        _refuse(command, tx, reason or "unknown", [code for code, _ in command.needed])
        return
    held = await valid_certificates(tx, command.applicant_id, ids=presentation.certificate_ids)
    by_type = {certificate.type_code: certificate for certificate in reversed(held)}
    found = [(code, by_type[type]) for code, type in command.needed if type in by_type]
    missing = [code for code, type in command.needed if type not in by_type]
    if found:
        presentation.claim(application_id=command.application_id)
        store_presentation(tx, presentation)
        await _tell_claimed(command, presentation, found, tx)
    else:
        presentation.refuse(application_id=command.application_id)
        store_presentation(tx, presentation)
    if missing:
        _refuse(command, tx, "no-certificate", missing)


async def _usable(
    command: ClaimPresentation, tx: Transaction
) -> tuple[Presentation | None, RefusalReason | None]:
    """The presentation when it may be claimed, else why not. A stranger's attempt does not use it up."""
    if command.presentation_id is None:
        return None, "no-presentation"
    presentation = await find_presentation(tx, command.presentation_id)
    if presentation is None:
        return None, "unknown"
    return presentation, presentation.refusal(
        holder_id=command.applicant_id, item_code=command.item_code, at=command.submitted_at
    )


async def _tell_claimed(
    command: ClaimPresentation,
    presentation: Presentation,
    found: Sequence[tuple[str, Certificate]],
    tx: Transaction,
) -> None:
    types: dict[str, CertificateType] = {}
    for _, certificate in found:
        if certificate.type_code not in types:
            types[certificate.type_code] = await get_type(tx, certificate.type_code)
            _note_use(command, presentation, certificate, types[certificate.type_code], tx)
    claims = tuple(
        Claim(
            material_code=code,
            certificate_id=certificate.id,
            certificate_type=certificate.type_code,
            fields=_field_names(types[certificate.type_code]),
        )
        for code, certificate in found
    )
    tx.tell(
        PresentationClaimed(
            presentation_id=presentation.id,
            application_id=command.application_id,
            holder_id=presentation.holder_id,
            purpose=presentation.purpose,
            item_code=presentation.item_code,
            claims=claims,
            claimed_at=tx.now,
        ),
        aggregate_id=presentation.id,
        sequence=presentation.version,
        division=command.division,
        department=command.department,
    )


def _note_use(
    command: ClaimPresentation,
    presentation: Presentation,
    certificate: Certificate,
    type: CertificateType,
    tx: Transaction,
) -> None:
    add_use(
        tx,
        certificate_id=certificate.id,
        certificate_name=type.name,
        holder_id=certificate.holder_id,
        department=certificate.department,
        keepers=certificate.keepers,
        way="application",
        used_by_department=command.department,
        purpose=presentation.purpose,
        item_code=command.item_code,
        item_name=command.item_name,
        application_id=command.application_id,
        fields=_field_names(type),
    )


def _field_names(type: CertificateType) -> tuple[str, ...]:
    return ("holder_name", "holder_number", *(name for name, _ in type.fields))


def _refuse(
    command: ClaimPresentation, tx: Transaction, reason: RefusalReason, materials: Sequence[str]
) -> None:
    tell_refused(
        tx,
        presentation_id=command.presentation_id,
        application_id=command.application_id,
        item_code=command.item_code,
        material_codes=tuple(materials),
        reason=reason,
        division=command.division,
        department=command.department,
    )
