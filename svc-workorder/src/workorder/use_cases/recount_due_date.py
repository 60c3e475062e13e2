from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.applications import (
    add_application_step,
    find_application,
    store_application,
)
from workorder.repository.calendar import clock_rules


async def recount_due_date(application_id: UUID, tx: Transaction) -> bool:
    """Count one due date again from its ledger on the calendar as it is now. False when nothing changed."""
    rules = await clock_rules(tx)
    application = await find_application(tx, application_id)
    if application is None or not application.recount(at=tx.now, rules=rules):
        return False
    store_application(tx, application)
    add_application_step(tx, application, step="due-date-recounted", reason="节假日安排公布，重新计算")
    return True
