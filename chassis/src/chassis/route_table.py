"""A service's routes found by the literal pieces of their paths, instead of asked one after the other.

Starlette asks every route's regular expression in turn until one fits; a service has two hundred of them, and each
request would pass half.
"""

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

_NOUN = 3
"""Where the noun stands in a path split at its slashes: /service/v1/noun/..."""

Key = tuple[int, str | None, str | None]
"""Number of pieces, the noun, the last piece; None is any other than those that routes name."""


class RouteTable(BaseRoute):
    """Stands before the routes it was made of, and hands each request to the first of them that fits it whole.

    What fits none (an unknown path, another method) is left to the routes themselves.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        pieces = [route.path.split("/") for route in routes]
        assert not any(":path}" in route.path for route in routes), "a piece is one segment here"
        self._counts = frozenset(len(each) for each in pieces)
        self._nouns = frozenset(_literals(each[_NOUN] for each in pieces if len(each) > _NOUN))
        self._lasts = frozenset(_literals(each[-1] for each in pieces))
        self._routes = tuple(zip(routes, pieces, strict=True))
        self._found: dict[Key, tuple[Route, ...]] = {}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http":
            for route in self._candidates(scope["path"]):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    return match, child_scope
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)

    def _candidates(self, path: str) -> tuple[Route, ...]:
        pieces = path.split("/")
        if len(pieces) not in self._counts:
            return ()
        noun = pieces[_NOUN] if len(pieces) > _NOUN else None
        key = (
            len(pieces),
            noun if noun in self._nouns else None,
            pieces[-1] if pieces[-1] in self._lasts else None,
        )
        found = self._found.get(key)
        if found is None:
            # As many keys as routes can tell apart, whatever callers ask for.
            found = self._found[key] = tuple(
                route for route, path in self._routes if _may_fit(path, key)
            )
        return found


def _may_fit(pieces: Sequence[str], key: Key) -> bool:
    count, noun, last = key
    if len(pieces) != count:
        return False
    places = ((noun, pieces[_NOUN]) if count > _NOUN else (None, "{"), (last, pieces[-1]))
    return all("{" in piece or piece == asked for asked, piece in places)


def _literals(pieces: Iterable[str]) -> Iterable[str]:
    return (piece for piece in pieces if "{" not in piece)
