from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationWithdrawn
from workorder.domain.application import Application
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


async def withdraw_application(application_id: UUID, reason: str, tx: Transaction) -> Application:
    """撤回: the applicant takes it back, until it is decided."""
    application = await get_application(tx, application_id)
    application.withdraw(await procedure_of(tx, application, {"reason": reason}))
    store_application(tx, application)
    add_application_step(tx, application, step="withdrawn", reason=reason or "申请人撤回")
    fact = ApplicationWithdrawn(
        application_id=application.id, number=application.number, withdrawn_at=tx.now
    )
    tell_of_application(tx, application, fact)
    return application
