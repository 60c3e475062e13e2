"""The hotline's and the rectification's first definitions, walked step by step without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from process_stories import RULE_VALUES, first_definition

from chassis.working_days import WorkingDays
from contracts.vocabulary import ClosingOutcome
from workorder.domain.clock import ClockRules
from workorder.domain.order_parts import Taking
from workorder.domain.process.engine import (
    Actor,
    OwnWorkOrderError,
    StepStateError,
    way_of,
)
from workorder.domain.search import search_words
from workorder.domain.work_order import WorkOrder

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ClockRules(calendar=WorkingDays())
CALLER = UUID(int=7)
OFFICER = str(UUID(int=8))
EVERYBODY = frozenset({"hotline_agent", "hotline_lead", "department_officer", "coordinator"})


def taking(at=MONDAY, by=OFFICER, **form):
    return Taking(
        at=at,
        by=by,
        department="D1",
        form=form,
        clock_rules=RULES,
        values=RULE_VALUES,
        make_id=uuid4,
    )


def step(order, code, *, at=MONDAY, by=OFFICER, **form):
    definition = first_definition(order.process)
    way = way_of(
        definition,
        code,
        readings=order.readings(at, RULES),
        actor=Actor(subject=by, roles=EVERYBODY, department="D1", owner_id=by),
        form=form,
        rules=RULE_VALUES,
    )
    order.take(definition, way, taking(at, by, **form))
    return order


def opened(process, **said):
    return WorkOrder.open(
        first_definition(process),
        version=1,
        taking=taking(),
        **{
            "id": UUID(int=5),
            "number": "RX-260302-00000001-A",
            "kind": process,
            "type": "complaint",
            "category": "",
            "division": "445102",
            "department": "",
            "caller_id": CALLER,
            "application_id": None,
            "rating_id": None,
            "channel": "phone",
            "title": "路灯不亮",
            "content": "路口的灯坏了",
            **said,
        },
    )


def a_hotline_order():
    return opened("hotline")


def dispatched(order=None, *, at=MONDAY, by=OFFICER):
    return step(order or a_hotline_order(), "dispatch", at=at, by=by, department="D1", reason="x")


def respond(order, *, at=MONDAY, by=OFFICER):
    return step(order, "reply", at=at, by=by, outcome="solved", text="已修好")


def visit(order, satisfied, *, at=MONDAY):
    return step(order, "visit", at=at, satisfied=satisfied)


def answered(order):
    return step(order, "answer", outcome="explained", text="周末也办")


def a_rectification():
    return opened(
        "rectification",
        type="rectification",
        rating_id=UUID(int=60),
        department="D1",
        is_confidential=True,
    )


def test_a_dispatch_starts_the_clock():
    order = dispatched()
    assert (order.state, order.department, order.due_on) == (
        "dispatched",
        "D1",
        date(2026, 3, 9),
    )
    assert order.alarm_level == "yellow"


def test_a_reply_closes_nothing():
    order = respond(dispatched())
    assert (order.state, order.closed_at, order.alarm_at) == ("replied", None, None)


def test_a_satisfied_caller_closes_it():
    order = visit(respond(dispatched()), satisfied=True)
    assert (order.state, order.outcome, order.satisfied) == (
        "closed",
        ClosingOutcome.SOLVED,
        True,
    )


def test_an_unsatisfied_caller_sends_it_round_again_with_a_new_clock():
    order = visit(respond(dispatched()), satisfied=False, at=MONDAY + 3 * DAY)
    assert (order.state, order.round, order.due_on) == (
        "reopened",
        2,
        date(2026, 3, 12),
    )


def test_after_the_last_round_it_closes_unsolved():
    order = visit(respond(dispatched()), satisfied=False)
    order = visit(respond(order), satisfied=False)
    assert (order.state, order.outcome, order.satisfied) == (
        "closed",
        ClosingOutcome.UNSOLVED,
        False,
    )


def test_one_late_round_makes_the_whole_late():
    order = respond(dispatched(), at=MONDAY + 8 * DAY)
    order = visit(order, satisfied=False, at=MONDAY + 8 * DAY)
    order = visit(respond(order, at=MONDAY + 9 * DAY), satisfied=True, at=MONDAY + 9 * DAY)
    assert order.on_time is False


def test_an_answer_at_once_needs_no_department():
    order = answered(a_hotline_order())
    assert (order.state, order.department) == ("closed", "")


def test_a_rectification_opens_at_its_department():
    order = a_rectification()
    assert (order.state, order.due_on) == ("dispatched", date(2026, 3, 9))
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
    "answer": answered,
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
        with pytest.raises(StepStateError):
            STEPS[name](order)


def test_a_text_is_found_by_its_pairs():
    words = search_words("路灯不亮，A１路")
    assert words == sorted(["路灯", "灯不", "不亮", "a1", "1路"])
    assert search_words("灯") == []
    assert search_words("，。 _") == []
