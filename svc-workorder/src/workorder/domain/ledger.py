"""Whether a due date is what its ledger says: counted again from start, budget, extension and stops, and compared."""

from dataclasses import dataclass
from datetime import date

from workorder.domain.application import Application
from workorder.domain.clock import ClockRules, Due, Stop
from workorder.domain.work_order import WorkOrder


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing in which the books and the ledger do not agree, in two languages."""

    code: str
    zh: str
    en: str


def differences_of_order(order: WorkOrder, rules: ClockRules) -> list[Difference]:
    """What differs of an order whose clock runs."""
    if order.clock_started_on is None or order.clock_started_at is None:
        return [
            Difference(
                code="clock-not-started",
                zh="时钟在走，但没有起算日期",
                en="The clock runs and has no start",
            )
        ]
    due = order.reckoned(rules)
    found = _due_differs(order.due_on, due)
    if not found and order.due_at != due.at:
        found.append(
            Difference(
                code="due-instant-differs",
                zh=f"到期时刻为 {order.due_at}，按台账应为 {due.at}",
                en=f"Due at {order.due_at}; by the ledger {due.at}",
            )
        )
    found += _open_stops(order.stops)
    found += [
        Difference(
            code="task-due-date-differs",
            zh=f"协办单位 {task.department} 的到期日为 {task.due_on}，工单为 {order.due_on}",
            en=f"The part of {task.department} is due on {task.due_on}, the order on {order.due_on}",
        )
        for task in order.tasks
        if task.done_at is None and task.due_on != order.due_on
    ]
    return found


def differences_of_application(application: Application, rules: ClockRules) -> list[Difference]:
    """What differs of an application in which a date is promised."""
    due = application.reckoned(rules)
    if due is None:
        return []
    return _due_differs(application.due_on, due) + _open_stops(application.stops)


def _due_differs(kept: date | None, due: Due) -> list[Difference]:
    if kept == due.on:
        return []
    return [
        Difference(
            code="due-date-differs",
            zh=f"到期日为 {kept or '（空）'}，按台账应为 {due.on}",
            en=f"Due on {kept}; by the ledger {due.on}",
        )
    ]


def _open_stops(stops: list[Stop]) -> list[Difference]:
    return [
        Difference(
            code="stop-still-open",
            zh=f"台账中自 {stop.started_on} 起的停表没有结束，而时钟在走",
            en=f"The stop of {stop.started_on} has no end, and the clock runs",
        )
        for stop in stops
        if stop.ended_on is None
    ]
