from uuid import UUID

from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_delivered


async def deliver_application(application_id: UUID, reason: str, tx: Transaction) -> Application:
    """送达 by the window: the applicant holds every result."""
    application = await get_application(tx, application_id)
    application.deliver(await procedure_of(tx, application, {"reason": reason}))
    store_application(tx, application)
    add_application_step(tx, application, step="delivered", reason=reason or "窗口送达")
    tell_delivered(tx, application)
    return application
