"""What the process tells of itself: logs, the trace it is part of, metrics. Never personal data.

The trace context is a W3C `traceparent` string that is handed on whether or not spans are exported; with no
collector set, a span costs some microseconds and makes the next `traceparent` only.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, Protocol

from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chassis.logs import configure, scrub

Kind = Literal["internal", "server", "client", "producer", "consumer"]

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.ASCII,
)
_SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)


def configure_logging(service: str, level: str) -> None:
    """Every line is JSON on stdout with event, level, ts, service, trace_id and request_id; see `logs`."""
    configure(
        service,
        level,
        lambda: {"trace_id": trace_id_of(_traceparent.get()), "request_id": _request_id.get()},
    )


def current_request_id() -> str | None:
    return _request_id.get()


def current_traceparent() -> str | None:
    return _traceparent.get()


@contextmanager
def tracing_context(*, traceparent: str | None, request_id: str | None) -> Iterator[None]:
    """Within it, log lines and told facts belong to this trace and request."""
    reset_trace = _traceparent.set(traceparent)
    reset_request = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(reset_request)
        _traceparent.reset(reset_trace)


def new_traceparent() -> str:
    """The start of a trace, sampled."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


def child_traceparent(parent: str | None) -> str:
    """The next step of the parent's trace; a new trace when the parent is missing or malformed."""
    match = _read_traceparent(parent)
    if match is None:
        return new_traceparent()
    return f"00-{match[1]}-{os.urandom(8).hex()}-{match[3]}"


def trace_id_of(traceparent: str | None) -> str | None:
    """The 32 hex digits that name the trace; None when this is no traceparent."""
    match = _read_traceparent(traceparent)
    return match[1] if match else None


def _read_traceparent(text: str | None) -> re.Match[str] | None:
    match = _TRACEPARENT.fullmatch(text) if text else None
    # Only later versions may carry more behind the flags.
    return None if match is None or (match[4] and match[0].startswith("00-")) else match


class Span(Protocol):
    """`with span(...) as traceparent:` the string is what to hand on to whoever is called."""

    def __enter__(self) -> str: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None: ...


class _QuietSpan:
    __slots__ = ("_traceparent",)

    def __init__(self, parent: str | None) -> None:
        self._traceparent = child_traceparent(parent)

    def __enter__(self) -> str:
        return self._traceparent

    def __exit__(self, *_: object) -> None:
        return None


class _ExportedSpan:
    def __init__(self, started: trace.Span) -> None:
        self._span = started

    def __enter__(self) -> str:
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # The kind only: an exception's words may hold what a person wrote.
            self._span.set_attribute("error.type", kind.__name__)
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


_tracer: trace.Tracer | None = None
_provider: Any = None


def span(
    name: str,
    *,
    kind: Kind = "internal",
    traceparent: str | None = None,
    attributes: Mapping[str, str | int | float | bool] | None = None,
) -> Span:
    """One step of the parent's trace (of the current one, when no parent is given)."""
    parent = traceparent or _traceparent.get()
    if _tracer is None:
        return _QuietSpan(parent)
    started = _tracer.start_span(
        name,
        context=_context_of(parent),
        kind=SpanKind[kind.upper()],
        attributes={key: scrub(value) for key, value in (attributes or {}).items()},
    )
    return _ExportedSpan(started)


def _context_of(parent: str | None) -> Any:
    match = _read_traceparent(parent)
    if match is None:
        return trace.set_span_in_context(trace.INVALID_SPAN)
    context = SpanContext(
        trace_id=int(match[1], 16),
        span_id=int(match[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(match[3], 16)),
    )
    return trace.set_span_in_context(NonRecordingSpan(context))


def setup_tracing(service: str, endpoint: str | None) -> None:
    """Export spans to an OTLP/HTTP collector; without an endpoint, nothing is loaded or sent."""
    global _tracer, _provider  # noqa: PLW0603  one tracer a process
    if not endpoint:
        return
    # Only here: with no collector, no process pays for loading the exporter.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    address = endpoint if endpoint.endswith("/v1/traces") else f"{endpoint.rstrip('/')}/v1/traces"
    _provider = TracerProvider(
        resource=Resource.create({"service.name": service}), shutdown_on_exit=False
    )
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, timeout=5)))
    _tracer = _provider.get_tracer(service)


def shutdown_tracing() -> None:
    """Send what is left, then stop exporting."""
    global _tracer, _provider
    provider, _provider, _tracer = _provider, None, None
    if provider is not None:
        provider.shutdown()


class Metrics:
    """The numbers every process offers under /metrics."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.http_requests = Histogram(
            "http_request_duration_seconds",
            "Answered requests, by route template and status.",
            ["method", "route", "status"],
            buckets=_SECONDS_BUCKETS,
            registry=self.registry,
        )
        self.outbox_unpublished = Gauge(
            "outbox_unpublished", "Facts committed and not yet published.", registry=self.registry
        )
        self.relay_published_total = Counter(
            "relay_published_total", "Facts published.", registry=self.registry
        )
        self.inbox_handled_total = Counter(
            "inbox_handled_total",
            "Facts handled, by outcome.",
            ["reader", "type", "outcome"],
            registry=self.registry,
        )
        self.parked = Gauge(
            "inbox_parked", "Messages set aside with a reason.", registry=self.registry
        )
        self.swept_total = Counter(
            "swept_rows_total",
            "Rows removed because nothing needs them any more.",
            ["table"],
            registry=self.registry,
        )

    def render(self) -> bytes:
        """The text exposition format."""
        return generate_latest(self.registry)
