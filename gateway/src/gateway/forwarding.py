"""The hot path: one request to one service and its answer back, streamed both ways."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from chassis.errors import BadRequestError
from gateway.bodies import Body
from gateway.callers import Caller
from gateway.circuit import Circuit
from gateway.exchange import Exchange
from gateway.headers import answer_headers
from gateway.internal_tokens import InternalTokens
from gateway.problems import RequestTimeoutError, deadline_passed, upstream_down
from gateway.route_table import Route

CONNECT_SECONDS = 3.0
RETRY_PAUSE_SECONDS = 0.05
IDLE_UPSTREAM_SECONDS = 30.0
"""Below the services' keep-alive of 75 s, so that the closing end is ours."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
"""Headers that the client library must not make up."""
HEAD_BYTES_MAX = 64 * 1024
LONG_SECONDS = 600.0
LONG_CONNECTIONS_MAX = 4096

NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


class Forwarder:
    """Holds the connections to the services. Open with `async with`."""

    def __init__(
        self,
        upstreams: Mapping[str, str],
        tokens: InternalTokens,
        *,
        public_url: str,
        connections_max: int,
    ) -> None:
        self._upstreams = dict(upstreams)
        self._tokens = tokens
        self._connections_max = connections_max
        self.circuits = {name: Circuit() for name in upstreams}
        public = urlsplit(public_url)
        self._public = [("X-Forwarded-Proto", public.scheme), ("X-Forwarded-Host", public.netloc)]
        self._session: aiohttp.ClientSession | None = None
        self._long_session: aiohttp.ClientSession | None = None
        self._event_streams: set[aiohttp.ClientResponse] = set()

    async def __aenter__(self) -> "Forwarder":
        self._session = _open_session(self._connections_max)
        # Streams stay open for an hour: on connections of their own, they cannot crowd out the others.
        self._long_session = _open_session(LONG_CONNECTIONS_MAX)
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in (self._session, self._long_session):
            if session is not None:
                await session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The client, for the gateway's own calls too."""
        assert self._session is not None, "not entered yet"
        return self._session

    def end_event_streams(self) -> None:
        """Hang up on streams that never end by themselves; their readers come back by cursor."""
        for response in list(self._event_streams):
            response.close()

    async def forward(self, exchange: Exchange, route: Route, caller: Caller) -> None:
        """See the request through; raises ProblemError while no byte of an answer has been sent."""
        circuit = self.circuits[route.upstream]
        exchange.upstream = route.upstream
        if not circuit.admit():
            raise upstream_down(route.upstream)
        try:
            response, body = await self._ask(exchange, route, caller, circuit)
        except BaseException:
            circuit.abandoned()
            raise
        try:
            await self._pass_back(exchange, route, response, body)
        finally:
            response.close()

    async def _ask(
        self, exchange: Exchange, route: Route, caller: Caller, circuit: Circuit
    ) -> tuple[aiohttp.ClientResponse, Body]:
        body = Body(exchange.receive, exchange.incoming, bytes_max=route.body_bytes_max)
        seconds = _budget(exchange, route)
        try:
            async with asyncio.timeout(seconds):
                await body.start()
                response = await self._send(exchange, route, caller, body, seconds)
        except TimeoutError as error:
            if not body.is_read:
                raise RequestTimeoutError from error
            raise deadline_passed(route.upstream) from error
        except ValueError as error:
            raise BadRequestError from error
        except aiohttp.ClientError as error:
            if body.fault is not None:
                raise body.fault from error
            circuit.failed()
            raise upstream_down(route.upstream) from error
        circuit.succeeded()
        return response, body

    async def _send(
        self, exchange: Exchange, route: Route, caller: Caller, body: Body, seconds: float
    ) -> aiohttp.ClientResponse:
        url = _address(self._upstreams[route.upstream], exchange)
        headers = self._headers(exchange, route, caller, seconds)
        whole = body.whole
        data: Any = whole or None
        if whole is None:
            data = body.stream()
            if exchange.incoming.content_length is not None:
                headers.append(("Content-Length", str(exchange.incoming.content_length)))
        is_long = route.stream_seconds >= LONG_SECONDS
        ask = (self._long_session or self.session).request if is_long else self.session.request
        method = exchange.method
        try:
            return await ask(method, url, headers=headers, data=data, allow_redirects=False)
        except LOST as error:
            is_unsent = isinstance(error, NOT_CONNECTED)
            if not is_unsent and (method not in SAFE_METHODS or whole is None):
                raise
        await asyncio.sleep(RETRY_PAUSE_SECONDS if is_unsent else 0)
        return await ask(method, url, headers=headers, data=data, allow_redirects=False)

    def _headers(
        self, exchange: Exchange, route: Route, caller: Caller, seconds: float
    ) -> list[tuple[str, str]]:
        return [
            *exchange.incoming.forward,
            ("Authorization", self._tokens.bearer(caller, route.upstream)),
            ("X-Request-Id", exchange.request_id),
            ("traceparent", exchange.traceparent),
            ("X-Deadline-Ms", str(int(seconds * 1000))),
            ("X-Forwarded-For", exchange.address),
            *self._public,
        ]

    async def _pass_back(
        self,
        exchange: Exchange,
        route: Route,
        response: aiohttp.ClientResponse,
        body: Body,
    ) -> None:
        await exchange.start(response.status, answer_headers(response.raw_headers))
        content = response.content
        if content.is_eof():
            # Head and body came together, as they do for most answers: one message, no task.
            rest = content.read_nowait(-1) if not content.at_eof() else b""
            await exchange.send({"type": "http.response.body", "body": rest})
            return
        await self._stream_back(exchange, route, response, body)

    async def _stream_back(
        self, exchange: Exchange, route: Route, response: aiohttp.ClientResponse, body: Body
    ) -> None:
        is_events = response.content_type == "text/event-stream"
        if is_events:
            self._event_streams.add(response)
        watch = asyncio.create_task(_close_when_gone(exchange, response, body))
        send = exchange.send
        try:
            async with asyncio.timeout(route.stream_seconds):
                async for piece in response.content.iter_any():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (TimeoutError, *LOST) as error:
            await _end_early(exchange, error, is_events=is_events)
        finally:
            self._event_streams.discard(response)
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch


def _open_session(connections_max: int) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=0, limit_per_host=connections_max, keepalive_timeout=IDLE_UPSTREAM_SECONDS
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=OURS,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        max_line_size=HEAD_BYTES_MAX,
        max_field_size=HEAD_BYTES_MAX,
        trust_env=False,
    )
    # aiohttp would by itself send PUT and DELETE again after a lost connection; what may be sent twice
    # is decided here, and there is no public switch.
    session._retry_connection = False
    return session


async def _end_early(exchange: Exchange, error: Exception, *, is_events: bool) -> None:
    """An event stream may end anywhere; any other body that ends early must look broken, or half of a
    file would pass for the whole."""
    if is_events:
        await exchange.send({"type": "http.response.body", "body": b""})
        return
    raise BrokenAnswerError from error


class BrokenAnswerError(Exception):
    """The answer had begun and cannot be completed: the connection must be cut."""


async def _close_when_gone(
    exchange: Exchange, response: aiohttp.ClientResponse, body: Body
) -> None:
    """Hang up on the service when the client has left, so that a stream nobody reads does not live on."""
    if not body.is_read:
        return  # the sender of the body is reading, and sees for itself
    while True:
        message = await exchange.receive()
        if message["type"] == "http.disconnect":
            response.close()
            return


def _budget(exchange: Exchange, route: Route) -> float:
    """The route's seconds; a caller may ask for fewer."""
    given = exchange.incoming.picked.get(b"x-deadline-ms", b"")
    if given.isdigit() and len(given) < 9:
        return min(route.seconds, max(0.001, int(given) / 1000))
    return route.seconds


def _address(base: str, exchange: Exchange) -> URL:
    raw: bytes = exchange.scope["raw_path"]
    query: bytes = exchange.scope["query_string"]
    target = raw + b"?" + query if query else raw
    try:
        return URL(base + target.decode("ascii"), encoded=True)
    except ValueError as error:
        raise BadRequestError(
            "地址中含有不允许的字符",
            "The address holds a character that is not allowed",
            code="malformed-address",
        ) from error
