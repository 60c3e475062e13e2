"""The simulator: sample cases taken through a definition by the real engine, with its clock, alarms and timers."""

from datetime import UTC, datetime

from incident_stories import LEAD, SECOND, THIRD, an_incident
from process_stories import RULE_VALUES, first_definition

from chassis.working_days import WorkingDays
from workorder.domain.clock import ClockRules
from workorder.domain.process.definition import Case, Definition
from workorder.domain.process.simulator import simulate

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RULES = ClockRules(calendar=WorkingDays())
AGENT = {"role": "hotline_agent"}
OFFICER = {"role": "department_officer"}
DISPATCH = {"step": "dispatch", "as": AGENT, "form": {"department": LEAD, "reason": "属地"}}
REPLY = {"step": "reply", "as": OFFICER, "form": {"outcome": "solved", "text": "已修复"}}


def tried(definition, *steps, work=None, **expects):
    case = Case.model_validate(
        {"name": "样例", "work": work or {}, "steps": list(steps), "expects": expects}
    )
    (result,) = simulate(definition, [case], at=MONDAY, clock_rules=RULES, values=RULE_VALUES)
    return result


def hotline(*steps, **expects):
    work = {"type": "complaint"}
    return tried(first_definition("hotline"), *steps, work=work, **expects)


def test_a_definitions_own_cases_come_out_as_expected():
    definition = Definition.model_validate(an_incident())
    results = simulate(
        definition, definition.cases, at=MONDAY, clock_rules=RULES, values=RULE_VALUES
    )
    assert [each.failures for each in results] == [[], []]
    assert all(each.passed for each in results)
    by = [(each.step, each.by) for each in results[0].path]
    assert ("all-done", "join") in by
    assert ("escalate", "timer") in [(each.step, each.by) for each in results[1].path]


def test_a_hotline_case_shows_states_who_waits_due_dates_and_what_is_told():
    result = hotline(
        {**DISPATCH, "after": {"hours": 1}},
        {"step": "sign", "as": OFFICER},
        REPLY,
        {"step": "visit", "as": AGENT, "form": {"satisfied": True}, "after": {"days": 1}},
        ends_in="closed",
        round=1,
        on_time=True,
        outcome="solved",
    )
    assert result.passed, (result.refusal, result.failures)
    steps = {each.step: each for each in result.path}
    assert steps["dispatch"].waits_for == "department"
    assert steps["dispatch"].due_on is not None
    assert steps["dispatch"].told == ("dispatched",)
    assert steps["visit"].told == ("closed",)


def test_alarms_and_waits_that_are_over_are_shown():
    result = hotline({"after": {"days": 1}}, {**DISPATCH}, {"after": {"days": 30}})
    seen = [each.step for each in result.path]
    assert seen.count("wait-over") == 2
    assert [each for each in seen if each.startswith("alarm-")] == [
        "alarm-yellow",
        "alarm-red",
        "alarm-missed",
    ]
    late = hotline({**DISPATCH}, {"step": "sign", "as": OFFICER}, {**REPLY, "after": {"days": 60}})
    assert not late.on_time


def test_the_first_refusal_ends_a_case_with_its_words():
    result = hotline({"step": "sign", "as": OFFICER}, DISPATCH)
    assert (result.refusal.place, result.refusal.code) == (0, "work-order-state")
    assert "待派单" in result.refusal.zh
    assert [each.step for each in result.path] == ["opened"]
    faulty = hotline({**DISPATCH, "form": {"department": 7}})
    assert {each.pointer for each in faulty.refusal.faults} == {"/form/department", "/form/reason"}


def test_a_refusal_that_is_expected_is_passed_over_and_one_that_fails_to_come_is_told():
    expected = hotline(
        {"step": "sign", "as": OFFICER, "refused": "work-order-state"}, ends_in="opened"
    )
    assert expected.passed
    missing = hotline({**DISPATCH, "refused": "work-order-state"})
    assert not missing.passed
    assert "refused" in missing.failures[0][1]


def test_what_comes_out_otherwise_than_expected_is_told():
    result = hotline(DISPATCH, ends_in="closed", round=2)
    assert [zh.split(" ")[0] for zh, _ in result.failures] == ["ends_in", "round"]


def test_a_joint_order_waits_until_every_departments_system_has_it():
    form = {"department": LEAD, "co_departments": [SECOND, THIRD], "reason": "多部门"}
    result = tried(
        first_definition("hotline"),
        {**DISPATCH, "form": form},
        {"delivered": [SECOND], "after": {"hours": 1}},
        {"delivered": [THIRD]},
        work={"type": "complaint", "remote": [SECOND, THIRD]},
        ends_in="dispatched",
    )
    assert result.passed, (result.refusal, result.failures)
    assert [each.state for each in result.path] == ["opened", "dispatching", "dispatched"]


def test_a_citizen_acts_on_their_own_work_only_where_it_is_theirs():
    result = hotline({"step": "cancel", "as": {"role": "citizen"}, "form": {"reason": "已解决"}})
    assert (result.passed, result.ends_in) == (True, "cancelled")
    refused = hotline({**DISPATCH, "as": {"role": "citizen"}})
    assert refused.refusal.code == "not-your-step"


def test_the_same_case_comes_out_the_same_however_often_it_is_tried():
    assert hotline(DISPATCH, REPLY) == hotline(DISPATCH, REPLY)
