"""Whether the gateway lives, and whether the city behind it is ready."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from gateway.exchange import Exchange
from gateway.forwarding import Forwarder

ASK_SECONDS = 1.0
KEPT_SECONDS = 0.25
ANSWER_BYTES_MAX = 64 * 1024


class Health:
    """`is_draining` is set at SIGTERM and never taken back."""

    def __init__(self, forwarder: Forwarder, upstreams: Mapping[str, str]) -> None:
        self._forwarder = forwarder
        self._upstreams = upstreams
        self.is_draining = False
        self._asking: asyncio.Task[dict[str, dict[str, Any]]] | None = None
        self._asked_at = 0.0

    async def healthz(self, exchange: Exchange) -> None:
        """200 while the process answers at all."""
        await exchange.json(200, {"status": "ok", "service": "gateway"})

    async def readyz(self, exchange: Exchange) -> None:
        """200 only when every service is ready and we are staying; names each."""
        services = await self._services()
        is_ready = not self.is_draining and all(entry["ready"] for entry in services.values())
        document = {
            "status": "draining" if self.is_draining else "ready" if is_ready else "not-ready",
            "service": "gateway",
            "upstreams": services,
        }
        headers = () if is_ready else ((b"retry-after", b"1"),)
        await exchange.json(200 if is_ready else 503, document, headers=headers)

    async def _services(self) -> dict[str, dict[str, Any]]:
        # Anyone may ask: however many do, the services are asked a few times a second.
        now = time.monotonic()
        if self._asking is None or (self._asking.done() and now - self._asked_at > KEPT_SECONDS):
            self._asked_at = now
            self._asking = asyncio.create_task(self._ask_all())
        return await asyncio.shield(self._asking)

    async def _ask_all(self) -> dict[str, dict[str, Any]]:
        names = list(self._upstreams)
        answers = await asyncio.gather(*(self._ask(name) for name in names))
        return dict(zip(names, answers, strict=True))

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
