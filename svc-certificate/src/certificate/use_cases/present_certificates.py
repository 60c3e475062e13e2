from dataclasses import dataclass, field
from uuid import UUID

from certificate.domain.presentation import (
    CertificateNotHeldError,
    NothingToShowError,
    Presentation,
)
from certificate.repository.certificates import add_presentation, valid_certificates
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.certificate import PresentationConsented


@dataclass(frozen=True, kw_only=True)
class PresentCertificates:
    code: str = field(repr=False)
    holder_id: UUID
    certificate_types: tuple[str, ...]
    certificate_ids: tuple[UUID, ...]
    purpose: str
    item_code: str


async def present_certificates(command: PresentCertificates, tx: Transaction) -> Presentation:
    """Consent to show certificates (亮证): for one purpose, one item, once, for a short time."""
    presentation = Presentation.consent(
        id=new_id(),
        holder_id=command.holder_id,
        purpose=command.purpose,
        item_code=command.item_code,
        certificate_ids=await _chosen(command, tx),
        at=tx.now,
        seconds=await tx.rule("presentation-seconds"),
    )
    add_presentation(tx, presentation, code=command.code)
    tx.tell(
        PresentationConsented(
            presentation_id=presentation.id,
            holder_id=presentation.holder_id,
            purpose=presentation.purpose,
            item_code=presentation.item_code,
            expires_at=presentation.expires_at,
        ),
        aggregate_id=presentation.id,
        sequence=presentation.version,
    )
    return presentation


async def _chosen(command: PresentCertificates, tx: Transaction) -> tuple[UUID, ...]:
    """The valid certificates meant; each id and each type named must be held, or nothing is shown."""
    if not (command.certificate_ids or command.certificate_types):
        raise NothingToShowError
    chosen: dict[UUID, None] = {}
    if command.certificate_ids:
        held = await valid_certificates(tx, command.holder_id, ids=command.certificate_ids)
        if {each.id for each in held} != set(command.certificate_ids):
            raise CertificateNotHeldError
        chosen.update(dict.fromkeys(command.certificate_ids))
    if command.certificate_types:
        held = await valid_certificates(tx, command.holder_id, types=command.certificate_types)
        newest = {each.type_code: each.id for each in reversed(held)}
        if set(newest) != set(command.certificate_types):
            raise CertificateNotHeldError
        chosen.update(dict.fromkeys(newest.values()))
    return tuple(chosen)
