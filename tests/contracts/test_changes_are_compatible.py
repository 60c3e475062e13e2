"""No released promise is broken; and the check that says so finds what it should, and nothing else."""

import copy

import pytest

from contracts.compatibility import breaking_changes

FACT = "workorder.application.submitted.v1"
NAME = f"schemas/{FACT}.json"
API = "openapi/workorder.json"


def test_nothing_released_is_broken(generator, files):
    assert generator.broken(files) == []


def test_something_is_released(generator):
    for folder in generator.PROMISED:
        assert list((generator.RELEASED / folder).glob("*.json")), f"{folder} has no released copy"


def schema():
    return {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "note": {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}]},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        },
        "$defs": {"Part": {"type": "object", "properties": {"code": {"type": "string"}}}},
    }


def with_(change):
    changed = schema()
    change(changed)
    return changed


def lines(change):
    return breaking_changes({NAME: schema()}, {NAME: with_(change)})


FACT_BREAKS = {
    "removed": (lambda s: s["properties"].pop("note"), "/note: removed"),
    "newly required": (lambda s: s["required"].append("note"), "/note: newly required"),
    "no longer there": (lambda s: s["required"].remove("id"), "/id: no longer always there"),
    "type": (
        lambda s: s["properties"].update(id={"type": "integer"}),
        "/id: type changed from string (uuid) to integer",
    ),
    "enum": (lambda s: s["properties"]["kind"]["enum"].remove("b"), "/kind: value b removed"),
    "null gone": (
        lambda s: s["properties"].update(note={"type": "string", "maxLength": 10}),
        "/note: null is no longer taken",
    ),
    "choice added": (
        lambda s: s["properties"]["note"]["anyOf"].append({"type": "integer"}),
        "/note: may now be integer",
    ),
    "tightened": (
        lambda s: s["properties"]["note"]["anyOf"][0].update(maxLength=5),
        "/note: maxLength tightened from 10 to 5",
    ),
    "behind a reference": (
        lambda s: s["$defs"]["Part"]["properties"].pop("code"),
        "/parts[]/code: removed",
    ),
}


@pytest.mark.parametrize("break_", FACT_BREAKS)
def test_a_break_of_a_fact_is_named_with_type_and_field(break_):
    change, line = FACT_BREAKS[break_]
    assert lines(change) == [f"{FACT}: {line}"]


FACT_GROWTH = {
    "nothing": lambda s: None,
    "optional field": lambda s: s["properties"].update(more={"type": "string"}),
    "enum value": lambda s: s["properties"]["kind"]["enum"].append("c"),
    "words": lambda s: s.update(title="said better", description="and longer"),
    "order": lambda s: s["required"].reverse(),
    "loosened": lambda s: s["properties"]["note"]["anyOf"][0].update(maxLength=20),
}


@pytest.mark.parametrize("growth", FACT_GROWTH)
def test_growth_is_let_through(growth):
    assert lines(FACT_GROWTH[growth]) == []


def test_a_fact_taken_away_is_named_and_a_new_one_is_not():
    assert breaking_changes({NAME: schema()}, {}) == [f"{FACT}: removed"]
    assert breaking_changes({}, {NAME: schema()}) == []


def test_a_schema_that_holds_itself_ends():
    tree = {
        "$ref": "#/$defs/Node",
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/Node"}, "name": {"type": "string"}},
            }
        },
    }
    pruned = copy.deepcopy(tree)
    del pruned["$defs"]["Node"]["properties"]["name"]
    assert breaking_changes({NAME: tree}, {NAME: tree}) == []
    assert breaking_changes({NAME: tree}, {NAME: pruned}) == [f"{FACT}: /name: removed"]


def api():
    body = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    answer = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
    return {
        "paths": {
            "/orders": {
                "get": {
                    "parameters": [{"in": "query", "name": "q", "schema": {"type": "string"}}],
                    "responses": {"200": content({"type": "object"})},
                },
                "post": {
                    "requestBody": {"required": True, **content(body)},
                    "responses": {"201": content(answer)},
                },
            }
        }
    }


def content(schema):
    return {"content": {"application/json": {"schema": schema}}}


def operation(document, method):
    return document["paths"]["/orders"][method]


def body_of(document):
    return operation(document, "post")["requestBody"]["content"]["application/json"]["schema"]


def answer_of(document):
    return operation(document, "post")["responses"]["201"]["content"]["application/json"]["schema"]


def api_lines(change):
    changed = api()
    change(changed)
    return breaking_changes({API: api()}, {API: changed})


API_BREAKS = {
    "path": (lambda d: d["paths"].pop("/orders"), "/orders: removed"),
    "operation": (lambda d: d["paths"]["/orders"].pop("get"), "GET /orders: removed"),
    "parameter": (
        lambda d: operation(d, "get")["parameters"].pop(),
        "GET /orders query q: removed",
    ),
    "required parameter": (
        lambda d: operation(d, "get")["parameters"].append(
            {"in": "query", "name": "r", "required": True, "schema": {}}
        ),
        "GET /orders query r: newly required",
    ),
    "parameter type": (
        lambda d: operation(d, "get")["parameters"][0].update(schema={"type": "integer"}),
        "GET /orders query q: type changed from string to integer",
    ),
    "required field": (
        lambda d: body_of(d).update(
            required=["a", "b"], properties={"a": {"type": "string"}, "b": {"type": "string"}}
        ),
        "POST /orders body /b: newly required",
    ),
    "answer field": (
        lambda d: answer_of(d)["properties"].pop("x"),
        "POST /orders 201 /x: removed",
    ),
    "answer loosened": (
        lambda d: answer_of(d).update(required=[]),
        "POST /orders 201 /x: no longer always there",
    ),
    "status": (
        lambda d: operation(d, "post").update(responses={"200": content({})}),
        "POST /orders 201: removed",
    ),
}


@pytest.mark.parametrize("break_", API_BREAKS)
def test_a_break_of_an_interface_is_named_with_its_place(break_):
    change, line = API_BREAKS[break_]
    assert api_lines(change) == [f"workorder: {line}"]


API_GROWTH = {
    "path": lambda d: d["paths"].update({"/more": {"get": {}}}),
    "operation": lambda d: d["paths"]["/orders"].update({"delete": {}}),
    "optional parameter": lambda d: operation(d, "get")["parameters"].append(
        {"in": "query", "name": "r", "schema": {}}
    ),
    "optional field": lambda d: body_of(d)["properties"].update(b={"type": "string"}),
    "field asked no more": lambda d: body_of(d).update(required=[]),
    "answer field": lambda d: answer_of(d)["properties"].update(y={"type": "string"}),
    "answer promised": lambda d: answer_of(d)["required"].append("x"),
}


@pytest.mark.parametrize("growth", API_GROWTH)
def test_growth_of_an_interface_is_let_through(growth):
    assert api_lines(API_GROWTH[growth]) == []
