from dataclasses import dataclass
from uuid import UUID

from chassis.errors import ForbiddenError
from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationCorrectionRequested
from workorder.domain.application import Application
from workorder.domain.process.engine import NotYourStepError
from workorder.proceeding import procedure_of
from workorder.repository.applications import (
    add_application_step,
    get_application,
    store_application,
)
from workorder.tellings import tell_of_application


class OtherStageError(ForbiddenError):
    """Before acceptance the window asks, after it the reviewer does."""

    code = "other-stage"
    title_zh = "受理前由窗口人员告知补正，受理后由审批人员告知补正"
    title_en = "Before acceptance the clerk asks for corrections, after it the reviewer does"


@dataclass(frozen=True, kw_only=True)
class RequestCorrection:
    application_id: UUID
    material_codes: tuple[str, ...]
    reason: str


async def request_correction(command: RequestCorrection, tx: Transaction) -> Application:
    """补正: everything missing is named at once; the clock stands still until it is corrected."""
    application = await get_application(tx, command.application_id)
    form = {"material_codes": list(command.material_codes), "reason": command.reason}
    procedure = await procedure_of(tx, application, form)
    try:
        application.request_correction(
            procedure, material_codes=command.material_codes, reason=command.reason
        )
    except NotYourStepError as error:
        raise OtherStageError from error
    store_application(tx, application, reason=command.reason)
    add_application_step(tx, application, step="correction-requested", reason=command.reason)
    fact = ApplicationCorrectionRequested(
        application_id=application.id,
        number=application.number,
        material_codes=command.material_codes,
        requested_at=tx.now,
    )
    tell_of_application(tx, application, fact)
    return application
