"""The table finds what asking every route in turn finds."""

import pytest
from starlette.routing import Match, Route

from chassis.route_table import RouteTable


async def nothing(request):
    raise AssertionError("only looked for")


PATHS = (
    "/notes/v1/notes",
    "/notes/v1/notes/mine",
    "/notes/v1/tags",
    "/notes/v1/notes/{note_id}",
    "/notes/v1/notes/{note_id}/lines",
    "/notes/v1/notes/{note_id}/lines/{number}",
    "/notes/v1/notes/{note_id}/{part}",
    "/notes/v1/{noun}/last",
    "/notes/v1/requests/{number}.json",
    "/notes",
)
ROUTES = [
    Route(path, nothing, methods=[method], name=f"{method} {path}")
    for path in PATHS
    for method in ("GET", "POST")
    if (path, method) != ("/notes/v1/tags", "POST")
]


def scope_of(path, method):
    return {"type": "http", "path": path, "method": method, "headers": []}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/notes/v1/notes",
        "/notes/v1/notes/",
        "/notes/v1/notes/mine",
        "/notes/v1/notes/7",
        "/notes/v1/notes/lines",
        "/notes/v1/notes/last",
        "/notes/v1/notes/7/lines",
        "/notes/v1/notes/7/lines/3",
        "/notes/v1/notes/7/lines/lines",
        "/notes/v1/notes/7/cover",
        "/notes/v1/tags",
        "/notes/v1/tags/last",
        "/notes/v1/anything/last",
        "/notes/v1/requests/5.json",
        "/notes/v1/requests/5.xml",
        "/notes",
        "/",
        "",
        "/notes/v1/a/b/c/d/e/f",
    ],
)
def test_it_finds_the_first_that_fits_whole(path, method):
    scope = scope_of(path, method)
    whole = [route for route in ROUTES if route.matches(scope)[0] is Match.FULL]
    match, child = RouteTable(ROUTES).matches(scope)
    assert (match is Match.FULL) == bool(whole)
    if whole:
        assert child["path_params"] == whole[0].matches(scope)[1]["path_params"]
        assert child["endpoint"] is nothing


def test_it_keeps_no_more_than_routes_can_tell_apart():
    table = RouteTable(ROUTES)
    for number in range(1_000):
        table.matches(scope_of(f"/notes/v1/notes/{number}/lines", "GET"))
        table.matches(scope_of(f"/notes/v1/{number}" + "/x" * number, "GET"))
    assert len(table._found) < len(ROUTES)
