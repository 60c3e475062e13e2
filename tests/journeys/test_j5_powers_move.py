"""J5 through the gateway and the events of a running city: powers move down to the minute."""

import httpx

from localcity.demo import cast_of_j5
from localcity.journeys.j5 import walk_powers_down


async def test_a_city_power_moves_to_two_counties_at_its_minute(city):
    said = []
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        cast = cast_of_j5(city, http)
        course = await walk_powers_down(cast, lambda step, zh, en: said.append((step, zh, en)))
    assert [step for step, _, _ in said] == list(range(1, 10))
    assert len(course.new_items) == 2
