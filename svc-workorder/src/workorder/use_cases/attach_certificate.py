from uuid import UUID

from chassis.transaction import Transaction
from workorder.proceeding import automatic_procedure
from workorder.repository.applications import (
    add_application_step,
    find_application,
    store_application,
)
from workorder.tellings import tell_delivered


async def attach_certificate(
    application_id: UUID, certificate_id: UUID, type_code: str, tx: Transaction
) -> bool:
    """A result (证照) was made; the last one delivers it (电子送达). False when the application is not here (yet)."""
    application = await find_application(tx, application_id)
    if application is None:
        return False
    if not application.attach_certificate(certificate_id, type_code):
        return True
    add_application_step(tx, application, step="result-made", reason=f"已签发电子证照 {type_code}")
    if application.is_deliverable:
        application.deliver(await automatic_procedure(tx, application))
        add_application_step(tx, application, step="delivered", reason="电子送达")
        tell_delivered(tx, application)
    store_application(tx, application)
    return True
