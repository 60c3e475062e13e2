"""Whether a deadline is what it is counted from: a due date from its ledger, a wait from when its state was entered, a
ruling from when it was asked for; counted again, and compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from chassis.clock import CITY_ZONE
from workorder.domain.application import Application
from workorder.domain.clock import ClockRules, Due, Stop
from workorder.domain.part_returns import is_told_late
from workorder.domain.returns import Return
from workorder.domain.work_order import WorkOrder


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing in which the books and the ledger do not agree, in two languages."""

    code: str
    zh: str
    en: str
    column: Literal["due_on", "wait_until", "rule_by"] = "due_on"


def differences_of_order(order: WorkOrder, rules: ClockRules) -> list[Difference]:
    """What differs of an order whose clock runs; nothing where it does not."""
    if not order.is_clock_running:
        return []
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


def wait_differences(
    work: WorkOrder | Application, counted: Sequence[datetime | None]
) -> list[Difference]:
    """Whether it waits in its state as long as it may: until the first of `counted`, or another that is right too.

    What was told to be over waits for nothing any more; what came from before waits were counted never did.
    """
    if not work.is_wait_running or work.wait_until in counted:
        return []
    kept, right = _minute(work.wait_until), _minute(counted[0])
    return [
        Difference(
            code="wait-differs",
            zh=f"本环节等待期限为 {kept}，按流程应为 {right or '（无期限）'}",
            en=f"Waits in its state until {kept}; by its process until {right or 'ever'}",
            column="wait_until",
        )
    ]


def ruling_differences(
    asked: Return, counted: Sequence[datetime], at: datetime
) -> list[Difference]:
    """Whether the ruling on an open return of a part is awaited until the first of `counted`, or another right one, and
    will be told when it is late. What was told to be late is over.
    """
    if is_told_late(asked, at):
        return []
    if asked.rule_by not in counted:
        kept, right = _minute(asked.rule_by), _minute(counted[0])
        zh = f"{asked.department} 协办退单的裁定期限为 {kept or '（空）'}，按流程应为 {right}"
        en = f"The ruling for {asked.department} is due by {kept or 'no time'}; by its process by {right}"
        return [Difference(code="ruling-date-differs", zh=zh, en=en, column="rule_by")]
    if asked.alarm_at == asked.rule_by:
        return []
    zh = f"{asked.department} 协办退单的裁定逾期提醒时间为 {_minute(asked.alarm_at) or '（空）'}，与裁定期限不符"
    en = f"When the ruling for {asked.department} is told to be late is not when it is"
    return [Difference(code="ruling-alarm-differs", zh=zh, en=en, column="rule_by")]


def _minute(at: datetime | None) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


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
