"""How often one caller may ask: a sliding minute per caller and route, in this process's memory.

With several gateways each counts for itself; the city's total is then that many times as large.
"""

import ipaddress
import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from chassis.errors import TooManyError
from gateway.callers import Caller
from gateway.route_table import RATE_TIMES, Route

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after this request."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """RateLimit fields (IETF draft): what is left, and the policy."""
        left = f'"minute";r={self.remaining};t={self.reset_seconds}'
        policy = f'"minute";q={self.limit};w={WINDOW_SECONDS}'
        return [(b"ratelimit", left.encode()), (b"ratelimit-policy", policy.encode())]


class RateLimits:
    """`times` multiplies every limit, so that one setting opens a test city."""

    def __init__(self, times: float = 1.0) -> None:
        self._times = times
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items: dict[tuple[str, str], RateLimitItemPerMinute] = {}

    def take(self, route: Route, caller: Caller, address: str) -> Standing:
        """Count one request; raises TooManyError, with the headers that say when to come back."""
        item = self._items.get((route.prefix, caller.kind))
        if item is None:
            item = self._item(route, caller.kind)
        return self._hit(item, caller.key or address_key(address))

    def take_named(self, name: str, key: str, *, per_minute: int) -> Standing:
        """Count one of the gateway's own dear steps; `times` does not soften these."""
        return self._hit(RateLimitItemPerMinute(per_minute, namespace=name), key)

    def _item(self, route: Route, kind: str) -> RateLimitItemPerMinute:
        amount = max(1, int(route.rate_per_minute * RATE_TIMES.get(kind, 1) * self._times))
        item = RateLimitItemPerMinute(amount, namespace=route.prefix)
        self._items[route.prefix, kind] = item
        return item

    def _hit(self, item: RateLimitItemPerMinute, key: str) -> Standing:
        is_within = self._limiter.hit(item, key)
        stats = self._limiter.get_window_stats(item, key)
        reset = max(1, math.ceil(stats.reset_time - time.time()))
        standing = Standing(item.amount, max(0, stats.remaining), min(reset, WINDOW_SECONDS))
        if is_within:
            return standing
        headers = {name.decode(): value.decode() for name, value in standing.headers()}
        raise TooManyError(
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
