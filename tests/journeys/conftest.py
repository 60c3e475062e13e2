from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from localcity.demo import cast_of
from localcity.example.generator import J1_ITEM
from localcity.journeys.j1 import Cast


@pytest_asyncio.fixture
async def cast(city) -> AsyncIterator[Cast]:
    """The people of J1, as the example city signs them in."""
    async with httpx.AsyncClient(base_url=city.gateway, timeout=35) as http:
        yield cast_of(city, http, J1_ITEM)
