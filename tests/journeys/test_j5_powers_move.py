"""J5 through the gateway and the events of a running city: powers move down to the minute."""

import secrets
from uuid import UUID

import httpx

from localcity.journeys.caller import Caller
from localcity.journeys.j5 import Cast5, walk_powers_down


async def test_a_city_power_moves_to_two_counties_at_its_minute(city):
    mark = f"{secrets.randbelow(10**8):08d}"
    said = []
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:

        def caller(role):
            return Caller(http, city.token(role))

        def staff(role, department, division, number):
            claims = {
                "sub": str(UUID(int=int(mark) * 100 + number)),
                "kind": "staff",
                "roles": [role],
                "assurance": 3,
                "division": division,
                "department": department,
                "channel": "counter",
            }
            return Caller(http, city.mint(claims))

        cast = Cast5(
            citizens=(caller("citizen"), caller("citizen_2"), caller("citizen")),
            clerk=Caller(
                http,
                city.mint(
                    {
                        "sub": str(UUID(int=int(mark) * 100 + 9)),
                        "kind": "staff",
                        "roles": ["clerk"],
                        "assurance": 3,
                        "division": "445100",
                        "department": "",
                        "channel": "counter",
                    }
                ),
            ),
            lawyer=caller("legal_reviewer"),
            coordinator=caller("coordinator"),
            admin=caller("system_admin"),
            staff=staff,
            mark=mark,
        )
        course = await walk_powers_down(cast, lambda step, zh, en: said.append((step, zh, en)))
    assert [step for step, _, _ in said] == list(range(1, 9))
    assert len(course.new_items) == 2
