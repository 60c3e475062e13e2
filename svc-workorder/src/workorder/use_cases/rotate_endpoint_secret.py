from datetime import timedelta
from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.notices import OLD_SECRET_HOURS
from workorder.repository.notices import SECRET_CONTEXT, get_endpoint, store_endpoint
from workorder.webhooks import new_secret


async def rotate_endpoint_secret(endpoint_id: UUID, reason: str, tx: Transaction) -> str:
    """A new secret, shown this once; messages carry a signature by the old one too for a day."""
    row = await get_endpoint(tx, endpoint_id)
    secret = new_secret()
    store_endpoint(
        tx,
        row,
        step="secret-rotated",
        state=row.state,
        reason=reason,
        secret_encrypted=tx.keyring.encrypt(secret, context=SECRET_CONTEXT),
        old_secret_encrypted=row.secret_encrypted,
        old_secret_until=tx.now + timedelta(hours=OLD_SECRET_HOURS),
    )
    return secret
