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
}
"""What a field of this name says; any other gets a value from its type."""

_GUIDE: dict[str, Any] = {
    "item_code": ITEM_CODE,
    "original_code": "4440118009000",
    "name": "食品经营许可",
    "main_item": "食品经营许可",
    "task_type": "01",
    "department": DEPARTMENT,
    "department_name": "湘桥区市场监督管理局",
    "division": DIVISION,
    "audience": ["person", "enterprise"],
    "statutory_days": 20,
    "promised_days": 5,
    "visits": 0,
    "online_depth": 4,
    "legal_basis": [
        {"law": "《中华人民共和国食品安全法》", "number": "", "article": "第三十五条", "text": ""}
    ],
    "conditions": ["具有与经营的食品品种、数量相适应的场所"],
    "situations": [
        {
            "code": "q-premises",
            "text": "经营场所是自有还是租用？",
            "options": [{"code": "own", "text": "自有"}, {"code": "rented", "text": "租用"}],
        }
    ],
    "materials": [
        {
            "code": "m-identity",
            "name": "经营者身份证明",
            "certificate_type": "identity-card",
            "exemption_ground": "由电子证照库提供，免提交",
        },
        {
            "code": "m-household",
            "name": "户籍证明",
            "data_resource": "household-register",
            "exemption_ground": "由公安部门数据共享核验，免提交",
        },
        {
            "code": "m-lease",
            "name": "场地租赁合同",
            "copies": 1,
            "applies_when": {"q-premises": ["rented"]},
        },
    ],
    "steps": [
        {"code": "acceptance", "name": "受理", "working_days": 1},
        {"code": "review", "name": "审查", "working_days": 3},
        {"code": "decision", "name": "决定", "working_days": 1},
    ],
    "results": [
        {"name": "食品经营许可证", "certificate_type": "food-business-permit", "validity_years": 5}
    ],
    "windows": [
        {
            "hall": "xiangqiao",
            "name": "湘桥区政务服务中心综合窗口",
            "address": "潮州市湘桥区某路 1 号",
            "hours": "工作日 9:00-12:00，14:00-17:00",
        }
    ],
    "channels": ["web", "yue-sheng-shi", "window"],
    "one_window": True,
    "keywords": ["开餐馆", "食品"],
    "effective_from": "2026-03-02",
}

_BY_TYPE: dict[str, dict[str, Any]] = {
    "catalog.item-version.published.v1": {"guide": _GUIDE},
    "certificate.certificate.revoked.v1": {"status": "revoked"},
    "certificate.seal.used.v1": {"purpose": "证照签发"},
    "evaluation.rating.given.v1": {"level": "2"},
    "evaluation.rating.changed.v1": {"state": "rectified"},
    "datashare.grant.given.v1": {"valid_until": "2027-03-02T10:30:00+08:00"},
    "workorder.work-order.opened.v1": {"kind": "rectification", "number": "ZG-260302-48210937-W"},
}
"""Where the first choice would not be a likely one."""


def example_message(fact: type[Fact]) -> dict[str, Any]:
    """A CloudEvents message of this fact, valid by its model."""
    likely = _example(fact.model_json_schema(), fact.TYPE) | _BY_TYPE.get(fact.TYPE, {})
    data = fact.model_validate(likely)
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
