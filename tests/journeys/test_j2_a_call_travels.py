"""J2 through the gateway of a running city, and that the caller's telephone is nowhere it should not be."""

import asyncpg
import httpx

from localcity.demo import cast_of_j2
from localcity.home import SERVICES
from localcity.journeys.j2 import walk_a_call


async def test_a_hotline_call_travels_through_the_city(city):
    said = []
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        cast = cast_of_j2(city, http)
        course = await walk_a_call(cast, lambda step, zh, en: said.append((step, zh, en)))
        steps = await cast.lead.get(f"{course.path}/steps", limit=100)
    assert [step for step, _, _ in said] == list(range(1, 8))
    assert all(step["taken_at"] and step["reason"] for step in steps["results"])
    assert cast.phone not in str(said)
    assert logs_with(city, cast.phone) == []
    for service in SERVICES:
        told = await messages_with(city, service, cast.phone)
        assert told == 0, service


def logs_with(city, phone):
    """Logs in which this number stands."""
    return [
        path.name
        for path in sorted(city.home.logs.iterdir())
        if phone in path.read_text(errors="replace")
    ]


async def messages_with(city, service, phone):
    """How many facts of a service carry this number."""
    connection = await asyncpg.connect(city.database_url(service))
    try:
        statement = "SELECT count(*) FROM outbox WHERE position($1::bytea IN message) > 0"
        return await connection.fetchval(statement, phone.encode())
    finally:
        await connection.close()
