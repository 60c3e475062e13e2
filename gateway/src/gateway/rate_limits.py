"""How often one caller may ask: a sliding minute per caller and route, in this process's memory.

With several gateways each counts for itself; the city's total is then that many times as large.
Counted here and not by a library: it stands on every request, and the library at hand took a fifth of
the gateway's throughput (its memory store locks, and starts a thread to forget).
"""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from chassis.errors import TooManyError
from gateway.callers import Caller
from gateway.route_table import RATE_TIMES, Route

WINDOW_SECONDS = 60
KEYS_MAX = 200_000
"""Keys come from outside; past this many, those of minutes gone by are forgotten."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after this request."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """RateLimit fields (IETF draft): what is left, and the policy."""
        left = b'"minute";r=%d;t=%d' % (self.remaining, self.reset_seconds)
        policy = b'"minute";q=%d;w=%d' % (self.limit, WINDOW_SECONDS)
        return [(b"ratelimit", left), (b"ratelimit-policy", policy)]


class RateLimits:
    """`times` multiplies the route table's limits, so that one setting opens a test city.

    The count of the last 60 seconds is taken as this minute's plus the share of the minute before that
    still lies within the window.
    """

    def __init__(self, times: float = 1.0, *, now: Callable[[], float] = time.time) -> None:
        self._times = times
        self._now = now
        self._amounts: dict[tuple[str, str], int] = {}
        self._minute = 0
        self._present: dict[tuple[str, str], int] = {}
        self._previous: dict[tuple[str, str], int] = {}

    def take(self, route: Route, caller: Caller, address: str) -> Standing:
        """Count one request; raises TooManyError, with the headers that say when to come back."""
        amount = self._amounts.get((route.prefix, caller.kind))
        if amount is None:
            amount = self._amount(route, caller.kind)
        return self._hit((route.prefix, caller.key or address_key(address)), amount)

    def take_named(self, name: str, key: str, *, per_minute: int) -> Standing:
        """Count one of the gateway's own dear steps; `times` does not soften these."""
        return self._hit((name, key), per_minute)

    def _amount(self, route: Route, kind: str) -> int:
        amount = max(1, int(route.rate_per_minute * RATE_TIMES.get(kind, 1) * self._times))
        self._amounts[route.prefix, kind] = amount
        return amount

    def _hit(self, key: tuple[str, str], amount: int) -> Standing:
        minute, into = divmod(self._now(), WINDOW_SECONDS)
        if minute != self._minute:
            self._turn(int(minute))
        left_share = 1 - into / WINDOW_SECONDS
        used = self._present.get(key, 0) + self._previous.get(key, 0) * left_share
        reset = max(1, math.ceil(WINDOW_SECONDS - into))
        if used + 1 > amount:
            raise _too_many(Standing(amount, 0, reset))
        if len(self._present) >= KEYS_MAX:
            self._previous.clear()
            self._present.clear()
        self._present[key] = self._present.get(key, 0) + 1
        return Standing(amount, int(amount - used - 1), reset)

    def _turn(self, minute: int) -> None:
        is_next = minute == self._minute + 1
        self._previous = self._present if is_next else {}
        self._present = {}
        self._minute = minute


def _too_many(standing: Standing) -> TooManyError:
    headers = {name.decode(): value.decode() for name, value in standing.headers()}
    return TooManyError(
        f"请求过于频繁，请在 {standing.reset_seconds} 秒后再试",
        f"Too many requests; try again in {standing.reset_seconds} seconds",
        headers={"Retry-After": str(standing.reset_seconds), **headers},
    )


def address_key(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: a home has a whole /64 to choose addresses from."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address
