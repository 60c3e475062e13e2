from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationSuspended
from workorder.domain.application import Application
from workorder.domain.clock import StopKind
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


@dataclass(frozen=True, kw_only=True)
class SuspendApplication:
    application_id: UUID
    procedure: StopKind
    reason: str
    until: date | None


async def suspend_application(command: SuspendApplication, tx: Transaction) -> Application:
    """A special procedure (特别程序) stops the clock; the applicant is told why and until when."""
    application = await get_application(tx, command.application_id)
    form = {
        "procedure": command.procedure,
        "reason": command.reason,
        "until": command.until.isoformat() if command.until else None,
    }
    application.suspend(await procedure_of(tx, application, form))
    store_application(tx, application, reason=command.reason)
    add_application_step(tx, application, step="suspended", reason=command.reason)
    fact = ApplicationSuspended(
        application_id=application.id,
        number=application.number,
        procedure=command.procedure,
        suspended_at=tx.now,
    )
    tell_of_application(tx, application, fact)
    return application
