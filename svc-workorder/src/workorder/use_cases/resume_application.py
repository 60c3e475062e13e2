from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationResumed
from workorder.domain.application import Application
from workorder.repository.applications import (
    add_application_step,
    end_stop,
    get_application,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.tellings import tell_of_application


async def resume_application(application_id: UUID, reason: str, tx: Transaction) -> Application:
    """The special procedure (特别程序) is over; the clock goes on."""
    rules = await clock_rules(tx)
    application = await get_application(tx, application_id)
    stop = application.resume(by=tx.principal.subject, at=tx.now, rules=rules)
    store_application(tx, application)
    end_stop(tx, stop)
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
