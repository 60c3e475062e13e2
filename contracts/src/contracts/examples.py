"""One message of each fact as it may stand on the wire, made from its model: the same every time.

What a reader of the contract sees first, and what every consumer is tried with.
"""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from chassis.envelope import Fact, enclose

AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
DIVISION, DEPARTMENT = "445102", "11445102MB2X00020M"
ITEM_CODE = "11445102MB2X00020M4440118009000"
_NAMESPACE = UUID("019a0000-0000-7000-8000-00000000e8a0")

_BY_NAME: dict[str, Any] = {
    "number": "SQ-260302-48210937-K",
    "item_code": ITEM_CODE,
    "item_name": "食品经营许可",
    "name": "食品经营许可证",
    "division": DIVISION,
    "department": DEPARTMENT,
    "department_name": "湘桥区市场监督管理局",
    "provider_department": "11445100007014281A",
    "requester_department": DEPARTMENT,
    "channel": "yue-sheng-shi",
    "material_code": "m-household",
    "material_codes": ["m-household"],
    "certificate_type": "food-business-permit",
    "type_code": "food-business-permit",
    "data_resource": "household-register",
    "resource_code": "household-register",
    "fields": ["name", "register_kind"],
    "purpose": "办理“食品经营许可”，免交材料核验",
    "procedure": "hearing",
    "category": "bad-rating",
    "reason_code": "unlawful-approval",
    "reason_codes": ["attitude"],
    "rated_kind": "application",
    "document_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "validity_years": 5,
    "version": 1,
    "round": 2,
    "count": 1,
    "due_on": "2026-03-16",
    "valid_until": "2031-03-01",
    "applies_when": {"q-premises": ["own"]},
    "law": "《中华人民共和国食品安全法》",
    "article": "第三十五条",
    "address": "潮州市湘桥区某路 1 号",
    "hours": "工作日 9:00-12:00，14:00-17:00",
}
"""What a field of this name says; any other gets a value from its type."""


def example_message(fact: type[Fact]) -> dict[str, Any]:
    """A CloudEvents message of this fact, valid by its model."""
    data = fact.model_validate(_example(fact.model_json_schema(), fact.TYPE))
    wire = enclose(
        data,
        event_id=_id(fact.TYPE + " event"),
        aggregate_id=_id(fact.TYPE + " aggregate"),
        sequence=1,
        at=AT,
        division=DIVISION,
        department=DEPARTMENT,
        correlation_id="example-0001",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    return dict(json.loads(wire))


def _id(name: str) -> UUID:
    return uuid5(_NAMESPACE, name)


def _example(schema: dict[str, Any], root: str) -> dict[str, Any]:
    definitions = schema.get("$defs", {})
    return {
        name: _value(part, name, definitions, root) for name, part in schema["properties"].items()
    }


def _value(part: dict[str, Any], name: str, definitions: dict[str, Any], root: str) -> Any:
    part = _resolved(part, definitions)
    if "const" in part or "enum" in part:
        return part.get("const", part.get("enum", [None])[0])
    if "properties" in part:
        return _example({**part, "$defs": definitions}, root)
    if _fits(part, name):
        return _BY_NAME[name]
    if part.get("type") == "array":
        count = max(1, part.get("minItems", 1))
        return [_value(part["items"], name, definitions, f"{root}{n}") for n in range(count)]
    return _of_type(part, name, root)


def _resolved(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema itself; of several possible ones, the first that is not null."""
    while "$ref" in part or "anyOf" in part:
        if "$ref" in part:
            part = definitions[part["$ref"].rsplit("/", 1)[-1]]
        else:
            part = next(choice for choice in part["anyOf"] if choice.get("type") != "null")
    return part


_JSON_TYPES = {str: "string", int: "integer", list: "array", dict: "object"}


def _fits(part: dict[str, Any], name: str) -> bool:
    """Whether the value known by this name is one of the field's type (`fields` here, a model's there)."""
    if name not in _BY_NAME or _JSON_TYPES[type(_BY_NAME[name])] != part.get("type"):
        return False
    return part.get("format") in {None, "date"}


def _of_type(part: dict[str, Any], name: str, root: str) -> Any:
    if part.get("format") == "uuid":
        return str(_id(name))
    if part.get("format") == "date-time":
        return AT.isoformat()
    if part.get("format") == "date":
        return AT.date().isoformat()
    kind = part.get("type")
    if kind == "integer":
        return max(1, int(part.get("minimum", 1)))
    if kind == "boolean":
        return True
    if kind == "object":
        return {}
    return f"{name.replace('_', '-')}-1" if "pattern" in part else f"{name} {root[-1]}"
