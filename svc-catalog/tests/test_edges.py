"""What an outsider writes into addresses: the ends of dates and numbers, and characters that the books do not hold."""

from urllib.parse import quote

from bundle_examples import a_bundle
from catalog_examples import published, register_basic_item
from hall_examples import HALL, a_hall, a_window

from catalog.service import SERVICE
from chassis.service import api_routes
from contracts.vocabulary import Role

EDGES = ("0001-01-01", "9999-12-31", "-1", "99999999999999999999", "\x00", "%", "\\", "'\"", "10月")
PAIRS = ("9999-12-31", "0001-01-01")
ROUTES = {
    f"{method} {route.path}": route
    for route in api_routes(SERVICE)
    for method in route.methods
    if method == "GET"
}


def everybody(house) -> dict:
    """Let in everywhere, so that the address is what is tried."""
    roles = [role.value for role in Role]
    return house.staff(*roles, department="11445102MB2X00020M", division="445100", place=HALL)


async def known(house) -> dict[str, str]:
    """Names in addresses that lead to something."""
    item = await published(house)
    await register_basic_item(house)
    await a_hall(house)
    window = await a_window(house)
    return {
        "item_id": item,
        "code": HALL,  # of a channel where it is one
        "window_id": window,
        "bundle_id": await a_bundle(house, item),
        "number": "1",
        "division": "445102",
        "everyday": "词",
        "file_id": "0" * 64,
    }


def names_of(dependant) -> list[str]:
    own = [parameter.alias for parameter in dependant.query_params]
    return own + [name for below in dependant.dependencies for name in names_of(below)]


async def test_no_query_at_the_edge_breaks_a_route(house):
    places, caller = await known(house), everybody(house)
    nowhere = "019a0000-0000-7000-8000-00000000dead"
    channel = (await house.get("/catalog/v1/channels")).json()["results"][0]["code"]
    broken = []
    for route in ROUTES.values():
        if "/channels/" in route.path:
            places = {**places, "code": channel}
        else:
            places = {**places, "code": HALL}
        path = route.path.format(
            **{name: places.get(name, nowhere) for name in route.param_convertors}
        )
        names = sorted(set(names_of(route.dependant)))
        tried = [{name: edge} for name in names for edge in EDGES]
        if {"from", "to"} <= set(names):
            tried += [{"from": first, "to": last} for first in PAIRS for last in PAIRS]
        for params in tried:
            answer = await house.get(path, params=params, as_=caller)
            if answer.status_code >= 500:
                broken.append((path, params))
    assert not broken, "\n".join(map(str, broken))


async def test_no_name_at_the_edge_breaks_a_route(house):
    caller = everybody(house)
    broken = []
    for route in ROUTES.values():
        for name in route.param_convertors:
            for edge in EDGES:
                filled = dict.fromkeys(route.param_convertors, "1") | {name: quote(edge, safe="")}
                answer = await house.get(route.path.format(**filled), as_=caller)
                if answer.status_code >= 500:
                    broken.append((route.path, name, edge))
    assert not broken, "\n".join(map(str, broken))
