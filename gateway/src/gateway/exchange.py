"""One request and its answer: what every step of the way needs to know, and the ways to answer."""

import gzip
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from chassis.errors import ProblemError
from chassis.problems import language_of, render
from chassis.telemetry import trace_id_of
from gateway.headers import HTML_POLICY, NO_STORE, SECURITY, Incoming

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

PROBLEM_TYPE = b"application/problem+json; charset=utf-8"


class Packed:
    """A body that is sent many times, with its gzip form made once."""

    __slots__ = ("gzipped", "plain")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self.gzipped = gzip.compress(plain, 6, mtime=0)


class Exchange:
    """`extra` are headers that every answer of this exchange carries: ids at first, then rate limits."""

    __slots__ = (
        "address",
        "extra",
        "incoming",
        "method",
        "path",
        "receive",
        "request_id",
        "scope",
        "send",
        "status",
        "traceparent",
        "upstream",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        incoming: Incoming,
        request_id: str,
        traceparent: str,
        address: str,
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.incoming = incoming
        self.request_id = request_id
        self.traceparent = traceparent
        self.address = address
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.extra: list[Header] = [
            (b"x-request-id", request_id.encode()),
            (b"traceparent", traceparent.encode()),
        ]
        self.status = 0
        """0 until the answer has begun."""
        self.upstream = "gateway"

    @property
    def language(self) -> str:
        return language_of(self.incoming.accept_language)

    async def start(self, status: int, headers: list[Header]) -> None:
        """Begin the answer; `headers` are complete but for the extra ones."""
        self.status = status
        headers.extend(self.extra)
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def answer(
        self, status: int, body: bytes, *, media_type: bytes, headers: tuple[Header, ...] = ()
    ) -> None:
        """A whole answer of the gateway's own, never stored by anyone unless `headers` say so."""
        complete = [
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            *SECURITY,
            *headers,
        ]
        if not any(name == b"cache-control" for name, _ in headers):
            complete.append(NO_STORE)
        await self.start(status, complete)
        await self.send({"type": "http.response.body", "body": body})

    async def json(self, status: int, document: Any, *, headers: tuple[Header, ...] = ()) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        await self.answer(status, body, media_type=b"application/json", headers=headers)

    async def packed(
        self, body: Packed, *, media_type: bytes, headers: tuple[Header, ...] = ()
    ) -> None:
        """200, compressed for who takes it: people read these pages on phones."""
        varying = (*headers, (b"vary", b"accept-encoding"))
        if "gzip" not in dict(self.incoming.forward).get("accept-encoding", ""):
            await self.answer(200, body.plain, media_type=media_type, headers=varying)
            return
        encoded = (*varying, (b"content-encoding", b"gzip"))
        await self.answer(200, body.gzipped, media_type=media_type, headers=encoded)

    async def html(self, page: str, *, policy: Header = HTML_POLICY, status: int = 200) -> None:
        await self.answer(
            status, page.encode(), media_type=b"text/html; charset=utf-8", headers=(policy,)
        )

    async def redirect(self, to: str) -> None:
        await self.answer(
            307, b"", media_type=b"text/plain; charset=utf-8", headers=((b"location", to.encode()),)
        )

    async def problem(self, error: ProblemError) -> None:
        """Refuse, in the caller's language, unless the answer has begun already."""
        if self.status:
            return
        body = render(
            error,
            language=self.language,
            instance=self.path,
            trace_id=trace_id_of(self.traceparent),
        )
        own = {name.lower().encode(): value.encode() for name, value in error.headers.items()}
        self.extra = [header for header in self.extra if header[0] not in own]
        await self.answer(error.status, body, media_type=PROBLEM_TYPE, headers=tuple(own.items()))
