"""Facts of this service, each told in one place."""

from uuid import UUID

from chassis.envelope import Fact
from chassis.transaction import Transaction
from contracts.events.workorder import (
    ApplicationDelivered,
    DeadlineMissed,
    DeadlineWarned,
    RectificationClosed,
    WorkOrderClosed,
    WorkOrderDispatched,
    WorkOrderOpened,
    WorkOrderReopened,
    WorkOrderReplied,
)
from workorder.domain.application import Application
from workorder.domain.clock import AlarmLevel
from workorder.domain.work_order import WorkOrder


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


def tell_of_work_order(tx: Transaction, order: WorkOrder, fact: Fact) -> None:
    tx.tell(
        fact,
        aggregate_id=order.id,
        sequence=order.version,
        division=order.division,
        department=order.department,
    )


def tell_opened(tx: Transaction, order: WorkOrder) -> None:
    tell_of_work_order(
        tx,
        order,
        WorkOrderOpened(
            work_order_id=order.id,
            number=order.number,
            kind=order.kind,
            category=order.category,
            rating_id=order.rating_id,
            application_id=order.application_id,
            due_on=order.due_on,
            opened_at=order.opened_at,
        ),
    )


def tell_dispatched(tx: Transaction, order: WorkOrder) -> None:
    assert order.due_on is not None
    assert order.dispatched_at is not None
    fact = WorkOrderDispatched(
        work_order_id=order.id,
        number=order.number,
        kind=order.kind,
        due_on=order.due_on,
        due_is_provisional=order.due_is_provisional,
        dispatched_at=order.dispatched_at,
    )
    tell_of_work_order(tx, order, fact)


def tell_replied(tx: Transaction, order: WorkOrder) -> None:
    assert order.outcome is not None
    assert order.replied_at is not None
    fact = WorkOrderReplied(
        work_order_id=order.id,
        number=order.number,
        kind=order.kind,
        outcome=order.outcome,
        replied_at=order.replied_at,
    )
    tell_of_work_order(tx, order, fact)


def tell_reopened(tx: Transaction, order: WorkOrder) -> None:
    assert order.due_on is not None
    fact = WorkOrderReopened(
        work_order_id=order.id,
        number=order.number,
        kind=order.kind,
        round=order.round,
        due_on=order.due_on,
        reopened_at=tx.now,
    )
    tell_of_work_order(tx, order, fact)


def tell_closed(tx: Transaction, order: WorkOrder) -> None:
    """办结; for a rectification also what its rater said, which svc-evaluation waits for."""
    assert order.outcome is not None
    assert order.closed_at is not None
    closed = WorkOrderClosed(
        work_order_id=order.id,
        number=order.number,
        kind=order.kind,
        outcome=order.outcome,
        closed_at=order.closed_at,
        on_time=order.on_time,
    )
    tell_of_work_order(tx, order, closed)
    if order.rating_id is not None:
        rectified = RectificationClosed(
            work_order_id=order.id,
            number=order.number,
            rating_id=order.rating_id,
            outcome=order.outcome,
            visited=order.satisfied is not None,
            satisfied=bool(order.satisfied),
            on_time=order.on_time,
            closed_at=order.closed_at,
        )
        tell_of_work_order(tx, order, rectified)


def alarm_fact(
    tx: Transaction, work: Application | WorkOrder, level: AlarmLevel
) -> DeadlineWarned | DeadlineMissed:
    """The fact of an alarm given for this work."""
    assert work.due_on is not None
    work_id: UUID = work.id
    if level == "missed":
        return DeadlineMissed(
            work_id=work_id, number=work.number, due_on=work.due_on, missed_at=tx.now
        )
    return DeadlineWarned(
        work_id=work_id, number=work.number, level=level, due_on=work.due_on, warned_at=tx.now
    )
