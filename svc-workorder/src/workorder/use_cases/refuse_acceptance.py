from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)


async def refuse_acceptance(application_id: UUID, reason: str, tx: Transaction) -> Application:
    """不予受理, with the reason told to the applicant; it ends here."""
    application = await get_application(tx, application_id)
    application.refuse_acceptance(await procedure_of(tx, application, {"reason": reason}))
    store_application(tx, application)
    add_application_step(tx, application, step="not-accepted", reason=reason)
    return application
