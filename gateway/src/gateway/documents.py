"""The city's contracts in one place: OpenAPI and AsyncAPI of every service, merged."""

from collections.abc import Mapping
from typing import Any

from gateway.exchange import Exchange
from gateway.forwarding import Forwarder


class Documents:
    def __init__(self, forwarder: Forwarder, upstreams: Mapping[str, str]) -> None:
        self._forwarder = forwarder
        self._upstreams = upstreams

    async def openapi(self, exchange: Exchange) -> None:
        await exchange.json(200, own_openapi())

    async def asyncapi(self, exchange: Exchange) -> None:
        await exchange.json(200, {})


def own_openapi() -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "一网", "version": "1"}, "paths": {}}
