from dataclasses import dataclass
from uuid import UUID

from chassis.errors import ForbiddenError
from chassis.ids import new_id
from chassis.transaction import Transaction
from contracts.events.workorder import ApplicationCorrectionRequested
from contracts.vocabulary import Role
from workorder.domain.application import Application, ApplicationState
from workorder.repository.applications import (
    add_application_step,
    add_stop,
    get_application,
    store_application,
)
from workorder.repository.calendar import clock_rules
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
    rules = await clock_rules(tx)
    application = await get_application(tx, command.application_id)
    asker = Role.CLERK if application.state is ApplicationState.SUBMITTED else Role.REVIEWER
    if application.is_open and asker not in tx.principal.roles:
        raise OtherStageError
    stop = application.request_correction(
        stop_id=new_id(),
        by=tx.principal.subject,
        material_codes=command.material_codes,
        reason=command.reason,
        at=tx.now,
        rules=rules,
    )
    store_application(tx, application)
    add_stop(tx, application, stop, reason=command.reason)
    add_application_step(tx, application, step="correction-requested", reason=command.reason)
    fact = ApplicationCorrectionRequested(
        application_id=application.id,
        number=application.number,
        material_codes=command.material_codes,
        requested_at=tx.now,
    )
    tell_of_application(tx, application, fact)
    return application
