"""The circuit and the rate limits, by a clock of their own; and 429 over HTTP."""

import pytest

from chassis.errors import TooManyError
from gateway.callers import NOBODY
from gateway.circuit import OPEN_SECONDS, WITHIN_SECONDS, Circuit, State
from gateway.rate_limits import RateLimits, address_key
from gateway.route_table import Route, RouteTable

ROUTE = Route(prefix="/catalog", upstream="catalog", rate_per_minute=10)


class Clock:
    def __init__(self, now: float = 6000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_circuit_opens_tries_one_and_closes():
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(4):
        assert circuit.admit()
        circuit.failed()
    assert circuit.state is State.CLOSED
    circuit.failed()
    assert circuit.state is State.OPEN
    assert not circuit.admit()
    clock.now += OPEN_SECONDS
    assert circuit.state is State.HALF_OPEN
    assert circuit.admit()
    assert not circuit.admit(), "one at a time"
    circuit.failed()
    assert not circuit.admit()
    clock.now += OPEN_SECONDS
    assert circuit.admit()
    circuit.abandoned()
    assert circuit.admit()
    circuit.succeeded()
    assert circuit.state is State.CLOSED


def test_rare_failures_do_not_open_it():
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(20):
        circuit.failed()
        clock.now += WITHIN_SECONDS / 4 + 0.1
    assert circuit.state is State.CLOSED


def test_a_minute_slides():
    clock = Clock()
    limits = RateLimits(now=clock)
    standings = [limits.take(ROUTE, NOBODY, "1.1.1.1") for _ in range(10)]
    assert [standing.remaining for standing in standings] == list(range(9, -1, -1))
    with pytest.raises(TooManyError) as refused:
        limits.take(ROUTE, NOBODY, "1.1.1.1")
    assert refused.value.headers["Retry-After"] == "60"
    assert limits.take(ROUTE, NOBODY, "2.2.2.2").remaining == 9
    clock.now += 60
    with pytest.raises(TooManyError):
        limits.take(ROUTE, NOBODY, "1.1.1.1")
    clock.now += 30
    for _ in range(5):
        limits.take(ROUTE, NOBODY, "1.1.1.1")
    with pytest.raises(TooManyError):
        limits.take(ROUTE, NOBODY, "1.1.1.1")
    clock.now += 300
    assert limits.take(ROUTE, NOBODY, "1.1.1.1").remaining == 9


def test_a_home_of_ipv6_addresses_is_one_caller():
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff:1")
    assert address_key("2001:db8:0:1::1") != address_key("2001:db8::1")
    assert address_key("1.2.3.4") == "1.2.3.4"


def test_routes_match_at_segment_boundaries():
    table = RouteTable()
    assert table.find("/catalog/v1/items").prefix == "/catalog"
    assert table.find("/catalog/v1/imports").prefix == "/catalog/v1/imports"
    assert table.find("/catalog/v1/imports/7").prefix == "/catalog/v1/imports"
    assert table.find("/catalog/v1/imports-of-mine").prefix == "/catalog"
    assert table.find("/workorder/open311/v2/services.json").upstream == "workorder"
    for path in ("/catalogue/v1", "/", "/catalog", "", "*", "/Catalog/v1"):
        assert table.find(path) is None


async def test_too_many_is_429_with_a_way_out(open_door):
    async with open_door(routes=[ROUTE], rate_factor=1.0) as door:
        first = await door.get("/catalog/v1/items")
        assert first.headers["ratelimit-policy"] == '"minute";q=10;w=60'
        assert first.headers["ratelimit"].startswith('"minute";r=9;t=')
        for _ in range(9):
            await door.get("/catalog/v1/items")
        refused = await door.get("/catalog/v1/items")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert len(refused.headers.get_list("ratelimit")) == 1
        assert refused.json()["type"] == "/problems/too-many-requests"
        signed_in = await door.get("/catalog/v1/items", door.token())
        assert signed_in.status_code == 200, "counted for themselves"
        staff = await door.get(
            "/catalog/v1/items",
            door.token(kind="staff", sub="019a0000-0000-7000-8000-000000000101"),
        )
        assert staff.headers["ratelimit-policy"] == '"minute";q=50;w=60'
    assert len(door.upstream.seen) == 12
