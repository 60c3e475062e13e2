from dataclasses import dataclass
from uuid import UUID

from chassis.masking import mask_text
from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationDecided, ApplicationResult
from contracts.vocabulary import DecisionOutcome
from workorder.domain.application import Application
from workorder.proceeding import automatic_procedure, procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_delivered, tell_of_application


@dataclass(frozen=True, kw_only=True)
class DecideApplication:
    application_id: UUID
    outcome: DecisionOutcome
    reason: str


async def decide_application(command: DecideApplication, tx: Transaction) -> Application:
    """Approve or refuse (办结决定). With nothing left to be made, it is delivered in the same step."""
    application = await get_application(tx, command.application_id)
    reason = mask_text(command.reason)
    form = {"outcome": command.outcome.value, "reason": reason}
    application.decide(
        await procedure_of(tx, application, form), outcome=command.outcome, reason=reason
    )
    add_application_step(
        tx, application, step=command.outcome.value, reason=command.reason or "准予"
    )
    tell_of_application(tx, application, _decided(application))
    if application.is_deliverable:
        application.deliver(await automatic_procedure(tx, application))
        add_application_step(tx, application, step="delivered", reason="电子送达")
        tell_delivered(tx, application)
    store_application(tx, application)
    return application


def _decided(application: Application) -> ApplicationDecided:
    assert application.outcome is not None
    assert application.decided_at is not None
    assert application.due_on is not None
    assert application.on_time is not None
    return ApplicationDecided(
        application_id=application.id,
        number=application.number,
        item_code=application.item_code,
        item_name=application.item_name,
        applicant_id=application.applicant_id,
        applicant_kind=application.applicant_kind,
        outcome=application.outcome,
        results=tuple(
            ApplicationResult(
                name=result.name,
                certificate_type=result.certificate_type,
                validity_years=result.validity_years,
            )
            for result in application.results
        ),
        decided_at=application.decided_at,
        due_on=application.due_on,
        on_time=application.on_time,
    )
