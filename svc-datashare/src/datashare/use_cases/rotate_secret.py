from dataclasses import replace

from chassis.transaction import Transaction
from datashare.domain.partner import Partner
from datashare.repository import add_step, store_secret


async def rotate_secret(
    partner: Partner, *, secret_hash: str, reason: str, tx: Transaction
) -> Partner:
    """A new secret in the place of the old one (更换密钥), which ends at once."""
    version = store_secret(tx, partner, secret_hash)
    add_step(tx, "partner", partner.id, step="secret-rotated", state=partner.state, reason=reason)
    return replace(partner, secret_hash=secret_hash, version=version)
