"""Query parameters that a route knows. A misspelt filter is told, not ignored: an unfiltered list looks like an answer."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from chassis.errors import BadRequestError, FieldFault

_NAMED_MAX = 10

_known: dict[int, tuple[APIRoute, frozenset[str]]] = {}
"""By the route's identity, with the route itself, so that no other takes its place."""


def check_query_names(request: Request) -> None:
    """Raise BadRequestError for a query parameter that the route does not declare, naming those it does."""
    if not request.scope.get("query_string"):
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    found = _known.get(id(route))
    if found is None or found[0] is not route:
        found = _known[id(route)] = (route, frozenset(_names(route.dependant)))
    unknown = sorted(set(request.query_params) - found[1])[:_NAMED_MAX]
    if unknown:
        raise _unknown(unknown, sorted(found[1]))


def _names(dependant: Dependant) -> list[str]:
    return [
        *(parameter.alias for parameter in dependant.query_params),
        *(name for below in dependant.dependencies for name in _names(below)),
    ]


def _unknown(unknown: list[str], known: list[str]) -> BadRequestError:
    known_zh = "、".join(known) or "（无）"
    return BadRequestError(
        f"没有这个查询参数：{'、'.join(name[:60] for name in unknown)}；可用的参数：{known_zh}",
        f"Unknown query parameters; this address knows: {', '.join(known) or 'none'}",
        code="unknown-parameter",
        faults=tuple(
            FieldFault(
                pointer=f"query/{name[:60]}",
                code="unknown-parameter",
                zh="没有这个查询参数，请检查拼写",
                en="There is no such query parameter; check its spelling",
            )
            for name in unknown
        ),
    )
