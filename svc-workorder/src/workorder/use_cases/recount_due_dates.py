from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from chassis.clock import CITY_ZONE
from chassis.transaction import Transaction
from workorder.counting import Count
from workorder.domain.application import Application
from workorder.domain.part_returns import RULING_RECOUNTED, asks_of, recount_ruling
from workorder.domain.work_order import WorkOrder
from workorder.repository.applications import (
    add_application_step,
    lock_applications,
    store_application,
)
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
    whole: bool = False
    """Also what no calendar has a say in: asked for, because something was found to differ."""


async def recount_due_dates(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    """Count due dates, running waits and rulings on returned parts again on the calendar as it is now; returns the work
    of which any moved.

    A due date is counted from its ledger, a wait from when its state was entered, a ruling from when it was asked for,
    with the rules that held then. Each that moved has a step that says from when to when; its next alarm moves with it.
    """
    if command.kind == "work-order":
        return await _recount_orders(command, tx)
    return await _recount_applications(command, tx)


async def _recount_orders(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    moved: set[UUID] = set()
    orders = await lock_work_orders(tx, command.ids)
    count = await Count.of(tx, orders)
    for order in orders:
        steps = [*_again(order, count, command), *_rulings_again(order, count, command)]
        if steps:
            moved.add(order.id)
            store_work_order(tx, order)
        for step, words in steps:
            add_work_order_step(tx, order, step=step, reason=words)
    return moved


async def _recount_applications(command: RecountDueDates, tx: Transaction) -> set[UUID]:
    moved: set[UUID] = set()
    applications = await lock_applications(tx, command.ids)
    count = await Count.of(tx, applications)
    for application in applications:
        steps = _again(application, count, command)
        if steps:
            moved.add(application.id)
            store_application(tx, application)
        for step, words in steps:
            add_application_step(tx, application, step=step, reason=words)
    return moved


def _again(
    work: WorkOrder | Application, count: Count, command: RecountDueDates
) -> list[tuple[str, str]]:
    """The steps to be kept, with their words, of what moved."""
    due_on, wait_until = work.due_on, work.wait_until
    steps = []
    if work.recount(at=count.at, rules=count.rules):
        steps.append((STEP, _words(command.reason, due_on, work.due_on)))
    state, entered_at = count.state_of(work), count.entered_at(work)
    if state is None or entered_at is None:
        return steps
    has_moved = work.recount_wait(
        state,
        entered_at=entered_at,
        values=count.values_at(entered_at),
        rules=count.rules,
        whole=command.whole,
    )
    if has_moved:
        words = f"本环节等待期限 {_minute(wait_until)} → {_minute(work.wait_until)}"
        steps.append((WAIT_STEP, f"{command.reason}：{words}"))
    return steps


def _rulings_again(
    order: WorkOrder, count: Count, command: RecountDueDates
) -> list[tuple[str, str]]:
    """Likewise, of rulings that open returns of its parts wait for."""
    steps = []
    for asked in order.returns:
        before, asks = asked.rule_by, asks_of(count.definition_of(order), asked)
        if asked.task_id is None or asks is None:
            continue
        has_moved = recount_ruling(
            order,
            asked,
            asks,
            at=count.at,
            values=count.values_at(asked.asked_at),
            rules=count.rules,
            whole=command.whole,
        )
        if has_moved:
            words = (
                f"{asked.department} 协办退单裁定期限 {_minute(before)} → {_minute(asked.rule_by)}"
            )
            steps.append((RULING_RECOUNTED, f"{command.reason}：{words}"))
    return steps


def _words(reason: str, before: date | None, after: date | None) -> str:
    if before == after:
        return f"{reason}：到期日 {after} 不变"
    return f"{reason}：到期日 {before} → {after}"


def _minute(at: datetime | None) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else "无"
