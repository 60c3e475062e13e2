from typing import Literal
from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.applications import (
    add_application_step,
    find_application,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    get_work_order,
    store_work_order,
)

RECOUNT = "recount-due-dates"
"""The kind of the job that does it for all open work."""
STEP, REASON = "due-date-recounted", "节假日安排公布，重新计算"


async def recount_due_date(
    kind: Literal["application", "work-order"], work_id: UUID, tx: Transaction
) -> bool:
    """Count one due date again from its ledger on the calendar as it is now. False when nothing changed."""
    rules = await clock_rules(tx)
    if kind == "work-order":
        order = await get_work_order(tx, work_id)
        if order.recount(at=tx.now, rules=rules):
            store_work_order(tx, order)
            add_work_order_step(tx, order, step=STEP, reason=REASON)
            return True
        return False
    application = await find_application(tx, work_id)
    if application is None or not application.recount(at=tx.now, rules=rules):
        return False
    store_application(tx, application)
    add_application_step(tx, application, step=STEP, reason=REASON)
    return True
