from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from localcity.example.generator import J1_ITEM
from localcity.journeys.caller import Caller
from localcity.journeys.j1 import Cast


@pytest_asyncio.fixture
async def cast(city) -> AsyncIterator[Cast]:
    """The people of J1, as the example city signs them in."""
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        yield Cast(
            citizen=Caller(http, city.token("citizen")),
            clerk=Caller(http, city.token("clerk")),
            reviewer=Caller(http, city.token("reviewer")),
            officer=Caller(http, city.token("department_officer")),
            issuer=Caller(http, city.token("issuer")),
            seal_keeper=Caller(http, city.token("seal_keeper")),
            stranger=Caller(http),
            item_code=J1_ITEM,
        )
