from chassis.transaction import Transaction
from datashare.domain.grant import Grant
from datashare.repository import add_step, store_grant


async def revoke_grant(grant: Grant, reason: str, tx: Transaction) -> None:
    """Take a grant back (撤销授权): from this moment on nothing is fetched under it."""
    grant.revoke()
    store_grant(tx, grant)
    add_step(tx, "grant", grant.id, step="revoked", state=grant.state, reason=reason)
