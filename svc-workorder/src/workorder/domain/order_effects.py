"""What steps change of an order beside its state and clock: the vocabulary of effects that definitions use.

Names and the form fields that each needs stand in domain/process/definition.py, so that a definition can be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from contracts.vocabulary import ClosingOutcome
from workorder.domain.order_parts import DENIED_PARTS, Taking, Task
from workorder.domain.part_returns import (
    ask_part_return,
    deny_part_return,
    grant_part_return,
    take_part_return_back,
)
from workorder.domain.returns import asked_return

if TYPE_CHECKING:
    from workorder.domain.work_order import WorkOrder

CREDIT_CODE_CHARACTERS = 18
OPENS_PARTS = frozenset({"assign", "city-leads", "new-round", "task-reopen"})
"""Effects by which departments get a part of an order: whether each has it yet is asked then."""


def open_tasks(order: WorkOrder, departments: Sequence[str], taking: Taking) -> None:
    """A part for each department, the lead's first; who has no system of its own has it at once."""
    _cancel_parts(order, taking)
    order.tasks += [
        Task(
            id=taking.make_id(),
            department=department,
            division=order.division,
            is_lead=place == 0,
            state="sent" if department in taking.remote else "delivered",
            sent_at=taking.at,
            delivered_at=None if department in taking.remote else taking.at,
            round=order.round,
            is_return_denied=place > 0 and department in order.facts.get(DENIED_PARTS, ()),
        )
        for place, department in enumerate(departments)
    ]


def _cancel_parts(order: WorkOrder, taking: Taking) -> None:
    """Nobody works on their part any more; what was done stays."""
    for task in order.tasks:
        if task.done_at is None:
            task.state, task.done_at = "cancelled", taking.at


def _assign(order: WorkOrder, taking: Taking) -> None:
    form = taking.form
    order.department = form["department"]
    order.division = form.get("division") or order.division
    order.co_departments = [
        each for each in form.get("co_departments", ()) if each != order.department
    ]
    order.dispatched_at, order.signed_at, order.assignee = taking.at, None, None
    order.sign_by = None
    _cancel_parts(order, taking)
    if order.co_departments:
        open_tasks(order, [order.department, *order.co_departments], taking)


def _city_leads(order: WorkOrder, taking: Taking) -> None:
    """A city department leads where its duty overlaps with a county's (domain.md 3.3); what was meant is kept."""
    departments = [order.department, *order.co_departments]
    lead = next((each for each in departments if is_of_city(each)), order.department)
    if is_of_city(order.department) or lead == order.department:
        return
    order.facts = {**order.facts, "lead_moved_from": order.department}
    order.department = lead
    order.co_departments = [each for each in departments if each != lead]
    _cancel_parts(order, taking)
    order.tasks = [task for task in order.tasks if task.stored_version]
    open_tasks(order, [lead, *order.co_departments], taking)


def is_of_city(department: str) -> bool:
    """Whether a department's code (统一社会信用代码, GB 32100: division in places 3 to 8) is of a city or above."""
    division = department[2:8]
    return len(department) == CREDIT_CODE_CHARACTERS and division.isdigit() and division[4:] == "00"


def _release(order: WorkOrder, taking: Taking) -> None:
    order.department, order.co_departments = "", []
    order.dispatched_at, order.signed_at, order.assignee = None, None, None
    _cancel_parts(order, taking)


def _sign(order: WorkOrder, taking: Taking) -> None:
    order.signed_at, order.assignee = taking.at, taking.by


def _take(order: WorkOrder, taking: Taking) -> None:
    order.assignee = taking.by


def _hand_over(order: WorkOrder, taking: Taking) -> None:
    order.assignee = taking.form["assignee"]


def _reply(order: WorkOrder, taking: Taking) -> None:
    order.reply, order.replied_at = taking.form["text"], taking.at
    order.outcome = ClosingOutcome(taking.form["outcome"])
    order.on_time = order.on_time and not order.is_late(taking.at)
    for task in order.tasks:
        if task.is_lead and task.done_at is None:
            task.state, task.done_at, task.outcome = "done", taking.at, order.outcome


def _reviewed(order: WorkOrder, taking: Taking) -> None:
    order.reviewed_at = taking.at


def _visit(order: WorkOrder, taking: Taking) -> None:
    order.visited_at = taking.at
    order.satisfied = taking.form["satisfied"]
    order.solved = taking.form.get("solved", order.satisfied)
    order.satisfaction = taking.form.get("satisfaction")


def _new_round(order: WorkOrder, taking: Taking) -> None:
    order.round += 1
    order.reviewed_at = None
    if order.co_departments:
        open_tasks(order, [order.department, *order.co_departments], taking)


def _deny_return(order: WorkOrder, taking: Taking) -> None:
    del taking
    order.is_return_denied = True


def _ask_return(order: WorkOrder, taking: Taking) -> None:
    asked_return(order, taking, order.department)


def _rule_return(order: WorkOrder, taking: Taking) -> None:
    """Granted or not as the form says; where somebody names a department, granted unless it is the same again."""
    asked = next((each for each in order.returns if each.task_id is None and each.is_open), None)
    if asked is None:
        return
    decided = taking.form.get("department", "")
    asked.rule(
        granted=taking.form.get("granted", decided != asked.department),
        by=taking.by,
        at=taking.at,
        ruling=taking.form["reason"],
        decided_department=decided,
    )


def _supervise(order: WorkOrder, taking: Taking) -> None:
    del taking
    order.is_supervised = True


def _end_supervision(order: WorkOrder, taking: Taking) -> None:
    del taking
    order.is_supervised = False


def _urgency(order: WorkOrder, taking: Taking) -> None:
    order.urgency = taking.form["urgency"]


def _category(order: WorkOrder, taking: Taking) -> None:
    order.category = taking.form.get("category") or order.category


def _beside(order: WorkOrder, taking: Taking) -> None:
    """Kept in a book of its own (workorder/learning.py); the order stays as it is."""


def _exempt(order: WorkOrder, taking: Taking) -> None:
    """`ground` none takes it back."""
    order.exclude_from_satisfaction = taking.form["ground"] != "none"


def _approved(order: WorkOrder, taking: Taking) -> None:
    """The head lets the reply go: that is when the department replied."""
    order.replied_at = taking.at
    order.on_time = order.on_time and not order.is_late(taking.at)


def _repeat(order: WorkOrder, taking: Taking) -> None:
    order.repeat_of = UUID(taking.form["of"])


def _no_repeat(order: WorkOrder, taking: Taking) -> None:
    del taking
    order.repeat_of = None


def _follow_lead(order: WorkOrder, taking: Taking) -> None:
    """The order that it was merged into has ended: its reply is this caller's too."""
    form = taking.form
    order.department, order.division = form["department"], form["division"]
    _reply(order, taking)


def _outcome(order: WorkOrder, taking: Taking) -> None:
    order.outcome = ClosingOutcome(taking.form["outcome"])


def _ended_as(outcome: ClosingOutcome) -> Callable[[WorkOrder, Taking], None]:
    def end(order: WorkOrder, taking: Taking) -> None:
        del taking
        order.outcome = outcome

    return end


def _explained(order: WorkOrder, taking: Taking) -> None:
    order.outcome = ClosingOutcome.EXPLAINED
    order.reply, order.replied_at = taking.form["text"], taking.at


def _merge(order: WorkOrder, taking: Taking) -> None:
    _cancel_parts(order, taking)
    order.merged_into = UUID(taking.form["into"])


def _unmerge(order: WorkOrder, taking: Taking) -> None:
    del taking
    order.merged_into, order.outcome = None, None


def _task_of(order: WorkOrder, taking: Taking) -> Task:
    return next(
        task
        for task in order.tasks
        if task.department == taking.department and not task.is_lead and task.done_at is None
    )


def _task_sign(order: WorkOrder, taking: Taking) -> None:
    task = _task_of(order, taking)
    task.state, task.signed_at = "signed", taking.at
    task.row_version += 1


def _task_done(order: WorkOrder, taking: Taking) -> None:
    task = _task_of(order, taking)
    task.state, task.done_at = "done", taking.at
    task.outcome, task.reply = taking.form.get("outcome"), taking.form["text"]
    task.row_version += 1


def _task_reopen(order: WorkOrder, taking: Taking) -> None:
    open_tasks(order, [order.department, *order.co_departments], taking)


def _keep(order: WorkOrder, taking: Taking) -> None:
    order.facts = {**order.facts, **taking.form}


def _close_own(order: WorkOrder, taking: Taking) -> None:
    order.on_time = not order.is_late(taking.at)


EFFECTS: dict[str, Callable[[WorkOrder, Taking], None]] = {
    "assign": _assign,
    "release": _release,
    "sign": _sign,
    "take": _take,
    "hand-over": _hand_over,
    "reply": _reply,
    "reviewed": _reviewed,
    "visit": _visit,
    "new-round": _new_round,
    "deny-return": _deny_return,
    "supervise": _supervise,
    "end-supervision": _end_supervision,
    "ask-return": _ask_return,
    "rule-return": _rule_return,
    "city-leads": _city_leads,
    "urgency": _urgency,
    "category": _category,
    "cite": _beside,
    "exempt": _exempt,
    "approved": _approved,
    "repeat": _repeat,
    "no-repeat": _no_repeat,
    "follow-lead": _follow_lead,
    "outcome": _outcome,
    "unsolved": _ended_as(ClosingOutcome.UNSOLVED),
    "withdrawn": _ended_as(ClosingOutcome.WITHDRAWN),
    "explained": _explained,
    "merge": _merge,
    "unmerge": _unmerge,
    "task-sign": _task_sign,
    "task-done": _task_done,
    "task-reopen": _task_reopen,
    "ask-part-return": ask_part_return,
    "take-part-return-back": take_part_return_back,
    "grant-part-return": grant_part_return,
    "deny-part-return": deny_part_return,
    "keep": _keep,
    "close-own": _close_own,
}
