"""The engine: conditions, limits, forms, roles and reach; pure, on small processes of its own."""

import pytest
from incident_stories import a_form

from workorder.domain.process.definition import Definition
from workorder.domain.process.engine import (
    Actor,
    FormFaultyError,
    NotYourStepError,
    OwnWorkOrderError,
    Readings,
    StepLimitError,
    StepRefusedError,
    StepStateError,
    UnknownStepError,
    due_join,
    possible_steps,
    way_of,
)

RULES = {"most": 2, "least": 3}


def a_process(**step):
    """One step out of `open`, as it is given."""
    return Definition.model_validate(
        {
            "code": "small",
            "name": "小流程",
            "starts_in": "open",
            "states": [
                {"code": "open", "name": "待办"},
                {"code": "done", "name": "办结", "is_final": True},
            ],
            "steps": [
                {
                    "code": "go",
                    "name": "办理",
                    "from": ["open"],
                    "to": "done",
                    "by": [{"role": "clerk", "reach": "department"}],
                    **step,
                }
            ],
        }
    )


def readings(**changes):
    kept = {"state": "open", "round": 1, "owner_id": "", "department": "D1", "division": "445102"}
    return Readings(**{**kept, **changes})


def an_actor(*roles, **changes):
    kept = {"subject": "u1", "roles": frozenset(roles or ("clerk",)), "department": "D1"}
    return Actor(**{**kept, **changes})


def go(definition, *, actor=None, form=None, step="go", **changes):
    return way_of(
        definition,
        step,
        readings=readings(**changes),
        actor=actor or an_actor(),
        form=form or {},
        rules=RULES,
    )


@pytest.mark.parametrize(
    ("condition", "work", "holds"),
    [
        ({"equals": "a"}, "a", True),
        ({"equals": "a"}, "b", False),
        ({"equals": True}, True, True),
        ({"one_of": ["a", "b"]}, "b", True),
        ({"one_of": ["a", "b"]}, "c", False),
        ({"at_least": 2}, 2, True),
        ({"at_least": 2}, 1, False),
        ({"below": 2}, 1, True),
        ({"below": 2}, 2, False),
        ({"at_least_rule": "least"}, 3, True),
        ({"at_least_rule": "least"}, 2, False),
        ({"at_most_rule": "most"}, 2, True),
        ({"at_most_rule": "most"}, 3, False),
        ({"is_set": True}, "x", True),
        ({"is_set": True}, None, False),
        ({"is_set": False}, None, True),
        ({"at_least": 1, "below": 3}, 2, True),
        ({"at_least": 1, "below": 3}, 3, False),
        ({"at_least": 1}, "no number", False),
    ],
)
def test_every_comparison_holds_when_it_should(condition, work, holds):
    definition = a_process(when=[{"read": "work.type", **condition}])
    if holds:
        assert go(definition, work={"type": work}).to.code == "done"
    else:
        with pytest.raises(StepRefusedError):
            go(definition, work={"type": work})


def test_what_can_be_read_is_the_form_the_work_its_facts_counts_and_parts():
    read = {
        "form.a": {"form": {"a": 1}},
        "work.round": {"work": {"round": 1}},
        "facts.a": {"facts": {"a": 1}},
        "count.go": {"counts": {"go": 1}},
        "tasks.open": {"tasks": {"open": 1}},
    }
    for name, given in read.items():
        definition = a_process(when=[{"read": name, "equals": 1}])
        assert go(definition, **given).to.code == "done"
        with pytest.raises(StepRefusedError):
            go(definition)


def test_the_first_branch_that_holds_decides_and_none_is_a_refusal():
    branches = [
        {"when": [{"read": "form.a", "equals": 1}], "to": "done", "effects": ["keep"]},
        {"when": [{"read": "form.a", "equals": 2}], "tells": ["urged"]},
    ]
    definition = a_process(to=None, branches=branches)
    assert go(definition, form={"a": 1}).effects == ("keep",)
    stayed = go(definition, form={"a": 2})
    assert (stayed.to.code, stayed.tells) == ("open", ("urged",))
    with pytest.raises(StepRefusedError):
        go(definition, form={"a": 3})


def test_a_limit_counts_for_the_whole_work_or_again_in_each_round():
    whole = a_process(limit={"count": 2})
    assert go(whole, counts={"go": 1}).counters == ("go",)
    with pytest.raises(StepLimitError):
        go(whole, counts={"go": 2}, round=2)
    each = a_process(limit={"rule": "most", "per": "round"})
    assert go(each, counts={"go": 2, "go#1": 2}, round=2).counters == ("go", "go#2")
    with pytest.raises(StepLimitError):
        go(each, counts={"go#1": 2})


def test_a_form_that_lies_is_refused_field_by_field():
    form = a_form(
        ["text", "passed"],
        text={"type": "string", "minLength": 1, "maxLength": 5},
        passed={"type": "boolean"},
        when={"type": "string", "format": "date"},
        code={"type": "string", "pattern": "^[A-Z]{1,3}$"},
    )
    definition = a_process(form=form)
    lies = {"text": "太长太长太长", "passed": "yes", "when": "昨天", "code": "abc", "other": 1}
    with pytest.raises(FormFaultyError) as refused:
        go(definition, form=lies)
    faults = {(each.pointer, each.code) for each in refused.value.faults}
    assert faults == {
        ("/form/text", "maxLength"),
        ("/form/passed", "type"),
        ("/form/when", "format"),
        ("/form/code", "pattern"),
        ("/form/", "additionalProperties"),
    }
    assert all(each.zh and each.en for each in refused.value.faults)
    with pytest.raises(FormFaultyError) as missing:
        go(definition, form={"text": "好"})
    assert [each.pointer for each in missing.value.faults] == ["/form/passed"]


def test_a_text_too_long_for_its_pattern_is_refused_and_not_searched():
    definition = a_process(form=a_form(code={"type": "string", "pattern": "^[0-9]{1,9}$"}))
    with pytest.raises(FormFaultyError):
        go(definition, form={"code": "1" * 5_000_000})


@pytest.mark.parametrize(
    ("reach", "actor", "is_within"),
    [
        ("own", {"owner_id": "me"}, True),
        ("own", {"owner_id": "you"}, False),
        ("department", {"department": "D1"}, True),
        ("department", {"department": "D2"}, False),
        ("department", {"department": ""}, False),
        ("task", {"department": "D3"}, True),
        ("task", {"department": "D1"}, False),
        ("division", {"division": "4451"}, True),
        ("division", {"division": "445103"}, False),
        ("city", {"division": "445103"}, True),
    ],
)
def test_a_role_reaches_as_far_as_the_step_says(reach, actor, is_within):
    definition = a_process(by=[{"role": "clerk", "reach": reach}], by_others_only=False)
    given = {"owner_id": "me", "task_departments": frozenset({"D3"})}
    if is_within:
        assert go(definition, actor=an_actor(**actor), **given).to.code == "done"
    else:
        with pytest.raises(NotYourStepError):
            go(definition, actor=an_actor(**actor), **given)


def test_nobody_handles_their_own_matter_unless_the_step_is_theirs():
    with pytest.raises(OwnWorkOrderError):
        go(a_process(), owner_id="u1")
    assert go(a_process(by_others_only=False), owner_id="u1").to.code == "done"


def test_who_has_no_role_learns_nothing_of_the_state():
    with pytest.raises(NotYourStepError):
        go(a_process(), actor=an_actor("citizen"), state="done")
    with pytest.raises(StepStateError):
        go(a_process(), state="done")
    with pytest.raises(UnknownStepError):
        go(a_process(), step="fly")


def test_what_is_possible_is_what_may_be_taken():
    definition = a_process(limit={"count": 1}, when=[{"read": "form.a", "equals": 1}])
    ask = {"actor": an_actor(), "rules": RULES}
    assert [each.code for each in possible_steps(definition, readings=readings(), **ask)] == ["go"]
    used = readings(counts={"go": 1})
    assert possible_steps(definition, readings=used, **ask) == []
    assert possible_steps(definition, readings=readings(department="D9"), **ask) == []


def test_a_join_is_due_when_its_conditions_hold_in_its_state_and_within_its_limit():
    waits = [{"read": "tasks.open", "below": 1}]
    definition = a_process(trigger="join", by=[], when=waits, limit={"count": 1})
    assert due_join(definition, readings=readings(), rules=RULES).code == "go"
    for not_due in ({"tasks": {"open": 1}}, {"state": "done"}, {"counts": {"go": 1}}):
        assert due_join(definition, readings=readings(**not_due), rules=RULES) is None
