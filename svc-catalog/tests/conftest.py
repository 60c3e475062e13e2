import pytest_asyncio

from catalog.service import SERVICE


@pytest_asyncio.fixture
async def house(houses):
    return await houses.open(SERVICE)
