from uuid import UUID

from certificate.domain.certificate import Certificate, Holder
from certificate.repository.certificates import (
    add_certificate_step,
    get_certificate,
    store_certificate,
)
from chassis.transaction import Transaction


async def name_holder(certificate_id: UUID, holder: Holder, tx: Transaction) -> Certificate:
    """Add whose certificate a waiting draft is (补录持有人); it is made from now on."""
    certificate = await get_certificate(tx, certificate_id)
    certificate.require_kept_by(tx.principal.department)
    certificate.name_holder(holder)
    store_certificate(tx, certificate)
    add_certificate_step(tx, certificate, step="holder-named", reason="签发人员补录持有人信息")
    return certificate
