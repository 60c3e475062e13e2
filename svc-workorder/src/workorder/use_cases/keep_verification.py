from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.notices import get_endpoint, hold_or_release, store_endpoint


async def keep_verification(endpoint_id: UUID, trouble: str, tx: Transaction, *, url: str) -> None:
    """What came of a challenge: the endpoint is active when it said it back; `trouble` says why not. A challenge to an
    address (`url`) that was changed meanwhile says nothing.
    """
    row = await get_endpoint(tx, endpoint_id)
    if row.url != url or row.state == "off":
        return
    if trouble:
        state = row.state if row.state == "disabled" else "unverified"
        store_endpoint(
            tx,
            row,
            step="verification-failed",
            state=state,
            reason=trouble,
            trouble=trouble,
            verify_at=None,
        )
        return
    store_endpoint(
        tx,
        row,
        step="verified",
        state="active",
        reason="已回应验证",
        trouble="",
        verify_at=None,
        verified_at=tx.now,
        failing_since=None,
    )
    await hold_or_release(tx, endpoint_id, is_held=False)
