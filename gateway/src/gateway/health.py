"""Whether the gateway lives, and whether the city behind it is ready."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from gateway.exchange import Exchange
from gateway.forwarding import Forwarder

ASK_SECONDS = 1.0
ANSWER_BYTES_MAX = 64 * 1024


class Health:
    """`is_draining` is set at SIGTERM and never taken back."""

    def __init__(self, forwarder: Forwarder, upstreams: Mapping[str, str]) -> None:
        self._forwarder = forwarder
        self._upstreams = upstreams
        self.is_draining = False

    async def healthz(self, exchange: Exchange) -> None:
        """200 while the process answers at all."""
        await exchange.json(200, {"status": "ok", "service": "gateway"})

    async def readyz(self, exchange: Exchange) -> None:
        """200 only when every service is ready and we are staying; names each."""
        names = list(self._upstreams)
        answers = await asyncio.gather(*(self._ask(name) for name in names))
        services = dict(zip(names, answers, strict=True))
        is_ready = not self.is_draining and all(entry["ready"] for entry in services.values())
        document = {
            "status": "draining" if self.is_draining else "ready" if is_ready else "not-ready",
            "service": "gateway",
            "upstreams": services,
        }
        headers = () if is_ready else ((b"retry-after", b"1"),)
        await exchange.json(200 if is_ready else 503, document, headers=headers)

    async def _ask(self, name: str) -> dict[str, Any]:
        address = f"{self._upstreams[name]}/readyz"
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        try:
            async with self._forwarder.session.get(address, timeout=timeout) as response:
                body = await response.content.read(ANSWER_BYTES_MAX)
                return {"ready": response.status == 200, "detail": _read(body)}
        except (aiohttp.ClientError, TimeoutError) as error:
            return {"ready": False, "detail": type(error).__name__}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
