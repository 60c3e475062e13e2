from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from chassis.transaction import Transaction
from workorder.repository.applications import (
    add_application_step,
    lock_applications,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.work_orders import (
    add_work_order_step,
    lock_work_orders,
    store_work_order,
)

RECOUNT = "recount-due-dates"
"""The kind of the job that does it for all open work."""
STEP, REASON = "due-date-recounted", "节假日安排公布，重新计算"


@dataclass(frozen=True, kw_only=True)
class RecountDueDates:
    kind: Literal["application", "work-order"]
    ids: Sequence[UUID]
    reason: str = REASON


async def recount_due_dates(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    """Count due dates again from their ledgers on the calendar as it is now; returns those that moved.

    Each that moved has a step that says from when to when; its next alarm moves with it.
    """
    rules = await clock_rules(tx)
    moved: set[UUID] = set()
    if command.kind == "work-order":
        for order in await lock_work_orders(tx, command.ids):
            before = order.due_on
            if order.recount(at=tx.now, rules=rules):
                store_work_order(tx, order)
                words = _words(command.reason, before, order.due_on)
                add_work_order_step(tx, order, step=STEP, reason=words)
                moved.add(order.id)
        return moved
    for application in await lock_applications(tx, command.ids):
        before = application.due_on
        if application.recount(at=tx.now, rules=rules):
            store_application(tx, application)
            words = _words(command.reason, before, application.due_on)
            add_application_step(tx, application, step=STEP, reason=words)
            moved.add(application.id)
    return moved


def _words(reason: str, before: date | None, after: date | None) -> str:
    if before == after:
        return f"{reason}：到期日 {after} 不变"
    return f"{reason}：到期日 {before} → {after}"
