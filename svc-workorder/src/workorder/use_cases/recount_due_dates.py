from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from chassis.clock import CITY_ZONE
from chassis.transaction import Transaction
from workorder.domain.application import Application
from workorder.domain.clock import ClockRules
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
    if command.kind == "work-order":
        return await _recount_orders(command, tx)
    return await _recount_applications(command, tx)


async def _recount_orders(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    moved: set[UUID] = set()
    orders = await lock_work_orders(tx, command.ids)
    count = await _Count.of(tx, orders, reason=command.reason)
    for order in orders:
        steps = count.again(order, entered_at=order.entered_at)
        if steps:
            moved.add(order.id)
            store_work_order(tx, order)
        for step, words in steps:
            add_work_order_step(tx, order, step=step, reason=words)
    return moved


async def _recount_applications(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    moved: set[UUID] = set()
    applications = await lock_applications(tx, command.ids)
    entered = await entered_at_of(tx, [each.id for each in applications])
    count = await _Count.of(tx, applications, reason=command.reason)
    for application in applications:
        steps = count.again(application, entered_at=entered[application.id])
        if steps:
            moved.add(application.id)
            store_application(tx, application)
        for step, words in steps:
            add_application_step(tx, application, step=step, reason=words)
    return moved


@dataclass(frozen=True, kw_only=True)
class _Count:
    """What some works are counted again by: the clock, the definitions they run on, every version of their rules."""

    at: datetime
    rules: ClockRules
    reason: str
    processes: Mapping[tuple[str, int], Process]
    versions: RuleVersions

    @classmethod
    async def of(
        cls, tx: Transaction, works: Sequence[WorkOrder | Application], *, reason: str
    ) -> Self:
        used = {(each.process, each.process_version) for each in works}
        processes = {key: await process_of(tx, *key) for key in sorted(used)}
        codes = {code for each in processes.values() for code in each.definition.rules}
        return cls(
            at=tx.now,
            rules=await clock_rules(tx),
            reason=reason,
            processes=processes,
            versions=await rule_versions(tx, sorted(codes)),
        )

    def again(
        self, work: WorkOrder | Application, *, entered_at: datetime | None
    ) -> list[tuple[str, str]]:
        """The steps to be kept, with their words, of what moved; `entered_at`: the present state, None: unknown."""
        due_on, wait_until = work.due_on, work.wait_until
        steps = []
        if work.recount(at=self.at, rules=self.rules):
            steps.append((STEP, _words(self.reason, due_on, work.due_on)))
        process = self.processes[(work.process, work.process_version)]
        state = process.definition.states_by_code.get(work.state)
        if state is None or entered_at is None:
            return steps
        values = values_at(self.versions, entered_at)
        if work.recount_wait(state, entered_at=entered_at, values=values, rules=self.rules):
            steps.append((WAIT_STEP, _wait_words(self.reason, wait_until, work.wait_until)))
        return steps


def _words(reason: str, before: date | None, after: date | None) -> str:
    if before == after:
        return f"{reason}：到期日 {after} 不变"
    return f"{reason}：到期日 {before} → {after}"


def _wait_words(reason: str, before: datetime | None, after: datetime | None) -> str:
    return f"{reason}：本环节等待期限 {_minute(before)} → {_minute(after)}"


def _minute(at: datetime | None) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else "无"
