from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.applications import add_application_step, find_application


async def note_revocation(application_id: UUID, reason: str, tx: Transaction) -> bool:
    """A result of this application holds no longer (吊销): its history says so. False when it is not here (yet)."""
    application = await find_application(tx, application_id)
    if application is None:
        return False
    add_application_step(tx, application, step="result-revoked", reason=reason)
    return True
