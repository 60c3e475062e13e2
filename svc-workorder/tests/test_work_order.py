from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from chassis.working_days import WorkingDays
from contracts.vocabulary import ClosingOutcome, WorkOrderKind
from workorder.domain.clock import ClockRules
from workorder.domain.search import search_words
from workorder.domain.work_order import (
    OwnWorkOrderError,
    WorkOrder,
    WorkOrderState,
    WorkOrderStateError,
)

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ClockRules(calendar=WorkingDays())
CALLER = UUID(int=7)
OFFICER = str(UUID(int=8))


def a_hotline_order():
    return WorkOrder(
        id=UUID(int=5),
        number="RX-260302-00000001-A",
        kind=WorkOrderKind.HOTLINE,
        type="complaint",
        category="",
        division="445102",
        department="",
        caller_id=CALLER,
        application_id=None,
        rating_id=None,
        channel="phone",
        title="路灯不亮",
        content="路口的灯坏了",
        state=WorkOrderState.OPENED,
        opened_at=MONDAY,
        version=1,
    )


def dispatched(order=None, *, at=MONDAY, by=OFFICER):
    order = order or a_hotline_order()
    order.dispatch(by=by, department="D1", division=None, working_days=5, at=at, rules=RULES)
    return order


def respond(order, *, at=MONDAY, by=OFFICER):
    order.respond(by=by, outcome=ClosingOutcome.SOLVED, text="已修好", at=at)
    return order


def visit(order, satisfied, *, at=MONDAY, rounds=1):
    order.visit(satisfied=satisfied, redo_rounds_max=rounds, working_days=5, at=at, rules=RULES)
    return order


def a_rectification():
    return WorkOrder.open_rectification(
        id=UUID(int=6),
        number="ZG-260302-00000001-A",
        rating_id=UUID(int=60),
        rater_id=CALLER,
        application_id=None,
        title="差评整改",
        content="态度",
        division="445102",
        department="D1",
        working_days=5,
        at=MONDAY,
        rules=RULES,
    )


def test_a_dispatch_starts_the_clock():
    order = dispatched()
    assert (order.state, order.department, order.due_on) == (
        WorkOrderState.DISPATCHED,
        "D1",
        date(2026, 3, 9),
    )
    assert order.alarm_level == "yellow"


def test_a_reply_closes_nothing():
    order = respond(dispatched())
    assert (order.state, order.closed_at, order.alarm_at) == (WorkOrderState.REPLIED, None, None)


def test_a_satisfied_caller_closes_it():
    order = visit(respond(dispatched()), satisfied=True)
    assert (order.state, order.outcome, order.satisfied) == (
        WorkOrderState.CLOSED,
        ClosingOutcome.SOLVED,
        True,
    )


def test_an_unsatisfied_caller_sends_it_round_again_with_a_new_clock():
    order = visit(respond(dispatched()), satisfied=False, at=MONDAY + 3 * DAY)
    assert (order.state, order.round, order.due_on) == (
        WorkOrderState.REOPENED,
        2,
        date(2026, 3, 12),
    )


def test_after_the_last_round_it_closes_unsolved():
    order = visit(respond(dispatched()), satisfied=False)
    order = visit(respond(order), satisfied=False)
    assert (order.state, order.outcome, order.satisfied) == (
        WorkOrderState.CLOSED,
        ClosingOutcome.UNSOLVED,
        False,
    )


def test_one_late_round_makes_the_whole_late():
    order = respond(dispatched(), at=MONDAY + 8 * DAY)
    order = visit(order, satisfied=False, at=MONDAY + 8 * DAY)
    order = visit(respond(order, at=MONDAY + 9 * DAY), satisfied=True, at=MONDAY + 9 * DAY)
    assert order.on_time is False


def test_an_answer_at_once_needs_no_department():
    order = a_hotline_order()
    order.answer(by=OFFICER, outcome=ClosingOutcome.EXPLAINED, text="周末也办", at=MONDAY)
    assert (order.state, order.department) == (WorkOrderState.CLOSED, "")


def test_a_rectification_opens_at_its_department():
    order = a_rectification()
    assert (order.state, order.due_on) == (WorkOrderState.DISPATCHED, date(2026, 3, 9))
    assert order.is_confidential


@pytest.mark.parametrize(
    "take",
    [
        lambda: dispatched(by=str(CALLER)),
        lambda: respond(dispatched(), by=str(CALLER)),
        lambda: respond(a_rectification(), by=str(CALLER)),
    ],
)
def test_nobody_handles_the_matter_they_raised(take):
    with pytest.raises(OwnWorkOrderError):
        take()


STEPS = {
    "dispatch": dispatched,
    "respond": respond,
    "visit": lambda order: visit(order, satisfied=True),
    "answer": lambda order: order.answer(
        by=OFFICER, outcome=ClosingOutcome.EXPLAINED, text="x", at=MONDAY
    ),
}
WAYS = {
    "opened": (a_hotline_order, {"dispatch", "answer"}),
    "dispatched": (dispatched, {"respond"}),
    "replied": (lambda: respond(dispatched()), {"visit"}),
    "reopened": (lambda: visit(respond(dispatched()), satisfied=False), {"respond"}),
    "closed": (lambda: visit(respond(dispatched()), satisfied=True), set()),
}


@pytest.mark.parametrize("state", WAYS)
@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_possible_in_its_states_and_in_no_other(state, name):
    make, allowed = WAYS[state]
    order = make()
    assert order.state == state
    if name in allowed:
        STEPS[name](order)
        assert order.state != state
    else:
        with pytest.raises(WorkOrderStateError):
            STEPS[name](order)


def test_a_text_is_found_by_its_pairs():
    words = search_words("路灯不亮，A１路")
    assert words == sorted(["路灯", "灯不", "不亮", "a1", "1路"])
    assert search_words("灯") == []
    assert search_words("，。 _") == []
