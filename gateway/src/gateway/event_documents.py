"""AsyncAPI 3 of every fact in the registry: what a partner needs to know before the first message comes."""

from typing import Any

from chassis.envelope import SUBJECT_ROOT, Envelope, Fact
from contracts.registry import ALL_FACTS, SERVICES


def asyncapi_document() -> dict[str, Any]:
    """One document for the whole city; a channel and a message a fact, named by its type."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "一网 事件 Yiwang events",
            "version": "1",
            "description": (
                "CloudEvents 1.0（结构化 JSON），经 NATS JetStream 传递。事件只带编号、代码和时间，不带个人信息。"
                " CloudEvents 1.0 (structured JSON) over NATS JetStream; identifiers, codes and times,"
                " never personal data."
            ),
            "tags": [{"name": service} for service in SERVICES],
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {fact.TYPE: _channel(fact) for fact in ALL_FACTS},
        "operations": {f"{fact.TYPE}.told": _operation(fact) for fact in ALL_FACTS},
        "components": {
            "messages": {fact.TYPE: _message(fact) for fact in ALL_FACTS},
            "schemas": {
                "Envelope": Envelope.model_json_schema(),
                **{
                    fact.TYPE: fact.model_json_schema(
                        ref_template="#/components/schemas/" + fact.TYPE + "/$defs/{model}"
                    )
                    for fact in ALL_FACTS
                },
            },
        },
    }


def _channel(fact: type[Fact]) -> dict[str, Any]:
    return {
        "address": f"{SUBJECT_ROOT}.{fact.TYPE}.{{division}}.{{department}}",
        "parameters": {
            "division": {
                "description": "区划代码 division code, GB/T 2260; `_` when there is none"
            },
            "department": {"description": "部门代码 department code; `_` when there is none"},
        },
        "messages": {"told": {"$ref": f"#/components/messages/{fact.TYPE}"}},
        "tags": [{"name": fact.owner()}],
    }


def _operation(fact: type[Fact]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{fact.TYPE}"},
        "summary": _summary(fact),
        "tags": [{"name": fact.owner()}],
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": _summary(fact),
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": fact.TYPE},
                        "data": {"$ref": f"#/components/schemas/{fact.TYPE}"},
                    },
                },
            ]
        },
    }


def _summary(fact: type[Fact]) -> str:
    return (fact.__doc__ or fact.__name__).strip().partition("\n")[0]
