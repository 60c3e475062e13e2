"""Where each path goes and on what terms. Data: changing a limit is changing a line here."""

from collections.abc import Iterable
from dataclasses import dataclass

MIB = 1024 * 1024
SERVICES = ("catalog", "workorder", "certificate", "evaluation", "datashare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The terms of one path prefix."""

    prefix: str
    upstream: str
    seconds: float = 30.0
    """Until the answer's head; the body may stream on, see `stream_seconds`."""
    stream_seconds: float = 300.0
    body_bytes_max: int = 20 * MIB
    rate_per_minute: int = 1200
    """For one person or one address; RATE_TIMES says how much more for other kinds."""
    anonymous: bool = True
    """False: not even forwarded without a token. True: the service's own policy decides."""


RATE_TIMES = {"staff": 5, "partner": 10, "device": 10}
"""A counter or a partner's system speaks for many people."""

TABLE = (
    *(Route(prefix=f"/{service}", upstream=service) for service in SERVICES),
    Route(
        prefix="/catalog/v1/imports",
        upstream="catalog",
        seconds=120.0,
        body_bytes_max=64 * MIB,
        anonymous=False,
    ),
    # Public, and each costs a signature check: dearer than a read.
    Route(prefix="/certificate/v1/verifications", upstream="certificate", rate_per_minute=300),
    # Guessing an invitation's code has to stay hopeless.
    Route(prefix="/evaluation/v1/invitations", upstream="evaluation", rate_per_minute=120),
    # Long-poll and server-sent events stay open.
    Route(
        prefix="/datashare/v1/feed",
        upstream="datashare",
        seconds=90.0,
        stream_seconds=3600.0,
        anonymous=False,
    ),
)


class RouteTable:
    """Finds the longest prefix that ends at a segment boundary, by dict and a short list per service."""

    def __init__(self, routes: Iterable[Route] = TABLE) -> None:
        self.routes = tuple(routes)
        self._by_segment: dict[str, list[Route]] = {}
        for route in sorted(self.routes, key=lambda route: -len(route.prefix)):
            self._by_segment.setdefault(route.prefix.split("/", 2)[1], []).append(route)

    def find(self, path: str) -> Route | None:
        """The route of a path that begins with a slash; None when nobody answers there."""
        end = path.find("/", 1)
        if end < 0:
            return None
        for route in self._by_segment.get(path[1:end], ()):
            length = len(route.prefix)
            if path.startswith(route.prefix) and (len(path) == length or path[length] == "/"):
                return route
        return None
