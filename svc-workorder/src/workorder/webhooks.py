"""Messages to other systems by HTTP: signed by Standard Webhooks, and only to where a message may go.

The name of an endpoint is looked up when it is sent to, each address it gives is checked, and the connection is made
to exactly that address: a name that points elsewhere a moment later gains nothing. Redirects are not followed.
"""

import base64
import errno
import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from workorder.domain.notices import (
    SECRET_PREFIX,
    Network,
    UnsafeAddressError,
    check_url,
    is_allowed,
)

TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 4_096
CONNECTIONS_MAX = 16
ERROR_CHARACTERS_MAX = 200
SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint said. `status` 0: it was not reached, and `error` says why."""

    status: int
    body: str = ""
    error: str = ""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


class SafeResolver(AbstractResolver):
    """Looks names up and gives only addresses that a message may go to."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [
            each for each in found if is_allowed(ipaddress.ip_address(each["host"]), self._networks)
        ]
        if not allowed:
            raise OSError(errno.EHOSTUNREACH, "no address that a message may go to")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


@asynccontextmanager
async def sender(networks: Sequence[Network]) -> AsyncIterator[aiohttp.ClientSession]:
    """A session for a round of messages; no proxy, no cookies."""
    connector = aiohttp.TCPConnector(
        resolver=SafeResolver(networks), limit=CONNECTIONS_MAX, use_dns_cache=False
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    ) as session:
        yield session


async def post_signed(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    *,
    message_id: str,
    at: datetime,
    keys: Sequence[str],
    networks: Sequence[Network],
) -> Answer:
    """Send one message, signed with each of the secrets `keys`; never raises for what the other side does."""
    try:
        check_url(url, networks)
    except UnsafeAddressError as error:
        return Answer(status=0, error=error.en)
    stamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Yiwang-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signature(key, message_id, stamp, body) for key in keys),
    }
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            read = await response.content.read(ANSWER_BYTES_MAX)
            text = read.decode(errors="replace")
            fault = "" if 200 <= response.status < 300 else f"HTTP {response.status}"
            return Answer(status=response.status, body=text, error=fault)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        words = f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS_MAX]
        return Answer(status=0, error=words)


def signature(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, timestamp and body (Standard Webhooks 1.0)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def new_secret() -> str:
    """A secret of its own for one endpoint."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
