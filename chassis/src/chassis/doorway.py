"""The first and last thing a request meets: ids, deadline, identity, size, metrics, one log line.

Plain ASGI, because it stands on every request.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from chassis.errors import (
    BadRequestError,
    ProblemError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
)
from chassis.ids import new_id
from chassis.problems import language_of, problem_document
from chassis.runtime import Runtime
from chassis.telemetry import span, trace_id_of, tracing_context

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json"})
"""Served without a token: they say nothing of the business. Network policy keeps them inside (deploy/)."""
DEADLINE_MS_DEFAULT = 30_000
DEADLINE_MS_MAX = 120_000
"""What the gateway may grant for uploads and long polls (its route table)."""
REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
SLOW_SECONDS = 1.0

log = structlog.get_logger()


class Doorway:
    """Wraps a service's application."""

    def __init__(self, app: App, runtime_of: Callable[[], Runtime]) -> None:
        self._app = app
        self._runtime_of = runtime_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if REQUEST_ID.match(given) else str(new_id())
        parent = headers.get(b"traceparent", b"").decode("latin-1") or None
        with (
            span(
                f"{scope['method']} {self._runtime_of().service}", kind="server", traceparent=parent
            ) as traceparent,
            tracing_context(traceparent=traceparent, request_id=request_id),
        ):
            await self._see_through(scope, receive, send, headers, request_id, traceparent)

    async def _see_through(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: dict[bytes, bytes],
        request_id: str,
        traceparent: str,
    ) -> None:
        runtime = self._runtime_of()
        started = time.perf_counter()
        answer = _Answer(send, request_id, traceparent)
        problem: ProblemError | None = None
        try:
            self._admit(scope, headers, runtime)
            bounded = _bounded(receive, headers, _bytes_max(headers, runtime))
            async with asyncio.timeout(_deadline_ms(headers) / 1000):
                await self._app(scope, bounded, answer)
        except ProblemError as error:
            problem = error
        except TimeoutError:
            problem = UnavailableError(
                "处理超过时限，请稍后重试；如已提交，请用同一 Idempotency-Key 重试",
                "The deadline passed; try again, with the same Idempotency-Key if you were writing",
                code="deadline-passed",
                headers={"Retry-After": "1"},
            )
        except Exception as error:
            log.exception("unhandled", error=type(error).__name__)
            problem = ProblemError()
        if problem is not None and not answer.started:
            await send_problem(answer, problem, headers, scope["path"], traceparent)
        self._observe(scope, runtime, answer.status, time.perf_counter() - started)

    def _admit(self, scope: Scope, headers: dict[bytes, bytes], runtime: Runtime) -> None:
        raw = scope.get("raw_path") or b""
        if b"%00" in raw or b"%00" in scope.get("query_string", b""):
            raise BadRequestError(
                "地址中含有不允许的字符", "The address holds a character that is not allowed"
            )
        if scope["path"] in OPEN_PATHS:
            return
        authorization = headers.get(b"authorization")
        if authorization is None:
            raise UnauthenticatedError(headers={"WWW-Authenticate": "Bearer"})
        scope["principal"] = runtime.verifier.verify(authorization.decode("latin-1"))

    def _observe(self, scope: Scope, runtime: Runtime, status: int, seconds: float) -> None:
        route = scope.get("route")
        path = getattr(route, "path", "unknown")
        runtime.metrics.http_requests.labels(scope["method"], path, str(status)).observe(seconds)
        if seconds > SLOW_SECONDS or status >= 500:
            log.warning(
                "request",
                method=scope["method"],
                route=path,
                status=status,
                seconds=round(seconds, 3),
            )


class _Answer:
    """Adds the request's ids to whatever answer goes out, and remembers its status."""

    def __init__(self, send: Send, request_id: str, traceparent: str) -> None:
        self._send = send
        self._ids = [
            (b"x-request-id", request_id.encode()),
            (b"traceparent", traceparent.encode()),
        ]
        self.started = False
        self.status = 500

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._ids]
        await self._send(message)


def _deadline_ms(headers: dict[bytes, bytes]) -> int:
    given = headers.get(b"x-deadline-ms", b"")
    return max(1, min(int(given), DEADLINE_MS_MAX)) if given.isdigit() else DEADLINE_MS_DEFAULT


def _bytes_max(headers: dict[bytes, bytes], runtime: Runtime) -> int:
    """Files are streamed and may be large; anything else is held, parsed and walked through, and may not."""
    if headers.get(b"content-type", b"").startswith(b"multipart/"):
        return runtime.settings.body_bytes_max
    return runtime.settings.json_bytes_max


def _bounded(receive: Receive, headers: dict[bytes, bytes], bytes_max: int) -> Receive:
    """Count the body while it streams in; what declares too much is refused before it is read."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > bytes_max:
        raise TooLargeError
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > bytes_max:
            raise TooLargeError
        return message

    return counted


async def send_problem(
    send: Send | _Answer,
    problem: ProblemError,
    headers: dict[bytes, bytes],
    path: str,
    traceparent: str,
) -> None:
    """Answer with an RFC 9457 problem document, in the caller's language."""
    document = problem_document(
        problem,
        language=language_of(headers.get(b"accept-language", b"").decode("latin-1")),
        instance=path,
        trace_id=trace_id_of(traceparent),
    )
    body = json.dumps(document, ensure_ascii=False).encode()
    start_headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": start_headers})
    await send({"type": "http.response.body", "body": body})
