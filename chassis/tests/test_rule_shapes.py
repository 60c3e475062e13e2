"""Shapes of rules: what is stated to people as JSON Schema is what is checked."""

from typing import Annotated

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from chassis.errors import ProblemError
from chassis.rule_shapes import (
    ClockTime,
    Code,
    Days,
    Needing,
    OneOf,
    RuleModel,
    check_rule,
    stated_shape,
)


class Span(RuleModel):
    starts: ClockTime = Field(alias="from")
    days: Days


SHAPES = {
    "words": Annotated[str, OneOf("b", "a")],
    "keys": Annotated[dict[Code, Days], Needing("x", "y")],
    "by-word": dict[Annotated[str, OneOf("a", "b")], list[Annotated[str, OneOf("c")]]],
    "named": Span,
    "many": Annotated[list[Span], Field(max_length=1)],
    "yes-or-no": bool,
}
FITS = [
    ("words", "a"),
    ("keys", {"x": 1, "y": 2, "z": 3}),
    ("by-word", {"a": ["c"], "b": []}),
    ("named", {"from": "08:30", "days": 1}),
    ("many", [{"from": "23:59", "days": 1}]),
    ("yes-or-no", False),
]
DOES_NOT_FIT = [
    ("words", "c"),
    ("words", 1),
    ("keys", {"x": 1}),
    ("keys", {"x": 1, "y": 0}),
    ("keys", {"x": 1, "y": 2, "no code": 3}),
    ("by-word", {"z": []}),
    ("by-word", {"a": ["a"]}),
    ("named", {"from": "24:00", "days": 1}),
    ("named", {"from": "08:30Z", "days": 1}),
    ("named", {"starts": "08:30", "days": 1}),
    ("named", {"from": "08:30", "days": 1, "more": 1}),
    ("many", [{"from": "08:30", "days": 1}] * 2),
    ("yes-or-no", 1),
    ("yes-or-no", "true"),
]


def is_stated(shape, value):
    stated = stated_shape(SHAPES[shape])
    Draft202012Validator.check_schema(stated)
    return Draft202012Validator(stated).is_valid(value)


@pytest.mark.parametrize(("shape", "value"), FITS)
def test_a_value_that_is_taken_is_of_the_stated_schema(shape, value):
    check_rule(SHAPES[shape], value)
    assert is_stated(shape, value)


@pytest.mark.parametrize(("shape", "value"), DOES_NOT_FIT)
def test_a_value_that_is_refused_is_not_of_the_stated_schema(shape, value):
    with pytest.raises(ProblemError) as refused:
        check_rule(SHAPES[shape], value)
    assert refused.value.faults
    assert not is_stated(shape, value)


def test_what_is_stated_is_short_and_names_words_and_keys():
    assert stated_shape(SHAPES["words"]) == {"type": "string", "enum": ["a", "b"]}
    stated = stated_shape(SHAPES["keys"])
    assert (stated["required"], stated["additionalProperties"]) == (["x", "y"], False)
    assert "title" not in str(stated_shape(Span)["properties"])
