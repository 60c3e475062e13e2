from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationResumed
from workorder.domain.application import Application
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


async def resume_application(application_id: UUID, reason: str, tx: Transaction) -> Application:
    """The special procedure (特别程序) is over; the clock goes on."""
    application = await get_application(tx, application_id)
    application.resume(await procedure_of(tx, application, {"reason": reason}))
    store_application(tx, application)
    add_application_step(tx, application, step="resumed", reason=reason or "特别程序结束")
    assert application.due_on is not None
    fact = ApplicationResumed(
        application_id=application.id,
        number=application.number,
        resumed_at=tx.now,
        due_on=application.due_on,
        due_is_provisional=application.due_is_provisional,
    )
    tell_of_application(tx, application, fact)
    return application
