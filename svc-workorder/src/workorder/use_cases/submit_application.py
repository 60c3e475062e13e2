from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.clock import local_date
from chassis.ids import new_id, readable_number
from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationSubmitted, NeededMaterial
from workorder.domain.application import Applicant, Application, Submission
from workorder.proceeding import new_procedure
from workorder.repository.applications import (
    add_application,
    add_application_step,
    check_attachments,
)
from workorder.repository.known_items import known_item
from workorder.tellings import tell_of_application

NUMBER_PREFIX = "SQ"


@dataclass(frozen=True, kw_only=True)
class SubmitApplication:
    item_id: UUID | None
    item_code: str | None
    applicant: Applicant
    submission: Submission
    form: dict[str, Any] | None
    contact_phone: str | None


async def submit_application(command: SubmitApplication, tx: Transaction) -> Application:
    """Hand in an application (申请). The city gathers what it already knows, by being told what is needed."""
    item = await known_item(tx, item_id=command.item_id, item_code=command.item_code)
    application = Application.submit(
        id=new_id(),
        number=readable_number(NUMBER_PREFIX, local_date(tx.now)),
        item=item,
        applicant=command.applicant,
        submission=command.submission,
        procedure=await new_procedure(tx),
    )
    await check_attachments(tx, tx.principal.owner_id, command.submission.handed)
    add_application(tx, application, form=command.form, phone=command.contact_phone)
    add_application_step(tx, application, step="submitted", reason="申请人提交")
    tell_of_application(tx, application, _submitted(application))
    return application


def _submitted(application: Application) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application.id,
        number=application.number,
        item_id=application.item_id,
        item_version_id=application.item_version_id,
        item_code=application.item_code,
        item_name=application.item_name,
        applicant_id=application.applicant_id,
        applicant_kind=application.applicant_kind,
        presentation_id=application.presentation_id,
        needed=tuple(
            NeededMaterial(
                material_code=material.code,
                certificate_type=material.certificate_type,
                data_resource=material.data_resource,
            )
            for material in application.gathering
        ),
        channel=application.channel,
        submitted_at=application.submitted_at,
    )
