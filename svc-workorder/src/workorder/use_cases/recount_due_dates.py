from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis.clock import CITY_ZONE
from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.domain.clock import ClockRules
from workorder.domain.process.definition import State
from workorder.domain.work_order import WorkOrder
from workorder.repository.applications import (
    add_application_step,
    lock_applications,
    store_application,
)
from workorder.repository.calendar import clock_rules
from workorder.repository.processes import Process, process_of
from workorder.repository.waits import RuleVersions, entered_at_of, rule_versions, values_at
from workorder.repository.work_orders import (
    add_work_order_step,
    lock_work_orders,
    store_work_order,
)

RECOUNT = "recount-due-dates"
"""The kind of the job that does it for all open work."""
STEP, REASON = "due-date-recounted", "节假日安排公布，重新计算"
WAIT_STEP = "wait-recounted"


@dataclass(frozen=True, kw_only=True)
class RecountDueDates:
    kind: Literal["application", "work-order"]
    ids: Sequence[UUID]
    reason: str = REASON


async def recount_due_dates(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    """Count due dates and running waits again on the calendar as it is now; returns the work of which any moved.

    A due date is counted from its ledger, a wait from when its state was entered, with the rules that held then.
    Each that moved has a step that says from when to when; its next alarm moves with it.
    """
    rules = await clock_rules(tx)
    if command.kind == "work-order":
        return await _recount_orders(command, tx, rules)
    return await _recount_applications(command, tx, rules)


async def _recount_orders(
    command: RecountDueDates, tx: Transaction, rules: ClockRules
) -> set[UUID]:
    moved: set[UUID] = set()
    orders = await lock_work_orders(tx, command.ids)
    waits = await _Waits.of(tx, orders)
    for order in orders:
        due_on, wait_until = order.due_on, order.wait_until
        has_moved = order.recount(at=tx.now, rules=rules)
        state, since = waits.state_of(order), order.entered_at
        values = waits.values_at(since) if since else {}
        waits_otherwise = state is not None and order.recount_wait(
            state, values=values, rules=rules
        )
        if not has_moved and not waits_otherwise:
            continue
        store_work_order(tx, order)
        if has_moved:
            words = _words(command.reason, due_on, order.due_on)
            add_work_order_step(tx, order, step=STEP, reason=words)
        if waits_otherwise:
            words = _wait_words(command.reason, wait_until, order.wait_until)
            add_work_order_step(tx, order, step=WAIT_STEP, reason=words)
        moved.add(order.id)
    return moved


async def _recount_applications(
    command: RecountDueDates, tx: Transaction, rules: ClockRules
) -> set[UUID]:
    moved: set[UUID] = set()
    applications = await lock_applications(tx, command.ids)
    entered = await entered_at_of(tx, [each.id for each in applications])
    waits = await _Waits.of(tx, applications)
    for application in applications:
        due_on, wait_until = application.due_on, application.wait_until
        has_moved = application.recount(at=tx.now, rules=rules)
        state, since = waits.state_of(application), entered[application.id]
        waits_otherwise = state is not None and application.recount_wait(
            state, entered_at=since, values=waits.values_at(since), rules=rules
        )
        if not has_moved and not waits_otherwise:
            continue
        store_application(tx, application)
        if has_moved:
            words = _words(command.reason, due_on, application.due_on)
            add_application_step(tx, application, step=STEP, reason=words)
        if waits_otherwise:
            words = _wait_words(command.reason, wait_until, application.wait_until)
            add_application_step(tx, application, step=WAIT_STEP, reason=words)
        moved.add(application.id)
    return moved


class _Waits:
    """What the waits of some works are counted by: the definitions they run on, and every version of their rules."""

    def __init__(self, processes: dict[tuple[str, int], Process], versions: RuleVersions) -> None:
        self._processes = processes
        self._versions = versions

    @classmethod
    async def of(cls, tx: Transaction, works: Sequence[WorkOrder | Application]) -> "_Waits":
        used = {(each.process, each.process_version) for each in works}
        processes = {key: await process_of(tx, *key) for key in sorted(used)}
        codes = {code for each in processes.values() for code in each.definition.rules}
        return cls(processes, await rule_versions(tx, sorted(codes)))

    def state_of(self, work: WorkOrder | Application) -> State | None:
        """The present state as the work's own version has it."""
        process = self._processes[(work.process, work.process_version)]
        return process.definition.states_by_code.get(work.state)

    def values_at(self, at: datetime) -> dict[str, object]:
        return values_at(self._versions, at)


def _words(reason: str, before: date | None, after: date | None) -> str:
    if before == after:
        return f"{reason}：到期日 {after} 不变"
    return f"{reason}：到期日 {before} → {after}"


def _wait_words(reason: str, before: datetime | None, after: datetime | None) -> str:
    return f"{reason}：本环节等待期限 {_minute(before)} → {_minute(after)}"


def _minute(at: datetime | None) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else "无"
