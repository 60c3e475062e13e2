"""AsyncAPI 3 of the facts, whole or for one service: channels by subject, who sends, who receives."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chassis.envelope import SUBJECT_ROOT, Envelope, Fact
from contracts.registry import ALL_FACTS, SERVICES, facts_of

VERSION = "3.0.0"
CONTENT_TYPE = "application/cloudevents+json"
DESCRIPTION = (
    "CloudEvents 1.0（结构化 JSON），经 NATS JetStream 传递；只带编号、代码和时间，不带个人信息。"
    "每个聚合内按 sequence 有序，至少送达一次。"
    " CloudEvents 1.0 (structured JSON) over NATS JetStream: identifiers, codes and times, never personal"
    " data; in order of `sequence` within an aggregate, delivered at least once."
)

Readers = Mapping[str, Sequence[str]]
"""Fact type to the services that hear it."""


def merged_document(readers: Readers | None = None) -> dict[str, Any]:
    """One document for the whole city: every fact, sent by its owner, received by its readers."""
    operations: dict[str, Any] = {}
    for fact in ALL_FACTS:
        operations |= _sends(fact)
        for reader in sorted((readers or {}).get(fact.TYPE, ())):
            operations |= _receives(fact, reader)
    return _document("一网 事件 Yiwang events", ALL_FACTS, operations, tags=SERVICES)


def service_document(service: str, *, title: str, readers: Readers) -> dict[str, Any]:
    """One service's document: the facts it tells and the facts it hears."""
    told = facts_of(service)
    heard = [fact for fact in ALL_FACTS if service in readers.get(fact.TYPE, ())]
    operations: dict[str, Any] = {}
    for fact in told:
        operations |= _sends(fact)
    for fact in heard:
        operations |= _receives(fact, service)
    facts = [fact for fact in ALL_FACTS if fact in told or fact in heard]
    owners = [owner for owner in SERVICES if any(fact.owner() == owner for fact in facts)]
    return _document(f"{title} 事件 events", facts, operations, tags=owners)


def _document(
    title: str,
    facts: Iterable[type[Fact]],
    operations: Mapping[str, Any],
    *,
    tags: Sequence[str],
) -> dict[str, Any]:
    facts = tuple(facts)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": title,
            "version": "1",
            "description": DESCRIPTION,
            "tags": [{"name": tag} for tag in tags],
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {fact.TYPE: _channel(fact) for fact in facts},
        "operations": dict(operations),
        "components": {
            "messages": {fact.TYPE: _message(fact) for fact in facts},
            "schemas": {
                "Envelope": Envelope.model_json_schema(),
                **{fact.TYPE: _schema(fact) for fact in facts},
            },
        },
    }


def _channel(fact: type[Fact]) -> dict[str, Any]:
    return {
        "address": f"{SUBJECT_ROOT}.{fact.TYPE}.{{division}}.{{department}}",
        "title": fact.__name__,
        "parameters": {
            "division": {
                "description": "区划代码 division code (GB/T 2260); `_` when there is none"
            },
            "department": {"description": "部门代码 department code; `_` when there is none"},
        },
        "messages": {"told": {"$ref": f"#/components/messages/{fact.TYPE}"}},
        "tags": [{"name": fact.owner()}],
    }


def _sends(fact: type[Fact]) -> dict[str, Any]:
    return {f"{fact.owner()}.sends.{fact.TYPE}": _operation(fact, "send", fact.owner())}


def _receives(fact: type[Fact], reader: str) -> dict[str, Any]:
    return {f"{reader}.receives.{fact.TYPE}": _operation(fact, "receive", reader)}


def _operation(fact: type[Fact], action: str, service: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{fact.TYPE}"},
        "summary": _summary(fact),
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{fact.TYPE}/messages/told"}],
    }


def _message(fact: type[Fact]) -> dict[str, Any]:
    told = {
        "type": "object",
        "properties": {
            "type": {"const": fact.TYPE},
            "data": {"$ref": f"#/components/schemas/{fact.TYPE}"},
        },
    }
    return {
        "name": fact.TYPE,
        "title": fact.__name__,
        "summary": _summary(fact),
        "contentType": CONTENT_TYPE,
        "payload": {"allOf": [{"$ref": "#/components/schemas/Envelope"}, told]},
    }


def _schema(fact: type[Fact]) -> dict[str, Any]:
    template = f"#/components/schemas/{fact.TYPE}/$defs/{{model}}"
    return fact.model_json_schema(ref_template=template)


def _summary(fact: type[Fact]) -> str:
    return (fact.__doc__ or fact.__name__).strip().partition("\n")[0]
