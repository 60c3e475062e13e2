from dataclasses import dataclass
from uuid import UUID

from certificate.domain.certificate import Certificate
from certificate.domain.keeping import NotAReceiverError
from certificate.repository.certificates import (
    add_certificate_step,
    get_certificate,
    has_pending_revocation,
    store_certificate,
)
from certificate.repository.keeping import may_hand_over, note_uses_kept, words_of
from chassis.errors import ConflictError
from chassis.transaction import Transaction


class RevocationUndecidedError(ConflictError):
    code = "revocation-undecided"
    title_zh = "该证照有待批准的吊销或注销，请先作出决定，再移交"
    title_en = "A proposal to end it is not decided; decide it first, then hand it over"


@dataclass(frozen=True, kw_only=True)
class HandOverCertificate:
    certificate_id: UUID
    department: str
    reason: str


async def hand_over_certificate(command: HandOverCertificate, tx: Transaction) -> Certificate:
    """Who keeps a certificate passes it to a department that received its power, or back to whom it came from."""
    certificate = await get_certificate(tx, command.certificate_id)
    certificate.require_kept_by(tx.principal.department)
    if await has_pending_revocation(tx, certificate.id):
        raise RevocationUndecidedError
    keeper = await may_hand_over(tx, tx.principal.department, command.department)
    if keeper is None:
        raise NotAReceiverError
    giver = certificate.keeper_name
    certificate.hand_over(keeper, tx.now)
    store_certificate(tx, certificate)
    await note_uses_kept(tx, certificate.id, keeper.department)
    words = f"{words_of(giver, keeper)}：{command.reason}"
    add_certificate_step(tx, certificate, step="handed-over", reason=words)
    return certificate
