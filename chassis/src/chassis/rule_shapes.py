"""What the value of a rule may look like: declared by the service that reads it, held against every change.

RULE_SHAPES: Mapping[str, Any] = {"open-days": Days, "reasons": dict[Code, Words], "limits": Limits}

A shape is a type that pydantic knows. Values are looked at as JSON and strictly: no text for a number, no number
for a yes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from chassis.errors import InvalidError
from chassis.faults import faults_of

Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Hour = Annotated[int, Field(ge=0, le=23)]
NightHour = Annotated[int, Field(ge=-1, le=23)]
"""An hour of the night at which something runs; -1: never."""
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]


class RuleModel(BaseModel):
    """A rule with named parts: each is there, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleShapeError(InvalidError):
    code = "rule-shape"
    title_zh = "规则的值不符合要求，请按 errors 中的提示修改后再提交；原值仍然有效"
    title_en = "The value is not of the rule's shape; mend what errors names and send again. The old one still holds"


def one_of(*known: str) -> Callable[[str], str]:
    """For AfterValidator: a word out of these, where they are counted and not written down as a Literal."""

    def check(value: str) -> str:
        if value not in known:
            stated = ", ".join(sorted(known))
            raise PydanticCustomError("literal_error", "one of: {known}", {"known": stated})
        return value

    return check


def needing(*keys: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """For AfterValidator: these keys may not be missing; others may be there."""

    def check(value: Mapping[str, Any]) -> Mapping[str, Any]:
        missing = ", ".join(key for key in keys if key not in value)
        if missing:
            raise PydanticCustomError("missing", "missing: {keys}", {"keys": missing})
        return value

    return check


def check_rule(shape: Any, value: Any) -> None:
    """Raise RuleShapeError, naming each fault by its place under `/value`."""
    try:
        TypeAdapter(shape).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise RuleShapeError(faults=faults_of(found, under=("body", "value"))) from error
