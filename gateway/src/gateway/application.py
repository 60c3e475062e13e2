"""The door itself: a bare ASGI application. Local routes by dict, everything else forwarded."""

import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from chassis.errors import NotFoundError, ProblemError, UnauthenticatedError
from chassis.ids import new_id
from chassis.telemetry import span
from gateway.addresses import Addresses
from gateway.authentication import Authentication
from gateway.bodies import ClientGoneError
from gateway.callers import NOBODY, Caller
from gateway.exchange import Exchange, Receive, Scope, Send
from gateway.forwarding import BrokenAnswerError, Forwarder
from gateway.headers import refuse_ambiguous, sort_headers
from gateway.metrics import Metrics
from gateway.paths import refuse_tricks
from gateway.problems import MethodNotAllowedError
from gateway.rate_limits import RateLimits
from gateway.route_table import Route, RouteTable

LocalRoute = Callable[[Exchange], Awaitable[None]]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAILED_SIGN_INS_PER_MINUTE = 600
SLOW_SECONDS = 5.0

log = structlog.get_logger()


class Application:
    """Local routes are keyed by path; each maps the methods it takes to its handler."""

    def __init__(
        self,
        *,
        forwarder: Forwarder,
        authentication: Authentication,
        limits: RateLimits,
        metrics: Metrics,
        addresses: Addresses,
        routes: RouteTable,
        local: Mapping[str, Mapping[str, LocalRoute]],
        local_prefixes: Mapping[str, LocalRoute],
    ) -> None:
        self._forwarder = forwarder
        self._authentication = authentication
        self._limits = limits
        self._metrics = metrics
        self._addresses = addresses
        self._routes = routes
        self._local = local
        self._local_prefixes = local_prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self._forwarder:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        incoming = sort_headers(scope["headers"])
        route = self._routes.find(scope["path"])
        prefix = route.prefix if route is not None else "local"
        peer = scope["client"][0] if scope["client"] else ""
        with span(
            f"{scope['method']} {prefix}", kind="server", traceparent=incoming.traceparent
        ) as traceparent:
            exchange = Exchange(
                scope,
                receive,
                send,
                incoming=incoming,
                request_id=incoming.request_id or str(new_id()),
                traceparent=traceparent,
                address=self._addresses.caller(peer, incoming.picked.get(b"x-forwarded-for")),
            )
            self._metrics.in_flight += 1
            try:
                await self._see_through(exchange, route)
            finally:
                self._metrics.in_flight -= 1
                seconds = time.perf_counter() - started
                self._metrics.observe(
                    prefix, exchange.upstream, status=exchange.status, seconds=seconds
                )
                if exchange.status >= 500 or seconds > SLOW_SECONDS:
                    _log(exchange, prefix, seconds)

    async def _see_through(self, exchange: Exchange, route: Route | None) -> None:
        try:
            await self._take(exchange, route)
        except ProblemError as error:
            await exchange.problem(error)
        except ClientGoneError:
            exchange.status = exchange.status or 499
        except BrokenAnswerError:
            # Returning without an end makes the server cut the connection.
            log.warning("answer_broken", prefix=route.prefix if route else "")
        except Exception as error:
            log.exception("unhandled", error=type(error).__name__)
            await exchange.problem(ProblemError())

    async def _take(self, exchange: Exchange, route: Route | None) -> None:
        if exchange.method not in METHODS:
            raise MethodNotAllowedError(headers={"Allow": ", ".join(sorted(METHODS))})
        refuse_tricks(exchange.scope["raw_path"], exchange.scope["query_string"])
        refuse_ambiguous(exchange.incoming)
        if route is None:
            await self._answer_locally(exchange)
            return
        caller = self._authentication.recall(exchange.incoming.picked.get(b"authorization"))
        if caller is None:
            caller = await self._authenticate(exchange)
        standing = self._limits.take(route, caller, exchange.address)
        exchange.extra.extend(standing.headers())
        if caller is NOBODY and not route.anonymous:
            raise UnauthenticatedError(
                "此操作需要登录，请先登录再试",
                "This step needs a sign-in; sign in and try again",
                headers={"WWW-Authenticate": "Bearer"},
            )
        await self._forwarder.forward(exchange, route, caller)

    async def _authenticate(self, exchange: Exchange) -> Caller:
        try:
            return await self._authentication.authenticate(
                exchange.incoming.picked[b"authorization"]
            )
        except UnauthenticatedError:
            # A signature check costs; whoever sends bad tokens in numbers is slowed down by address.
            self._limits.take_named(
                "bad-tokens", exchange.address, per_minute=FAILED_SIGN_INS_PER_MINUTE
            )
            raise

    async def _answer_locally(self, exchange: Exchange) -> None:
        methods = self._local.get(exchange.path)
        if methods is None:
            for prefix, handler in self._local_prefixes.items():
                if exchange.path.startswith(prefix) and exchange.method in {"GET", "HEAD"}:
                    await handler(exchange)
                    return
            raise NotFoundError(
                "没有这个地址，请查看接口文档 /docs",
                "There is no such address; see /docs",
                code="no-such-route",
            )
        method = "GET" if exchange.method == "HEAD" else exchange.method
        if method not in methods:
            raise MethodNotAllowedError(headers={"Allow": ", ".join(sorted(methods))})
        await methods[method](exchange)


def _log(exchange: Exchange, prefix: str, seconds: float) -> None:
    log.warning(
        "request",
        method=exchange.method,
        prefix=prefix,
        upstream=exchange.upstream,
        status=exchange.status,
        seconds=round(seconds, 3),
        request_id=exchange.request_id,
        trace_id=exchange.traceparent[3:35],
    )
