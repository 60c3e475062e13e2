"""A real gateway before a real upstream, both served by uvicorn on free ports, spoken to over real HTTP."""

import asyncio
import base64
import contextlib
import json
import socket
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.identity import Principal, TokenVerifier
from gateway.route_table import Route, RouteTable
from gateway.server import Server, server_config
from gateway.service import Gateway
from gateway.settings import GatewaySettings, IssuerSettings

CITIZEN = "019a0000-0000-7000-8000-000000000001"


async def eventually(check: Callable[[], Awaitable[Any] | Any], *, within: float = 10.0) -> Any:
    """Wait until `check` returns something true; the only waiting tool."""
    deadline = time.monotonic() + within
    while True:
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, "never came true"
        await asyncio.sleep(0.02)


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)


class Quiet:
    """Leaves the signals of the test process alone, and leaves at once when told to."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self):
        yield

    async def main_loop(self) -> None:
        await self.leaving.wait()

    def leave(self) -> None:
        self.should_exit = self.force_exit = True
        self.leaving.set()


class QuietServer(Quiet, uvicorn.Server):
    pass


class QuietGatewayServer(Quiet, Server):
    pass


@contextlib.asynccontextmanager
async def running(server: QuietServer | QuietGatewayServer) -> AsyncIterator[str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    task = asyncio.create_task(server.serve(sockets=[sock]))
    await eventually(lambda: server.started or task.done())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.leave()
        await task
        sock.close()


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(
        app,
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    async with running(QuietServer(config)) as url:
        yield url


@dataclass
class Seen:
    """One request as the upstream saw it."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else None

    @property
    def names(self) -> set[str]:
        return {key for key, _ in self.headers}


@dataclass
class Upstream:
    """A tiny service that remembers what it saw; `behaviours` answer chosen paths in their own way."""

    seen: list[Seen] = field(default_factory=list)
    documents: dict[str, Any] = field(default_factory=dict)
    behaviours: dict[str, Callable[..., Awaitable[None]]] = field(default_factory=dict)
    requests: int = 0
    broken_off: int = 0
    """Requests whose body never came to its end."""

    async def __call__(self, scope, receive, send) -> None:
        self.requests += 1
        path = scope["path"]
        if path in self.behaviours:
            await self.behaviours[path](scope, receive, send)
            return
        if path in self.documents:
            await answer(send, 200, json.dumps(self.documents[path]).encode())
            return
        seen = Seen(
            scope["method"],
            scope["raw_path"].decode(),
            scope["query_string"],
            [(name.decode("latin-1"), value.decode("utf-8")) for name, value in scope["headers"]],
        )
        try:
            async for piece in pieces(receive):
                seen.body += piece
        except ConnectionError:
            self.broken_off += 1
            return
        self.seen.append(seen)
        await answer(send, 200, json.dumps({"bytes": len(seen.body)}).encode())

    @property
    def last(self) -> Seen:
        return self.seen[-1]


async def pieces(receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def answer(send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*head, *headers]})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Door:
    """The gateway under test and everything around it."""

    url: str
    client: httpx.AsyncClient
    upstream: Upstream
    gateway: Gateway
    server: Server
    folder: Path
    local_key: ECKey
    issuer_key: ECKey
    issuer: str
    jwks_path: str = "/jwks"

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        base = {
            "iss": self.gateway.settings.public_url,
            "aud": "yiwang",
            "sub": CITIZEN,
            "kind": "person",
            "roles": ["citizen"],
            "assurance": 3,
            "division": "445102",
            "channel": "i-chaozhou",
            "iat": now,
            "exp": now + 600,
            "jti": uuid.uuid4().hex,
        }
        return {key: value for key, value in (base | changes).items() if value is not None}

    def token(
        self, key: ECKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """A token of the local issuer."""
        key = key or self.local_key
        header = {"alg": "ES256", "kid": key.kid} | (header or {})
        return jwt.encode(header, self.claims(**changes), key, algorithms=["ES256"])

    def foreign_token(self, key: ECKey | None = None, **changes: Any) -> str:
        """A token of the outside identity provider."""
        return self.token(key or self.issuer_key, **({"iss": self.issuer} | changes))

    async def get(self, path: str, token: str | None = None, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return await self.client.get(path, headers=headers, **options)

    def publish_keys(self, *keys: ECKey) -> None:
        public = [key.as_dict(private=False) for key in keys]
        self.upstream.documents[self.jwks_path] = {"keys": public}

    def principal(self, service: str = "catalog") -> Principal:
        """Who the last request came from, read as a service reads it."""
        path = self.folder / "internal.jwks"
        path.write_text(json.dumps(KeySet([self.gateway.keys.internal]).as_dict(private=False)))
        verifier = TokenVerifier(audience=service, jwks_file=path)
        return verifier.verify(self.upstream.last.header("authorization") or "")

    async def raw(self, data: bytes) -> bytes:
        """Send these bytes and read until the other side closes or has answered."""
        host, port = self.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(data)
        await writer.drain()
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
            body = b""
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    body = await asyncio.wait_for(reader.readexactly(int(line[15:])), 15)
            return head + body
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def door_at(
    folder: Path,
    upstream: Upstream,
    upstream_url: str,
    *,
    routes: list[Route] | None = None,
    **changes: Any,
) -> AsyncIterator[Door]:
    internal, local, outside = new_key("internal-1"), new_key("local-1"), new_key("outside-1")
    for name, key in (("internal", internal), ("local", local)):
        (folder / f"{name}.jwk").write_text(json.dumps(key.as_dict(private=True)))
    issuer = "https://idp.example"
    told = {
        "environment": "test",
        "public_url": "http://yiwang.example",
        "upstreams": {"catalog": upstream_url, "workorder": upstream_url},
        "internal_key_file": folder / "internal.jwk",
        "local_issuer": True,
        "local_issuer_key_file": folder / "local.jwk",
        "drain_seconds": 1,
        "issuers": (IssuerSettings(issuer=issuer, jwks_uri=f"{upstream_url}/jwks"),),
    }
    gateway = Gateway(
        GatewaySettings(**(told | changes)), RouteTable(routes) if routes is not None else None
    )
    server = QuietGatewayServer(server_config(gateway), gateway)
    async with (
        running(server) as url,
        httpx.AsyncClient(base_url=url, timeout=30, verify=False) as client,
    ):
        door = Door(url, client, upstream, gateway, server, folder, local, outside, issuer)
        door.publish_keys(outside)
        yield door


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def upstream_url(upstream: Upstream) -> AsyncIterator[str]:
    async with serving(upstream) as url:
        yield url


@pytest.fixture
async def door(tmp_path: Path, upstream: Upstream, upstream_url: str) -> AsyncIterator[Door]:
    async with door_at(tmp_path, upstream, upstream_url) as opened:
        yield opened


@pytest.fixture
def open_door(tmp_path: Path, upstream: Upstream, upstream_url: str):
    """A door with settings or routes of one's own: `async with open_door(rate_factor=1) as door:`."""

    def opened(**changes: Any):
        return door_at(tmp_path, upstream, changes.pop("upstream_url", upstream_url), **changes)

    return opened


@pytest.fixture(name="eventually")
def eventually_fixture():
    return eventually


@pytest.fixture(name="new_key")
def new_key_fixture():
    return new_key


@pytest.fixture(name="serving")
def serving_fixture():
    return serving


@pytest.fixture(name="answer")
def answer_fixture():
    return answer


@pytest.fixture
def unsigned() -> Callable[..., str]:
    """A JWT from header, claims and any signature bytes."""

    def made(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
        parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)

    return made
