import sys
from pathlib import Path

import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))


@pytest_asyncio.fixture
async def house(houses):
    from workorder.service import SERVICE

    return await houses.open(SERVICE)
