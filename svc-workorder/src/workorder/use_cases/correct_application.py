from dataclasses import dataclass
from uuid import UUID

from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationCorrected
from workorder.domain.application import Application
from workorder.domain.material import HandedIn
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    check_attachments,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


@dataclass(frozen=True, kw_only=True)
class CorrectApplication:
    application_id: UUID
    handed: tuple[HandedIn, ...]
    note: str


async def correct_application(command: CorrectApplication, tx: Transaction) -> Application:
    """The applicant hands in everything that was asked for (补正); the clock goes on."""
    application = await get_application(tx, command.application_id)
    await check_attachments(tx, tx.principal.owner_id, command.handed)
    form = {"materials": [vars(each) for each in command.handed], "note": command.note}
    application.correct(await procedure_of(tx, application, form), command.handed)
    store_application(tx, application)
    reason = command.note or "申请人已补正"
    add_application_step(tx, application, step="corrected", reason=reason)
    is_accepted = application.accepted_at is not None
    fact = ApplicationCorrected(
        application_id=application.id,
        number=application.number,
        corrected_at=tx.now,
        due_on=application.due_on if is_accepted else None,
        due_is_provisional=application.due_is_provisional,
    )
    tell_of_application(tx, application, fact)
    return application
