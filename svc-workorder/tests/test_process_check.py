"""What keeps a definition from being put in force: one small bad definition for each finding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incident_stories import a_form, an_incident
from process_stories import RULE_VALUES, first_definition

from contracts.registry import ALL_FACTS
from contracts.vocabulary import Role
from workorder.domain.process.check import findings_of
from workorder.domain.process.check_forms import is_quick
from workorder.domain.process.definition import Definition

FACTS = {fact.TYPE: set(fact.model_fields) for fact in ALL_FACTS}
COORDINATOR = [{"role": "coordinator", "reach": "division"}]
TWO_HOURS = {"amount": 2, "unit": "hours"}


def codes_of(definition, rules=RULE_VALUES):
    parsed = Definition.model_validate(definition)
    found = findings_of(parsed, roles=set(Role), rules=rules, facts=FACTS)
    assert all(each.zh and each.en and each.where for each in found)
    return {each.code for each in found}


@pytest.mark.parametrize("code", ["hotline", "rectification", "correction", "application"])
def test_the_first_definitions_have_no_finding(code):
    definition = first_definition(code)
    values = dict.fromkeys(definition.rules, 1) | RULE_VALUES
    assert findings_of(definition, roles=set(Role), rules=values, facts=FACTS) == []


def test_the_incident_has_no_finding():
    assert codes_of(an_incident()) == set()


def a_state(code, **changes):
    return {"code": code, "name": code, "owner": "department", "limit": TWO_HOURS, **changes}


def a_step(code, source, target=None, **changes):
    return {
        "code": code,
        "name": code,
        "from": [source],
        "to": target,
        "by": COORDINATOR,
        **changes,
    }


def small(*steps, states=(), **changes):
    """A process of two states, and one step to its close."""
    return {
        "code": "small",
        "name": "小流程",
        "starts_in": "begun",
        "states": [a_state("begun"), *states, {"code": "done", "name": "done", "is_final": True}],
        "steps": [a_step("end", "begun", "done"), *steps],
        **changes,
    }


def fact(**changes):
    kept = {"trigger": "fact", "fact": "catalog.finding.closed.v1", "by": []}
    return a_step("hear", "begun", "done", **{**kept, **changes})


FINDS = {"field": "finding_id", "by": "finding_id"}
REMOTE = {"$ref": "https://example.com/schema.json"}
RING = {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}
LAUGHS = {
    **{f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 4} for n in range(8)},
    "d8": {"type": "string"},
}
NEVER = {"type": "string", "pattern": "^(a+)+$", "maxLength": 100}
REPLY_TEXT = a_form(["text"], text={"type": "string"})
BAD = {
    "repeated-code": small(a_step("end", "begun", "done")),
    "unknown-state": small(a_step("go", "begun", "nowhere")),
    "unknown-step": small(states=[a_state("slow", late="nothing")]),
    "unknown-rule": small(a_step("go", "begun", limit={"rule": "no-such-rule"})),
    "rule-without-number": small(a_step("go", "begun", limit={"rule": "hotline-waits"})),
    "unknown-role": small(a_step("go", "begun", by=[{"role": "king"}])),
    "unknown-effect": small(a_step("go", "begun", effects=["fly"])),
    "nobody-may": small(a_step("go", "begun", by=[])),
    "part-of-nobody": small(a_step("go", "begun", effects=["task-sign"])),
    "unknown-fact": small(fact(fact="no.such.fact.v1", finds=FINDS)),
    "fact-finds-nothing": small(fact()),
    "unknown-fact-field": small(fact(finds={"field": "nothing", "by": "finding_id"})),
    "late-step-elsewhere": small(states=[a_state("slow", late="end")]),
    "late-without-limit": small(states=[a_state("slow", late="end", limit=None)]),
    "timer-never": small(a_step("tick", "begun", trigger="timer", by=[])),
    "form-for-nobody": small(a_step("join", "begun", "done", trigger="join", form=REPLY_TEXT)),
    "unreachable-state": small(states=[a_state("lost")]),
    "no-final-state": small(states=[]) | {"states": [a_state("begun"), a_state("done")]},
    "no-way-out": small(a_step("go", "begun", "pit"), states=[a_state("pit")]),
    "no-owner": small(states=[a_state("slow", owner=None)]),
    "no-deadline": small(states=[a_state("slow", limit=None)]),
    "clock-never-started": small(
        a_step("go", "begun", "run"),
        a_step("stop", "run", "done"),
        states=[a_state("run", clock="runs", limit=None)],
        clock={"amount": 3},
    ),
    "no-clock": small(a_step("go", "begun", clock=["start"])),
    "unlimited-return": small(
        a_step("go", "begun", "there"), a_step("back", "there", "begun"), states=[a_state("there")]
    ),
    "joins-without-end": small(a_step("again", "begun", trigger="join", by=[])),
    "too-many-joins": small(
        a_step("go", "begun", "j0"),
        *(a_step(f"n{n}", f"j{n}", f"j{n + 1}", trigger="join", by=[]) for n in range(12)),
        a_step("out", "j12", "done"),
        states=[a_state(f"j{n}") for n in range(13)],
    ),
    "branch-never-taken": small(a_step("go", "begun", branches=[{"to": "done"}, {"to": "done"}])),
    "told-too-early": small(a_step("go", "begun", "done", tells=["closed"])),
    "condition-without-comparison": small(a_step("go", "begun", when=[{"read": "work.round"}])),
    "field-never-filled": small(
        a_step("go", "begun", when=[{"read": "facts.nothing", "equals": 1}])
    ),
    "field-not-required": small(
        a_step("go", "begun", effects=["hand-over"], form=a_form(assignee={"type": "string"}))
    ),
    "field-of-wrong-type": small(
        a_step("go", "begun", effects=["merge"], form=a_form(["into"], into={"type": "integer"}))
    ),
    "form-no-schema": small(a_step("go", "begun", form={"type": "objekt"})),
    "form-no-object": small(a_step("go", "begun", form={"type": "string"})),
    "form-keyword": small(form={"type": "object", "patternProperties": {"^a": {}}}),
    "remote-reference": small(a_step("go", "begun", form=a_form(a=REMOTE))),
    "unknown-reference": small(a_step("go", "begun", form=a_form(a={"$ref": "#/$defs/nothing"}))),
    "reference-ring": small(
        a_step("go", "begun", form={**a_form(a={"$ref": "#/$defs/a"}), "$defs": RING})
    ),
    "form-too-large": small(
        a_step("go", "begun", form={**a_form(a={"$ref": "#/$defs/d0"}), "$defs": LAUGHS})
    ),
    "pattern-without-end": small(a_step("go", "begun", form=a_form(a=NEVER))),
    "too-many-ways": small(
        *(
            a_step(f"s{n}", "*", branches=[{"when": [{"read": "work.round", "at_least": 9}]}] * 40)
            for n in range(10)
        ),
        states=[a_state(f"x{n}") for n in range(90)],
    ),
}


def test_the_small_process_itself_has_no_finding():
    assert codes_of(small()) == set()


@pytest.mark.parametrize("code", BAD)
def test_each_finding_is_named(code):
    assert code in codes_of(BAD[code])


def test_a_form_nested_beyond_its_depth_is_named():
    form = {"type": "object"}
    for _ in range(40):
        form = {"type": "object", "properties": {"a": form}}
    assert "form-too-deep" in codes_of(small(a_step("go", "begun", form=form)))


@pytest.mark.parametrize(
    ("pattern", "longest", "quick"),
    [
        (r"^[0-9A-Z-]{1,22}$", 2_000, True),
        (r"^(\d{6}|\d{9}|\d{12})$", 2_000, True),
        (r"^[^@]{1,40}@[^@]{1,40}$", 200, True),
        (r"^(a+)+$", 100, False),
        (r"(a|a)*b", 50, False),
        (r"^a*a*a*b$", 2_000, False),
        (r"(.*)\1", 20, False),
        (r"^(?=a)b", 20, False),
        ("[", 3, False),
    ],
)
def test_a_pattern_that_may_never_end_is_told_from_one_that_ends(pattern, longest, quick):
    assert is_quick(pattern, longest) is quick


NAMES = [f"s{n}" for n in range(6)]


@settings(max_examples=150, deadline=None)
@given(
    edges=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=14),
    finals=st.sets(st.sampled_from(NAMES), max_size=3),
)
def test_reachability_agrees_with_every_way_walked(edges, finals):
    definition = {
        "code": "random",
        "name": "随机",
        "starts_in": "s0",
        "states": [a_state(name, is_final=name in finals) for name in NAMES],
        "steps": [
            a_step(f"t{n}", source, target, limit={"count": 1})
            for n, (source, target) in enumerate(sorted(edges))
        ],
    }
    parsed = Definition.model_validate(definition)
    found = findings_of(parsed, roles=set(Role), rules={})
    unreachable = {NAMES[int(e.where[8:])] for e in found if e.code == "unreachable-state"}
    stuck = {NAMES[int(e.where[8:])] for e in found if e.code == "no-way-out"}
    come_to = walked("s0", edges)
    assert unreachable == set(NAMES) - come_to
    if finals:
        assert stuck == {name for name in come_to if not walked(name, edges) & finals}


def walked(start, edges):
    """Every state at the end of some way of at most as many steps as there are states."""
    ends = {start}
    for _ in NAMES:
        ends |= {target for source, target in edges if source in ends}
    return ends
