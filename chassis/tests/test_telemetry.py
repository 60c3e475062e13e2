import json
import logging
import re
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import Span as SdkSpan
from prometheus_client.parser import text_string_to_metric_families

from chassis.logs import scrub
from chassis.telemetry import (
    Metrics,
    child_traceparent,
    configure_logging,
    current_request_id,
    current_traceparent,
    setup_tracing,
    shutdown_tracing,
    span,
    trace_id_of,
    tracing_context,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
SHAPE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")


@pytest.fixture
def lines(capsys):
    """Configures logging for this test and gives back what was written, one dict a line."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("svc-test", "INFO")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_child_belongs_to_its_parents_trace():
    child = child_traceparent(PARENT)
    assert SHAPE.fullmatch(child)
    assert trace_id_of(child) == TRACE
    assert child != PARENT
    assert child_traceparent(PARENT) != child
    assert child_traceparent(PARENT[:-2] + "00").endswith("-00")


@pytest.mark.parametrize(
    "parent",
    [None, "", "x", PARENT.upper(), PARENT[:-1], PARENT + "-x", "ff" + PARENT[2:], f"00-{'0' * 32}-b7ad6b7169203331-01",
     f"00-{TRACE}-{'0' * 16}-01", PARENT + "\n"],
)  # fmt: skip
def test_a_malformed_parent_starts_a_new_trace(parent):
    child = child_traceparent(parent)
    assert SHAPE.fullmatch(child)
    assert trace_id_of(parent) is None
    assert trace_id_of(child) not in (None, TRACE)


def test_a_later_version_may_carry_more():
    assert trace_id_of("01" + PARENT[2:] + "-more") == TRACE
    assert child_traceparent("01" + PARENT[2:] + "-more").startswith("00-")


def test_the_context_holds_within_the_block_only():
    assert current_traceparent() is None
    with tracing_context(traceparent=PARENT, request_id="r1"):
        assert (current_traceparent(), current_request_id()) == (PARENT, "r1")
        with tracing_context(traceparent=None, request_id="r2"):
            assert (current_traceparent(), current_request_id()) == (None, "r2")
        assert current_request_id() == "r1"
    assert current_request_id() is None


def test_without_a_collector_a_span_still_hands_the_trace_on():
    setup_tracing("svc-test", None)
    with span("step", kind="client", traceparent=PARENT, attributes={"a": 1}) as given:
        assert trace_id_of(given) == TRACE
        assert given != PARENT
    with tracing_context(traceparent=PARENT, request_id=None), span("step") as given:
        assert trace_id_of(given) == TRACE
    with span("step") as given:
        assert trace_id_of(given) not in (None, TRACE)


@contextmanager
def collector():
    """A real OTLP/HTTP receiver; yields its address and the spans it was sent."""
    spans = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                spans.extend(
                    (names["service.name"], each)
                    for scope in resource.scope_spans
                    for each in scope.spans
                )
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_with_a_collector_spans_arrive_with_their_parents():
    with collector() as (endpoint, sent):
        setup_tracing("svc-test", endpoint)
        try:
            to = {"to": "13800138000"}
            with (
                span("outer", kind="server", traceparent=PARENT) as outer,
                span("inner", kind="producer", traceparent=outer, attributes=to),
            ):
                pass
            with pytest.raises(ZeroDivisionError), span("failing"):
                raise ZeroDivisionError("王小敏")
        finally:
            shutdown_tracing()
    by_name = {each.name: (service, each) for service, each in sent}
    assert set(by_name) == {"outer", "inner", "failing"}
    service, root = by_name["outer"]
    inner = by_name["inner"][1]
    assert service == "svc-test"
    assert root.trace_id.hex() == inner.trace_id.hex() == TRACE
    assert root.parent_span_id.hex() == "b7ad6b7169203331"
    assert inner.parent_span_id == root.span_id
    assert outer == f"00-{TRACE}-{root.span_id.hex()}-01"
    assert (root.kind, inner.kind) == (root.SPAN_KIND_SERVER, root.SPAN_KIND_PRODUCER)
    assert inner.attributes[0].value.string_value == "***"
    failing = by_name["failing"][1]
    assert failing.status.code == failing.status.STATUS_CODE_ERROR
    assert "王小敏" not in str(failing)
    assert not failing.parent_span_id


def test_after_shutdown_spans_are_quiet_again():
    shutdown_tracing()
    with span("step", traceparent=PARENT) as given:
        assert not isinstance(given, SdkSpan)
        assert trace_id_of(given) == TRACE


def test_a_log_line_is_json_and_belongs_to_its_trace(lines):
    with tracing_context(traceparent=PARENT, request_id="r1"):
        structlog.get_logger().info("row kept", row_id="42", count=3)
    structlog.get_logger().debug("unheard")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("ts"))
    assert line == {
        "event": "row kept",
        "level": "info",
        "service": "svc-test",
        "trace_id": TRACE,
        "request_id": "r1",
        "row_id": "42",
        "count": 3,
    }


def test_the_standard_librarys_records_are_lines_of_the_same_kind(lines):
    with tracing_context(traceparent=PARENT, request_id="r1"):
        logging.getLogger("uvicorn.error").warning("call %s", "13800138000", extra={"phone": "1"})
    (line,) = lines()
    assert line["event"] == "call ***"
    assert (line["level"], line["service"], line["trace_id"]) == ("warning", "svc-test", TRACE)
    assert line["phone"] == "***"
    assert set(line) == {"event", "level", "ts", "service", "trace_id", "request_id", "phone"}


def test_personal_data_never_reaches_a_line(lines):
    log = structlog.get_logger()
    personal = ["44510219900307123X", "13800138000", "王小敏", "eyJhbGciOi.eyJzdWIiOi.c2ln"]
    log.info("电话13800138000，证号44510219900307123X", name="王小敏", Authorization="Bearer abc")
    log.info("deep", data={"rows": [{"id_number": "44510219900307123X", "note": "打13800138000"}]})
    log.info(
        "number", value=13800138000, sent="token eyJhbGciOi.eyJzdWIiOi.c2ln", contact_phone="1"
    )
    log.info("address", url="postgresql://user:hunter2@127.0.0.1/db")
    try:
        raise ValueError("44510219900307123X")
    except ValueError:
        log.exception("failed")
    text = json.dumps(lines(), ensure_ascii=False)
    for each in [*personal, "hunter2", "Bearer abc"]:
        assert each not in text
    assert "ValueError" in text


def test_what_only_looks_like_it_a_little_stays():
    for text in (
        "019a0000-0000-7000-8000-138001380001",
        "SQ-261124-48210937-K",
        TRACE,
        "20261124093000123",
        "yiwang.workorder.application.submitted.v1",
    ):
        assert scrub(text) == text
    assert scrub({"file_name": "a.pdf", "ok": True, "none": None}) == {
        "file_name": "a.pdf",
        "ok": True,
        "none": None,
    }
    assert len(scrub("x" * 100_000)) < 10_000


def test_a_replaced_stdout_is_followed(lines, capsys):
    log = structlog.get_logger().bind(a=1)
    log.info("one")
    assert capsys.readouterr().out.count("\n") == 1
    with capsys.disabled():
        kept = sys.stdout
    assert kept is not None
    log.info("two")
    assert [line["event"] for line in lines()] == ["two"]


def test_metrics_are_rendered():
    metrics = Metrics()
    metrics.http_requests.labels("GET", "/things/{id}", "200").observe(0.03)
    metrics.outbox_unpublished.set(7)
    metrics.relay_published_total.inc(2)
    metrics.inbox_handled_total.labels("svc", "a.b.c.v1", "done").inc()
    metrics.parked.inc()
    families = text_string_to_metric_families(metrics.render().decode())
    samples = {
        (s.name, s.labels.get("outcome"), s.labels.get("le")): s.value
        for f in families
        for s in f.samples
    }
    assert samples["outbox_unpublished", None, None] == 7
    assert samples["relay_published_total", None, None] == 2
    assert samples["inbox_handled_total", "done", None] == 1
    assert samples["inbox_parked", None, None] == 1
    assert samples["http_request_duration_seconds_bucket", None, "0.05"] == 1
    assert samples["http_request_duration_seconds_bucket", None, "0.025"] == 0


def test_each_process_has_its_own_registry():
    assert Metrics().registry is not Metrics().registry
