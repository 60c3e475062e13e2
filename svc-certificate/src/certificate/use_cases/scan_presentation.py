from certificate.domain.certificate import Certificate, CertificateNotValidError, CertificateType
from certificate.domain.presentation import Presentation
from certificate.repository.certificates import (
    add_use,
    get_presentation_by_code,
    get_type,
    store_presentation,
    valid_certificates,
)
from chassis.transaction import Transaction

Shown = list[tuple[Certificate, CertificateType]]


async def scan_presentation(code: str, tx: Transaction) -> tuple[Presentation, Shown]:
    """Read a shown code at the window, once; the holder sees which window's department looked."""
    presentation = await get_presentation_by_code(tx, code)
    presentation.scan(at=tx.now)
    store_presentation(tx, presentation)
    held = await valid_certificates(tx, presentation.holder_id, ids=presentation.certificate_ids)
    if not held:
        raise CertificateNotValidError
    shown: Shown = []
    for certificate in held:
        type = await get_type(tx, certificate.type_code)
        shown.append((certificate, type))
        add_use(
            tx,
            certificate_id=certificate.id,
            certificate_name=type.name,
            holder_id=certificate.holder_id,
            department=certificate.department,
            keepers=certificate.keepers,
            way="scan",
            used_by_department=tx.principal.department or tx.principal.place,
            purpose=presentation.purpose,
            item_code=presentation.item_code,
            fields=("holder_name", "holder_number", "valid_until"),
        )
    return presentation, shown
