from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationAccepted
from workorder.domain.application import Application
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


async def accept_application(application_id: UUID, tx: Transaction) -> Application:
    """受理: the promised clock (承诺时限) runs from here."""
    application = await get_application(tx, application_id)
    application.accept(await procedure_of(tx, application))
    store_application(tx, application)
    add_application_step(tx, application, step="accepted", reason="予以受理")
    assert application.due_on is not None
    fact = ApplicationAccepted(
        application_id=application.id,
        number=application.number,
        item_code=application.item_code,
        applicant_id=application.applicant_id,
        accepted_at=tx.now,
        due_on=application.due_on,
        due_is_provisional=application.due_is_provisional,
    )
    tell_of_application(tx, application, fact)
    return application
