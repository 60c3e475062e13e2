"""The gateway's numbers, in the Prometheus text format."""

from collections.abc import Mapping
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.circuit import Circuit, State

BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
CIRCUIT_VALUES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


class Metrics:
    """Labels come from the route table, never from a caller, so their number is bounded."""

    def __init__(self, circuits: Mapping[str, Circuit]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_requests",
            "Answered requests, by route prefix, upstream and status.",
            ["prefix", "upstream", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gateway_request_duration_seconds",
            "From the request's head to the end of the answer.",
            ["prefix"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = 0
        Gauge(
            "gateway_requests_in_flight", "Requests being served.", registry=self.registry
        ).set_function(lambda: self.in_flight)
        circuit = Gauge(
            "gateway_circuit_state",
            "0 closed, 1 half-open, 2 open.",
            ["upstream"],
            registry=self.registry,
        )
        for name, breaker in circuits.items():
            circuit.labels(name).set_function(partial(_circuit_value, breaker))
        self._children: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def observe(self, prefix: str, upstream: str, *, status: int, seconds: float) -> None:
        key = (prefix, upstream, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(prefix, upstream, str(status))
        child.inc()
        timer = self._timers.get(prefix)
        if timer is None:
            timer = self._timers[prefix] = self._seconds.labels(prefix)
        timer.observe(seconds)

    def render(self) -> bytes:
        return generate_latest(self.registry)


def _circuit_value(circuit: Circuit) -> float:
    return CIRCUIT_VALUES[circuit.state]
