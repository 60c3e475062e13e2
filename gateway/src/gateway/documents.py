"""The city's contracts in one place: every service's OpenAPI merged, and the facts as AsyncAPI and JSON Schema."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog

from chassis.errors import NotFoundError
from contracts.asyncapi import merged_document
from contracts.json_schemas import fact_schema
from contracts.registry import ALL_FACTS
from gateway.exchange import Exchange, Packed
from gateway.forwarding import Forwarder
from gateway.own_openapi import own_openapi

CACHED_SECONDS = 60.0
MISSING_CACHED_SECONDS = 2.0
FETCH_SECONDS = 5.0
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
HTTP_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Fetched:
    document: dict[str, Any] | None
    until: float


class Documents:
    """Documents are read from the services when somebody asks, and kept for a minute. A service that
    does not answer is left out and named in `x-unavailable`."""

    def __init__(self, forwarder: Forwarder, upstreams: Mapping[str, str]) -> None:
        self._forwarder = forwarder
        self._upstreams = upstreams
        self._fetched: dict[str, _Fetched] = {}
        self._merged: tuple[tuple[int, ...], dict[str, Any], Packed] | None = None
        self._events: Packed | None = None

    async def merged(self) -> tuple[dict[str, Any], Packed]:
        """The merged OpenAPI document, and the same as JSON; the same object while nothing has changed."""
        names = list(self._upstreams)
        documents = dict(zip(names, await asyncio.gather(*map(self._document, names)), strict=True))
        version = tuple(id(document) for document in documents.values())
        if self._merged is None or self._merged[0] != version:
            document = merge(documents)
            body = Packed(json.dumps(document, ensure_ascii=False).encode())
            self._merged = (version, document, body)
        return self._merged[1], self._merged[2]

    async def openapi(self, exchange: Exchange) -> None:
        _, body = await self.merged()
        headers = ((b"cache-control", b"public, max-age=60"),)
        await exchange.packed(body, media_type=b"application/json", headers=headers)

    async def asyncapi(self, exchange: Exchange) -> None:
        if self._events is None:
            self._events = Packed(json.dumps(merged_document(), ensure_ascii=False).encode())
        headers = ((b"cache-control", b"public, max-age=300"),)
        await exchange.packed(self._events, media_type=b"application/json", headers=headers)

    async def schema(self, exchange: Exchange) -> None:
        """The JSON Schema that an event's `dataschema` names."""
        name = exchange.path.removeprefix("/schemas/").removesuffix(".json")
        for fact in ALL_FACTS:
            if name == fact.TYPE:
                headers = ((b"cache-control", b"public, max-age=300"),)
                await exchange.json(200, fact_schema(fact), headers=headers)
                return
        raise NotFoundError(
            "没有这个事件类型", "There is no such type of fact", code="no-such-fact"
        )

    async def _document(self, service: str) -> dict[str, Any] | None:
        known = self._fetched.get(service)
        now = time.monotonic()
        if known is not None and known.until > now:
            return known.document
        document = await self._fetch(service)
        if document is not None and known is not None and document == known.document:
            # The same object, so that nothing is merged anew for nothing.
            document = known.document
        kept = MISSING_CACHED_SECONDS if document is None else CACHED_SECONDS
        self._fetched[service] = _Fetched(document, now + kept)
        return document

    async def _fetch(self, service: str) -> dict[str, Any] | None:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        address = f"{self._upstreams[service]}/openapi.json"
        try:
            async with self._forwarder.session.get(address, timeout=timeout) as response:
                if response.status != 200:
                    return None
                pieces = bytearray()
                async for piece in response.content.iter_any():
                    pieces += piece
                    if len(pieces) > DOCUMENT_BYTES_MAX:
                        return None
            document = json.loads(pieces)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("openapi_unreadable", upstream=service, error=type(error).__name__)
            return None
        return document if isinstance(document, dict) else None


def merge(documents: Mapping[str, dict[str, Any] | None]) -> dict[str, Any]:
    """One document of all services; components carry the service's name in front, so none meet."""
    merged = own_openapi()
    merged["x-unavailable"] = [name for name, document in documents.items() if document is None]
    for service, document in documents.items():
        if document is not None:
            _add(merged, service, document)
    return merged


def _add(merged: dict[str, Any], service: str, document: dict[str, Any]) -> None:
    renamed = _prefixed(document, service)
    merged["tags"].append(
        {"name": service, "description": document.get("info", {}).get("title", service)}
    )
    for section, entries in renamed.get("components", {}).items():
        target = merged["components"].setdefault(section, {})
        for name, entry in entries.items():
            target[f"{service}.{name}"] = entry
    for path, operations in renamed.get("paths", {}).items():
        # Health and metrics are for those inside; only what is reachable here is promised here.
        if path.startswith(f"/{service}/"):
            merged["paths"][path] = _own_operations(operations, service)


def _own_operations(operations: dict[str, Any], service: str) -> dict[str, Any]:
    owned = dict(operations)
    for method, operation in operations.items():
        if method not in HTTP_METHODS:
            continue
        named = {**operation, "tags": [service]}
        if "operationId" in operation:
            named["operationId"] = f"{service}_{operation['operationId']}"
        named["x-topics"] = operation.get("tags", [])
        owned[method] = named
    return owned


def _prefixed(node: Any, service: str) -> Any:
    """The same tree with every pointer into the components led to its new name."""
    if isinstance(node, dict):
        return {key: _prefixed(value, service) for key, value in node.items()}
    if isinstance(node, list):
        return [_prefixed(value, service) for value in node]
    if isinstance(node, str) and node.startswith("#/components/"):
        section, _, name = node.removeprefix("#/components/").partition("/")
        return f"#/components/{section}/{service}.{name}"
    return node
