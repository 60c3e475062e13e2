"""What the value of a rule may look like: declared by the service that reads it, held against every change.

RULE_SHAPES: Mapping[str, Any] = {"open-days": Days, "reasons": dict[Code, Words], "limits": Limits}

A shape is a type that pydantic knows. Values are looked at as JSON and strictly: no text for a number, no number
for a yes. What is checked is also stated as a JSON Schema, which every reader of a rule sees.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chassis.errors import InvalidError
from chassis.faults import faults_of

Days = Annotated[int, Field(ge=1, le=36_500)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Hour = Annotated[int, Field(ge=0, le=23)]
NightHour = Annotated[int, Field(ge=-1, le=23)]
"""An hour of the night at which something runs; -1: never."""
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of the city's day: 08:30."""


class RuleModel(BaseModel):
    """A rule with named parts: each is there, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleShapeError(InvalidError):
    code = "rule-shape"
    title_zh = "规则的值不符合要求，请按 errors 中的提示修改后再提交；原值仍然有效"
    title_en = "The value is not of the rule's shape; mend what errors names and send again. The old one still holds"


class _Checked(ABC):
    """For Annotated: a check of a value that was read already, which also states itself in the schema."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), **self._stated()}

    @abstractmethod
    def _check(self, value: Any) -> Any:
        """The value; raises PydanticCustomError."""

    @abstractmethod
    def _stated(self) -> JsonSchemaValue:
        """The check in words of JSON Schema."""


class OneOf(_Checked):
    """A word out of these, where they are counted and not written down as a Literal."""

    def __init__(self, *known: str) -> None:
        self.known = sorted(known)

    def _check(self, value: str) -> str:
        if value not in self.known:
            stated = ", ".join(self.known)
            raise PydanticCustomError("literal_error", "one of: {known}", {"known": stated})
        return value

    def _stated(self) -> JsonSchemaValue:
        return {"enum": self.known}


class Needing(_Checked):
    """These keys may not be missing; others may be there."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def _check(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        missing = ", ".join(key for key in self.keys if key not in value)
        if missing:
            raise PydanticCustomError("missing", "missing: {keys}", {"keys": missing})
        return value

    def _stated(self) -> JsonSchemaValue:
        return {"required": [str(key) for key in self.keys]}


class _Stated(GenerateJsonSchema):
    """As strict as the check: a key of no known form is refused there too. Titles would only repeat the names."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        stated = super().dict_schema(schema)
        return (
            {**stated, "additionalProperties": False} if "patternProperties" in stated else stated
        )

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  asked of every field
        return False


def stated_shape(shape: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a shape, for whoever is to write a value of it.

    What no schema can say (this opening ends before the next begins) stands in its description.
    """
    return TypeAdapter(shape).json_schema(by_alias=True, schema_generator=_Stated)


def check_rule(shape: Any, value: Any, *, stated_at: str = "") -> None:
    """Raise RuleShapeError, naming each fault by its place under `/value`; `stated_at`: where the shape can be read."""
    try:
        TypeAdapter(shape).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        faults = faults_of(found, under=("body", "value"))
        if not stated_at:
            raise RuleShapeError(faults=faults) from error
        raise RuleShapeError(
            f"{RuleShapeError.title_zh}。完整要求（JSON Schema）见 GET {stated_at} 返回的 value_schema",
            f"{RuleShapeError.title_en}. The JSON Schema of it: value_schema in GET {stated_at}",
            faults=faults,
        ) from error
