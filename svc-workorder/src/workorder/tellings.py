"""Facts of this service, each told in one place."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chassis.envelope import Fact
from chassis.transaction import Transaction
from contracts.events.workorder import (
    ApplicationDelivered,
    ApplicationOverstayed,
    DeadlineEscalated,
    DeadlineMissed,
    DeadlineWarned,
    RectificationClosed,
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderEmergencyRaised,
    WorkOrderExtended,
    WorkOrderMerged,
    WorkOrderOpened,
    WorkOrderOverstayed,
    WorkOrderPartReturned,
    WorkOrderPartReturnOverstayed,
    WorkOrderPartReturnRuled,
    WorkOrderPartReturnWithdrawn,
    WorkOrderPartSent,
    WorkOrderReopened,
    WorkOrderReplied,
    WorkOrderReturned,
    WorkOrderSigned,
    WorkOrderSupervised,
    WorkOrderUrged,
)
from workorder.domain.application import PROCESS, Application
from workorder.domain.clock import ESCALATED, ClockRules, escalation_of
from workorder.domain.process.definition import Told
from workorder.domain.process.engine import Way
from workorder.domain.work_order import WorkOrder
from workorder.repository.alarms import DueAlarm, OverWait


def tell_of_application(tx: Transaction, application: Application, fact: Fact) -> None:
    """A fact of an application, at its division and department, in the order of its versions."""
    tx.tell(
        fact,
        aggregate_id=application.id,
        sequence=application.version,
        division=application.division,
        department=application.department,
    )


def tell_delivered(tx: Transaction, application: Application) -> None:
    assert application.outcome is not None
    tell_of_application(
        tx,
        application,
        ApplicationDelivered(
            application_id=application.id,
            number=application.number,
            item_code=application.item_code,
            item_name=application.item_name,
            applicant_id=application.applicant_id,
            outcome=application.outcome,
            channel=application.channel,
            delivered_at=tx.now,
        ),
    )


def tell_of_work_order(
    tx: Transaction, order: WorkOrder, fact: Fact, *, department: str = ""
) -> None:
    """A fact of an order, at its lead unless it is another department's."""
    tx.tell(
        fact,
        aggregate_id=order.id,
        sequence=order.version,
        division=order.division,
        department=department or order.department,
    )


def tell_opened(tx: Transaction, order: WorkOrder) -> None:
    for fact in _opened(order, tx.now):
        tell_of_work_order(tx, order, fact)


def tell_emergency(tx: Transaction, order: WorkOrder) -> None:
    """Raised as an emergency from the first."""
    for fact in _emergency(order, tx.now):
        tell_of_work_order(tx, order, fact)


def tell_way(tx: Transaction, order: WorkOrder, way: Way) -> None:
    """What a step's definition says is told of it."""
    for told in way.tells:
        if told == "part-sent":
            _tell_parts_sent(tx, order)
            continue
        for fact in _FACTS[told](order, tx.now):
            tell_of_work_order(tx, order, fact)


def _tell_parts_sent(tx: Transaction, order: WorkOrder) -> None:
    """Each department that has a part since this step is told under its own name."""
    for task in order.tasks:
        if task.stored_version == 0 and not task.is_lead:
            fact = WorkOrderPartSent(
                **_about(order),
                lead_department=order.department,
                due_on=task.due_on,
                sent_at=task.sent_at,
            )
            tell_of_work_order(tx, order, fact, department=task.department)


def _about(order: WorkOrder) -> dict[str, Any]:
    return {"work_order_id": order.id, "number": order.number, "kind": order.kind}


def _dispatched(order: WorkOrder, _at: datetime) -> list[Fact]:
    assert order.due_on is not None
    assert order.dispatched_at is not None
    return [
        WorkOrderDispatched(
            **_about(order),
            due_on=order.due_on,
            due_is_provisional=order.due_is_provisional,
            dispatched_at=order.dispatched_at,
            co_departments=tuple(order.co_departments),
        )
    ]


def _signed(order: WorkOrder, at: datetime) -> list[Fact]:
    return [WorkOrderSigned(**_about(order), signed_at=at)]


def _returned(order: WorkOrder, at: datetime) -> list[Fact]:
    return [WorkOrderReturned(**_about(order), state=order.state, returned_at=at)]


def _part_returned(order: WorkOrder, at: datetime) -> list[Fact]:
    return [
        WorkOrderPartReturned(
            **_about(order),
            co_department=each.department,
            waits_for=each.waits_for,
            rule_by=each.rule_by,
            returned_at=at,
        )
        for each in order.returns
        if each.is_new and each.task_id is not None
    ]


def _part_return_withdrawn(order: WorkOrder, at: datetime) -> list[Fact]:
    return [
        WorkOrderPartReturnWithdrawn(
            **_about(order), co_department=each.department, withdrawn_at=at
        )
        for each in order.returns
        if each.is_changed and each.withdrawn_at is not None
    ]


def _part_return_ruled(order: WorkOrder, at: datetime) -> list[Fact]:
    return [
        WorkOrderPartReturnRuled(
            **_about(order),
            co_department=each.department,
            granted=bool(each.is_granted),
            replacement=each.decided_department,
            ruled_at=at,
        )
        for each in order.returns
        if each.is_ruled_now and each.task_id is not None
    ]


def _extended(order: WorkOrder, at: datetime) -> list[Fact]:
    assert order.due_on is not None
    return [WorkOrderExtended(**_about(order), due_on=order.due_on, extended_at=at)]


def _urged(order: WorkOrder, at: datetime) -> list[Fact]:
    return [
        WorkOrderUrged(
            **_about(order), state=order.state, waits_for=order.waits_for or "", urged_at=at
        )
    ]


def _supervised(order: WorkOrder, at: datetime) -> list[Fact]:
    return [WorkOrderSupervised(**_about(order), state=order.state, supervised_at=at)]


def _replied(order: WorkOrder, at: datetime) -> list[Fact]:
    assert order.outcome is not None
    return [WorkOrderReplied(**_about(order), outcome=order.outcome, replied_at=at)]


def _reopened(order: WorkOrder, at: datetime) -> list[Fact]:
    assert order.due_on is not None
    return [
        WorkOrderReopened(**_about(order), round=order.round, due_on=order.due_on, reopened_at=at)
    ]


def _emergency(order: WorkOrder, at: datetime) -> list[Fact]:
    return [
        WorkOrderEmergencyRaised(
            **_about(order),
            type=order.type,
            category=order.category,
            state=order.state,
            raised_at=at,
        )
    ]


def _merged(order: WorkOrder, at: datetime) -> list[Fact]:
    assert order.merged_into is not None
    return [WorkOrderMerged(**_about(order), into=order.merged_into, merged_at=at)]


def _closed(order: WorkOrder, _at: datetime) -> list[Fact]:
    """办结; for a rectification also what its rater said, which svc-evaluation waits for."""
    assert order.outcome is not None
    assert order.closed_at is not None
    facts: list[Fact] = [
        WorkOrderClosed(
            **_about(order),
            outcome=order.outcome,
            closed_at=order.closed_at,
            on_time=order.on_time,
            # The accused never learns who complained: an id is a trace too.
            caller_id=None if order.is_confidential else order.caller_id,
            channel=order.channel,
            round=order.round,
        )
    ]
    if order.rating_id is not None:
        facts.append(
            RectificationClosed(
                work_order_id=order.id,
                number=order.number,
                rating_id=order.rating_id,
                outcome=order.outcome,
                visited=order.satisfied is not None,
                satisfied=bool(order.satisfied),
                on_time=order.on_time,
                closed_at=order.closed_at,
            )
        )
    return facts


def _opened(order: WorkOrder, _at: datetime) -> list[Fact]:
    return [
        WorkOrderOpened(
            **_about(order),
            category=order.category,
            rating_id=order.rating_id,
            application_id=order.application_id,
            due_on=order.due_on,
            opened_at=order.opened_at,
        )
    ]


_FACTS: dict[Told, Callable[[WorkOrder, datetime], list[Fact]]] = {
    "opened": _opened,
    "dispatched": _dispatched,
    "signed": _signed,
    "returned": _returned,
    "extended": _extended,
    "urged": _urged,
    "supervised": _supervised,
    "replied": _replied,
    "reopened": _reopened,
    "merged": _merged,
    "closed": _closed,
    "emergency-raised": _emergency,
    "part-returned": _part_returned,
    "part-return-withdrawn": _part_return_withdrawn,
    "part-return-ruled": _part_return_ruled,
}


def alarm_fact(alarm: DueAlarm, at: datetime, rules: ClockRules) -> Fact | None:
    """The fact of an alarm that is given; None for an escalation that the rule no longer knows."""
    about = {"work_id": alarm.id, "number": alarm.number, "due_on": alarm.due_on}
    match alarm.level:
        case "missed":
            return DeadlineMissed(**about, missed_at=at)
        case "yellow" | "red":
            return DeadlineWarned(**about, level=alarm.level, warned_at=at)
    escalation = escalation_of(alarm.level, rules)
    if escalation is None:
        return None
    return DeadlineEscalated(
        **about,
        level=int(alarm.level.removeprefix(ESCALATED)),
        to=escalation.to,
        missed_working_days=escalation.days,
        escalated_at=at,
    )


def late_ruling_fact(wait: OverWait, co_department: str, at: datetime) -> Fact:
    """The fact of a return of a part that nobody ruled on in time."""
    return WorkOrderPartReturnOverstayed(
        work_order_id=wait.id,
        number=wait.number,
        kind=wait.kind,
        co_department=co_department,
        waits_for=wait.waits_for,
        overstayed_at=at,
    )


def overstayed_fact(wait: OverWait, at: datetime) -> Fact:
    """The fact of a state that has waited as long as it may."""
    if wait.kind == PROCESS:
        return ApplicationOverstayed(
            application_id=wait.id,
            number=wait.number,
            item_code=wait.item_code,
            state=wait.state,
            waits_for=wait.waits_for,
            overstayed_at=at,
        )
    return WorkOrderOverstayed(
        work_order_id=wait.id,
        number=wait.number,
        kind=wait.kind,
        state=wait.state,
        waits_for=wait.waits_for,
        overstayed_at=at,
    )
