"""Returns of parts of joint orders (协办退单): a department that has a part which is not its business gives it back.

    part   delivered|signed ─ ask ─▶ (return open) ─ granted ─▶ returned, and another department in its place, or none
                                        ├ denied ─▶ goes on, cannot be returned again, not after a reopening either
                                        ├ taken back ─▶ goes on
                                        └ done, or the order moves off ─▶ the return ends unruled

The order stays in its state and its clock runs on, the part's too, as for a whole return (domain.md 3.3 stops no clock
for one). An open return is still owed to the lead; a returned part is not. It is no bounce of the order: the others
work on, and the coordinator's decision by force (domain.md 3.3) is about who leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis.clock import local_date
from chassis.errors import ConflictError
from workorder.domain.clock import ClockRules, wait_end
from workorder.domain.order_parts import DENIED_PARTS, PARTS, Taking, Task
from workorder.domain.process.definition import Asks, Definition
from workorder.domain.process.engine import Way, amount_of
from workorder.domain.returns import Return, asked_return
from workorder.domain.waiting import CALENDAR_UNITS

if TYPE_CHECKING:
    from workorder.domain.work_order import WorkOrder

RETURNED = "returned"
RULING_LATE, RULING_RECOUNTED = "ruling-late", "ruling-recounted"
"""Words of the history about rulings on parts, kept by the service itself: what departments pass on, callers do not see."""


class NoPartReturnError(ConflictError):
    code = "no-part-return"
    title_zh = "该单位没有待裁定的协办退单，请刷新后查看"
    title_en = "That department has no return of its part to rule on; read the order again"


class PartTakenError(ConflictError):
    code = "part-taken"
    title_zh = "该单位已在办理此工单，请另选协办单位，或不指定"
    title_en = "That department works on this order already; name another, or none"


def part_readings(
    order: WorkOrder, department: str, *, at: datetime, rules: ClockRules
) -> dict[str, Any]:
    """What conditions read of a department's own part (`part.x`); empty when it has none."""
    part = open_part(order, department)
    if part is None:
        return {}
    since = local_date(part.delivered_at or part.sent_at)
    return {
        "is_signed": part.signed_at is not None,
        "is_returning": part.return_asked_at is not None,
        "is_return_denied": part.is_return_denied,
        "days_since_sent": rules.calendar.between(since, local_date(at)),
    }


def open_part(order: WorkOrder, department: str) -> Task | None:
    """The part beside the lead's that a department still works on."""
    return next(
        (
            task
            for task in order.tasks
            if task.department == department and not task.is_lead and task.done_at is None
        ),
        None,
    )


def ask_part_return(order: WorkOrder, taking: Taking) -> None:
    part = _part_of(order, taking.department)
    part.return_asked_at = taking.at
    duty = taking.form.get("duty_id")
    asked = asked_return(order, taking, part.department)
    asked.task_id, asked.duty_id = part.id, UUID(duty) if duty else None


def take_part_return_back(order: WorkOrder, taking: Taking) -> None:
    part = _part_of(order, taking.department)
    _open_return(order, part).withdraw(by=taking.by, at=taking.at)
    part.return_asked_at = None


def grant_part_return(order: WorkOrder, taking: Taking) -> None:
    """The part is closed as returned; another department gets one of its own in its place, where one is named."""
    part = _part_of(order, taking.form["co_department"])
    asked = _open_return(order, part)
    replacement = taking.form.get("replacement", "")
    if replacement in {order.department, *order.co_departments}:
        raise PartTakenError
    _rule(asked, taking, granted=True, decided_department=replacement)
    part.state, part.done_at, part.return_asked_at = RETURNED, taking.at, None
    order.co_departments = [each for each in order.co_departments if each != part.department]
    order.counts = {**order.counts, PARTS: order.counts.get(PARTS, 0) + 1}
    if replacement:
        order.co_departments = [*order.co_departments, replacement]
        order.tasks = [*order.tasks, _new_part(order, replacement, taking)]


def deny_part_return(order: WorkOrder, taking: Taking) -> None:
    """It is theirs: the part goes on, and this department returns none of this order again."""
    part = _part_of(order, taking.form["co_department"])
    _rule(_open_return(order, part), taking, granted=False, decided_department="")
    part.return_asked_at, part.is_return_denied = None, True
    denied = {*order.facts.get(DENIED_PARTS, ()), part.department}
    order.facts = {**order.facts, DENIED_PARTS: sorted(denied)}


def follow_returns(order: WorkOrder, way: Way, taking: Taking) -> None:
    """After a step's effects: a new return gets who rules and by when; one whose part is left ends unruled."""
    parts = {task.id: task for task in order.tasks}
    for each in order.returns:
        if each.task_id is None or not each.is_open:
            continue
        part = parts.get(each.task_id)
        if way.to.is_final or part is None or part.done_at is not None:
            each.withdraw(by=taking.by, at=taking.at)
            if part is not None:
                part.return_asked_at = None
        elif each.is_new and way.step.asks is not None:
            asks = way.step.asks
            each.waits_for, each.asked_step = asks.owner, way.step.code
            each.rule_by = counted_ruling(
                order, each, asks, values=taking.values, rules=taking.clock_rules
            )
            each.alarm_at = each.rule_by


def asks_of(definition: Definition, asked: Return) -> Asks | None:
    """The question that a return puts: that of the step by which it was asked.

    Where that is not known, or the order runs on another version by now, of a step that asks the same owner.
    """
    asking = {step.code: step.asks for step in definition.steps if step.asks is not None}
    same = (each for each in asking.values() if each.owner == asked.waits_for)
    return asking.get(asked.asked_step) or next(same, None)


def counted_ruling(
    order: WorkOrder, asked: Return, asks: Asks, *, values: Mapping[str, Any], rules: ClockRules
) -> datetime:
    """The first instant at which ruling on it is late, from when it was asked. `values`: rules as they held then."""
    work = {"type": order.type, "urgency": order.urgency}
    amount = amount_of(asks.limit, values, work)
    return wait_end(asks.limit.unit, amount, asked.asked_at, rules, division=order.division)


def is_told_late(asked: Return, at: datetime) -> bool:
    """Whether it was told that nobody ruled in time: that stays told."""
    return asked.alarm_at is None and asked.rule_by is not None and asked.rule_by <= at


def recount_ruling(
    order: WorkOrder,
    asked: Return,
    asks: Asks,
    *,
    at: datetime,
    values: Mapping[str, Any],
    rules: ClockRules,
    whole: bool,
) -> bool:
    """Count again by when a ruling on an open return of a part is late; False when nothing changed.

    Not `whole`: only where a newer calendar has a say in it. What was told to be late stays told.
    """
    is_due = not is_told_late(asked, at)
    if not whole:
        is_due = asked.alarm_at is not None and asks.limit.unit in CALENDAR_UNITS
    if not is_due:
        return False
    end = counted_ruling(order, asked, asks, values=values, rules=rules)
    if asked.rule_by == end == asked.alarm_at:
        return False
    asked.rule_by = asked.alarm_at = end
    asked.is_recounted = True
    order.version += 1
    return True


def _part_of(order: WorkOrder, department: str) -> Task:
    part = open_part(order, department)
    if part is None:
        raise NoPartReturnError
    return part


def _open_return(order: WorkOrder, part: Task) -> Return:
    asked = next((each for each in order.returns if each.task_id == part.id and each.is_open), None)
    if asked is None:
        raise NoPartReturnError
    return asked


def _rule(asked: Return, taking: Taking, *, granted: bool, decided_department: str) -> None:
    asked.rule(
        granted=granted,
        by=taking.by,
        at=taking.at,
        ruling=taking.form["reason"],
        decided_department=decided_department,
    )


def _new_part(order: WorkOrder, department: str, taking: Taking) -> Task:
    is_remote = department in taking.remote
    return Task(
        id=taking.make_id(),
        department=department,
        division=order.division,
        is_lead=False,
        state="sent" if is_remote else "delivered",
        sent_at=taking.at,
        delivered_at=None if is_remote else taking.at,
        round=order.round,
        due_on=order.due_on,
        is_return_denied=department in order.facts.get(DENIED_PARTS, ()),
    )
