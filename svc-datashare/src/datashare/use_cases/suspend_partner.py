from dataclasses import replace

from chassis.errors import ConflictError
from chassis.transaction import Transaction
from datashare.domain.partner import Partner, PartnerState
from datashare.repository import add_step, store_partner_state


class PartnerSuspendedError(ConflictError):
    code = "partner-suspended"
    title_zh = "该合作方已停用，无需再次停用"
    title_en = "This partner was suspended already"


async def suspend_partner(partner: Partner, *, reason: str, tx: Transaction) -> Partner:
    """Shut a partner out (停用合作方): it can neither sign in nor read the feed from now on."""
    if partner.state is PartnerState.SUSPENDED:
        raise PartnerSuspendedError
    suspended = replace(partner, state=PartnerState.SUSPENDED, version=partner.version + 1)
    store_partner_state(tx, suspended)
    add_step(tx, "partner", partner.id, step="suspended", state=suspended.state, reason=reason)
    return suspended
